/** What the clock on the wall of a time zone shows: fast, because a dialer asks for every contact. Pure. */
import { Temporal } from 'temporal-polyfill';

/** A time in which the clocks of a zone are not changed. Instants in milliseconds. */
export interface Stretch {
  fromMs: number;
  /** Not part of it. */
  toMs: number;
  /** East of UTC. */
  offsetMs: number;
}

const DAY_MS = 86_400_000;
/** Zones that never change, and those whose next change is far away, are asked again after this. */
const LONGEST_MS = 400 * DAY_MS;
/** Few are needed: two a year. */
const MOST_STRETCHES = 64;

const known = new Map<string, Stretch[]>();

/** The stretch an instant lies in; undefined where there is no such zone. */
export function stretchAt(timeZone: string, atMs: number): Stretch | undefined {
  const stretches = known.get(timeZone) ?? [];
  for (const stretch of stretches) if (stretch.fromMs <= atMs && atMs < stretch.toMs) return stretch;
  const found = findStretch(timeZone, atMs);
  if (found === undefined) return undefined;
  known.set(timeZone, [found, ...stretches.slice(0, MOST_STRETCHES - 1)]);
  return found;
}

function findStretch(timeZone: string, atMs: number): Stretch | undefined {
  if (!isTimeZone(timeZone)) return undefined;
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone);
  const next = at.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  // A change at this very instant begins the stretch; "previous" means an earlier one.
  const before = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    fromMs: Math.max(before?.epochMilliseconds ?? Number.NEGATIVE_INFINITY, atMs - LONGEST_MS),
    toMs: Math.min(next, atMs + LONGEST_MS),
    offsetMs: Math.round(at.offsetNanoseconds / 1e6),
  };
}

const knownNames = new Map<string, boolean>();
/** A file can hold as many wrong names as it has lines. */
const MOST_NAMES = 2_000;

/** Whether it names a place of the IANA time zone database (`America/New_York`), or is `UTC`. */
export function isTimeZone(name: string): boolean {
  const found = knownNames.get(name);
  if (found !== undefined) return found;
  const is = (/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+$/.test(name) || name === 'UTC') && accepts(name);
  if (knownNames.size < MOST_NAMES) knownNames.set(name, is);
  return is;
}

function accepts(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/**
 * The instant at which the wall clock of a zone shows a time: "tomorrow at ten, where they are". Of a time that comes
 * twice it is the first; of one that does not come, as much later as the clock is put on.
 *
 * @param date YYYY-MM-DD
 * @param time HH:MM
 * @returns milliseconds; undefined where there is no such day, time or zone.
 */
export function instantOf(timeZone: string, date: string, time: string): number | undefined {
  try {
    return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(timeZone).epochMilliseconds;
  } catch {
    return undefined;
  }
}
