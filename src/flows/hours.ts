/**
 * Business hours on the wall clock of a time zone, with holidays. Pure: the instant comes from outside.
 *
 * A span belongs to the day it begins on, also where it ends after midnight, and a holiday replaces all spans of its
 * day. Where clocks go back, a time that comes twice opens at its first and closes at its second coming; where they go
 * forward, a time that does not come is as much later as the clock was put on.
 */
import { localTime } from './local-time.ts';

/** What templates and conditions see as `hours`. Instants are ISO 8601 in the time of the zone. */
export interface HoursNow {
  open: boolean;
  closed: boolean;
  /** Today is a holiday, whatever its hours. */
  holiday: boolean;
  /** When it opens next, from now on; absent where it never does. */
  opens_at?: string;
  /** When it closes: this time where it is open, else after it has opened next. */
  closes_at?: string;
}

/** Minutes of a day, from its midnight; `end` may lie on the next day and is more than `start`. */
interface Span {
  start: number;
  end: number;
}

/** Instants in milliseconds. */
interface Opening {
  fromMs: number;
  toMs: number;
}

/** As a flow file has it: days or ranges of days (`mon-fri`, `sat`, `daily`) to spans, and holidays. */
export interface HoursFile {
  days: Readonly<Record<string, readonly string[]>>;
  holidays: readonly { date: string; open: readonly string[] }[];
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];

const SPAN = /^([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)$/;
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
/** Whoever opens less often than this is closed for good, as far as a caller is concerned. */
const MOST_DAYS_AHEAD = 400;

/** The days a key of `hours` names; undefined where it names none. `fri-mon` goes over the weekend. */
export function daysOf(key: string): Day[] | undefined {
  if (key === 'daily') return [...DAYS];
  const days: Day[] = [];
  for (const part of key.split(',')) {
    const [first = '', last = first, ...more] = part.trim().toLowerCase().split('-');
    const [from, to] = [dayIndex(first), dayIndex(last)];
    if (from === -1 || to === -1 || more.length > 0) return undefined;
    for (let index = from; ; index = (index + 1) % DAYS.length) {
      const day = DAYS[index];
      if (day !== undefined) days.push(day);
      if (index === to) break;
    }
  }
  return days;
}

/** `mon`, `Monday` */
function dayIndex(word: string): number {
  const name = word.trim();
  return DAYS.findIndex((day) => name === day || (FULL_NAMES[day] ?? '') === name);
}

const FULL_NAMES: Readonly<Record<Day, string>> = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday',
};

/** `09:00-17:00`; `22:00-02:00` ends on the next day; undefined where it is no span. */
export function spanOf(text: string): Span | undefined {
  const [, fromHour, fromMinute, toHour, toMinute] = SPAN.exec(text.trim()) ?? [];
  if (fromHour === undefined) return undefined;
  const start = Number(fromHour) * 60 + Number(fromMinute);
  const end = Number(toHour) * 60 + Number(toMinute);
  if (start >= DAY_MINUTES || end > DAY_MINUTES || start === end) return undefined;
  return { start, end: end > start ? end : end + DAY_MINUTES };
}

/** The hours of one flow. Pure; what was worked out for a day is kept. */
export class BusinessHours {
  readonly #timeZone: string;
  readonly #week = new Map<Day, Span[]>();
  readonly #holidays = new Map<string, Span[]>();
  readonly #openings = new Map<string, Opening[]>();
  /** A step asks several times at one instant. */
  #latest: { now: string; hours: HoursNow } | undefined;

  /** `file` has passed the schema: every key names days and every text is a span. */
  constructor(file: HoursFile, timeZone: string) {
    this.#timeZone = timeZone;
    for (const [key, spans] of Object.entries(file.days)) {
      for (const day of daysOf(key) ?? [])
        this.#week.set(day, [...(this.#week.get(day) ?? []), ...read(spans)]);
    }
    for (const { date, open } of file.holidays) this.#holidays.set(date, read(open));
  }

  /** `now`: ISO 8601. Closed, with nothing to come, where it is no instant. */
  at(now: string): HoursNow {
    if (this.#latest?.now !== now) this.#latest = { now, hours: this.#at(now) };
    return this.#latest.hours;
  }

  #at(now: string): HoursNow {
    const nowMs = Date.parse(now);
    const today = localTime(now, this.#timeZone)?.date;
    if (Number.isNaN(nowMs) || today === undefined) return { open: false, closed: true, holiday: false };
    const current = this.#open(nowMs, today);
    const next = this.#next(current?.toMs ?? nowMs, today, current !== undefined);
    const closesMs = current?.toMs ?? next?.toMs;
    return {
      open: current !== undefined,
      closed: current === undefined,
      holiday: this.#holiday(today) !== undefined,
      ...(next === undefined ? {} : { opens_at: this.#shown(next.fromMs) }),
      ...(closesMs === undefined ? {} : { closes_at: this.#shown(closesMs) }),
    };
  }

  /** What is open now, up to where it really closes: spans that touch or overlap are one. */
  #open(nowMs: number, today: string): Opening | undefined {
    const near = [-1, 0, 1].flatMap((days) => this.#openingsOf(plusDays(today, days)));
    const here = near.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
    return here === undefined ? undefined : this.#whole(here, today);
  }

  /** Follows touching spans as far as a week: what never closes has no end worth telling. */
  #whole(opening: Opening, day: string): Opening {
    let { toMs } = opening;
    for (let ahead = -1; ahead <= DAYS.length; ahead++) {
      for (const { fromMs, toMs: endMs } of this.#openingsOf(plusDays(day, ahead))) {
        if (fromMs <= toMs && endMs > toMs) toMs = endMs;
      }
    }
    return { fromMs: opening.fromMs, toMs };
  }

  #next(afterMs: number, today: string, isOpen: boolean): Opening | undefined {
    for (let ahead = 0; ahead <= MOST_DAYS_AHEAD; ahead++) {
      const day = plusDays(today, ahead);
      const found = this.#openingsOf(day)
        .filter(({ fromMs }) => (isOpen ? fromMs > afterMs : fromMs >= afterMs))
        .toSorted((a, b) => a.fromMs - b.fromMs)[0];
      if (found !== undefined) return this.#whole(found, day);
    }
    return undefined;
  }

  #openingsOf(date: string): readonly Opening[] {
    const known = this.#openings.get(date);
    if (known !== undefined) return known;
    const spans = this.#holiday(date) ?? this.#week.get(weekdayOf(date)) ?? [];
    const openings = spans.map(({ start, end }) => ({
      fromMs: this.#instant(date, start, 'first'),
      toMs: this.#instant(date, end, 'second'),
    }));
    this.#openings.set(date, openings);
    return openings;
  }

  /** A date of its own goes before one of every year. */
  #holiday(date: string): Span[] | undefined {
    return this.#holidays.get(date) ?? this.#holidays.get(date.slice('YYYY-'.length));
  }

  /** The instant at which the wall clock shows so many minutes of a day. */
  #instant(date: string, minutes: number, which: 'first' | 'second'): number {
    const wallMs = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS;
    const before = wallMs - this.#offsetMs(wallMs - DAY_MS);
    const after = wallMs - this.#offsetMs(wallMs + DAY_MS);
    const real = [before, after].filter((instant) => instant + this.#offsetMs(instant) === wallMs);
    // Between the two where clocks go forward: the clock before the change tells it.
    if (real.length === 0) return before;
    return which === 'first' ? Math.min(...real) : Math.max(...real);
  }

  #offsetMs(instant: number): number {
    return (localTime(new Date(instant).toISOString(), this.#timeZone)?.offsetMinutes ?? 0) * MINUTE_MS;
  }

  /** `2026-11-20T09:00:00-05:00` */
  #shown(instant: number): string {
    const iso = new Date(instant).toISOString();
    const { date, time, offsetMinutes } = localTime(iso, this.#timeZone) ?? {
      date: iso.slice(0, 10),
      time: iso.slice(11, 16),
      offsetMinutes: 0,
    };
    const size = Math.abs(offsetMinutes);
    const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
    return `${date}T${time}:00${offset}`;
  }
}

function read(spans: readonly string[]): Span[] {
  return spans.map(spanOf).filter((span) => span !== undefined);
}

function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function weekdayOf(date: string): Day {
  return DAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7] ?? 'mon';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
