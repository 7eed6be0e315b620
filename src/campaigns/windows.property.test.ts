/** Windows against another way of telling the time: every minute asked of Intl.DateTimeFormat, compared as text. */
import { describe, expect, test } from 'vitest';
import { type HolidayCalendar, NO_HOLIDAYS } from './holidays.ts';
import { type LegalRule, legalRules } from './legal-windows.ts';
import { type Dice, diceOf } from './testing.ts';
import { CallingTimes, type CallingWindows, type Place } from './windows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Zones, and instants around which their clocks, or their days, do what others do not. */
const MOMENTS: readonly { timeZone: string; country: string; at: string }[] = [
  { timeZone: 'America/New_York', country: 'US', at: '2026-03-08T07:00:00Z' },
  { timeZone: 'America/New_York', country: 'US', at: '2026-11-01T06:00:00Z' },
  { timeZone: 'America/Phoenix', country: 'US', at: '2026-11-01T06:00:00Z' },
  { timeZone: 'America/St_Johns', country: 'CA', at: '2026-03-08T05:30:00Z' },
  { timeZone: 'Europe/Dublin', country: 'IE', at: '2026-10-25T01:00:00Z' },
  { timeZone: 'Europe/Paris', country: 'FR', at: '2026-03-29T01:00:00Z' },
  { timeZone: 'Australia/Sydney', country: 'AU', at: '2026-04-04T16:00:00Z' },
  { timeZone: 'Australia/Lord_Howe', country: 'AU', at: '2026-10-03T15:30:00Z' },
  { timeZone: 'Australia/Lord_Howe', country: 'AU', at: '2026-04-04T15:00:00Z' },
  { timeZone: 'Pacific/Chatham', country: 'NZ', at: '2026-09-26T14:00:00Z' },
  { timeZone: 'Pacific/Auckland', country: 'NZ', at: '2026-04-04T14:00:00Z' },
  { timeZone: 'America/Santiago', country: 'CL', at: '2026-09-06T04:00:00Z' },
  { timeZone: 'Asia/Kolkata', country: 'IN', at: '2026-06-01T18:30:00Z' },
  { timeZone: 'Asia/Kathmandu', country: 'NP', at: '2026-06-01T18:15:00Z' },
  { timeZone: 'Pacific/Kiritimati', country: 'KI', at: '2026-12-31T10:00:00Z' },
  { timeZone: 'Pacific/Pago_Pago', country: 'AS', at: '2027-01-01T11:00:00Z' },
  { timeZone: 'Pacific/Apia', country: 'WS', at: '2011-12-30T10:00:00Z' },
  { timeZone: 'Africa/Casablanca', country: 'MA', at: '2026-02-15T02:00:00Z' },
  { timeZone: 'UTC', country: 'GB', at: '2028-02-29T00:00:00Z' },
];

const SPANS = [
  '00:00-24:00',
  '09:00-17:00',
  '08:00-21:00',
  '01:15-01:45',
  '02:00-03:00',
  '22:00-02:30',
  '23:59-23:58',
  '12:00-13:00',
  '19:30-24:00',
];
const DAYS = ['daily', 'mon-fri', 'sat-sun', 'fri-mon', 'mon', 'wed', 'sun'];

const calendar: HolidayCalendar = {
  nameOf: (_country, _region, date) => (Number(date.slice(-2)) % 5 === 0 ? 'a fifth day' : undefined),
};

/** Clocks are changed at night, when the law lets nobody call. */
const lawless = (): readonly LegalRule[] => [];

describe.each(MOMENTS)('$timeZone around $at', ({ timeZone, country, at }) => {
  test.each([1, 2, 3, 4])('agrees minute by minute, seed %i', (seed) => {
    const dice = diceOf(seed * 1000 + at.length + timeZone.length);
    const windows = someWindows(dice, at);
    const place = {
      country,
      regions: country === 'US' ? [dice.pick(['CA', 'FL', 'AL', 'TX'])] : [],
      timeZones: [timeZone],
    };
    agree(windows, place, Date.parse(at) - 26 * HOUR_MS, 52, seed % 2 === 0 ? legalRules : lawless);
  });
});

test.each([...Array(12).keys()])('of several zones, all must allow it, seed %i', (seed) => {
  const dice = diceOf(seed);
  const { at, country } = dice.pick(MOMENTS);
  const zones = dice.shuffled(MOMENTS.map(({ timeZone }) => timeZone)).slice(0, 2 + dice.below(2));
  const windows = someWindows(dice, at);
  agree(
    windows,
    { country, regions: [], timeZones: zones },
    Date.parse(at) - 24 * HOUR_MS,
    48,
    seed % 2 === 0 ? legalRules : lawless,
  );
});

test('Samoa had no 30th of December 2011, and nobody is called on it', () => {
  const times = new CallingTimes(
    { calling_hours: { days: { fri: ['09:00-17:00'] }, holidays: [] }, holidays: false },
    NO_HOLIDAYS,
  );
  const samoa = { country: 'WS', regions: [], timeZones: ['Pacific/Apia'] };
  // Thursday the 29th, at noon: the Friday that follows is the sixth of January.
  expect(times.nextOpening(Date.parse('2011-12-29T22:00:00Z'), samoa)).toBe(
    Date.parse('2012-01-05T19:00:00Z'),
  );
});

function someWindows(dice: Dice, at: string): CallingWindows {
  const days: Record<string, string[]> = {};
  for (let count = 1 + dice.below(3); count > 0; count--)
    days[dice.pick(DAYS)] = [dice.pick(SPANS), dice.pick(SPANS)];
  const own = new Date(Date.parse(at) + dice.below(3) * DAY_MS).toISOString().slice(0, 10);
  return {
    calling_hours: {
      days,
      holidays: dice.below(2) === 0 ? [] : [{ date: dice.pick([own, own.slice(5)]), open: ['11:00-13:00'] }],
    },
    holidays: dice.below(3) === 0,
    starts: dice.pick([undefined, at.slice(0, 10), at]),
    ends: dice.pick([undefined, undefined, own, new Date(Date.parse(at) + 20 * HOUR_MS).toISOString()]),
  };
}

function agree(
  windows: CallingWindows,
  place: Place,
  fromMs: number,
  hours: number,
  lawOf: typeof legalRules,
): void {
  const times = new CallingTimes(windows, calendar, lawOf);
  const toMs = fromMs + hours * HOUR_MS;
  let opensMs: number | undefined;
  let untilMs = 0;
  for (let atMs = toMs; atMs >= fromMs; atMs -= MINUTE_MS) {
    const expected = oracle(windows, place, atMs, lawOf);
    if (expected) opensMs = atMs;
    const told = times.mayCall(atMs, place);
    const openingMs = times.nextOpening(atMs, place) ?? Number.POSITIVE_INFINITY;
    const isAgreed = opensMs === undefined ? openingMs > toMs : openingMs === opensMs;
    if (told.may === expected && isAgreed) continue;
    // Only now: putting every minute into words would take longer than asking.
    const at = new Date(atMs).toISOString();
    expect({ at, windows, place, may: told.may, openingMs }).toEqual({
      at,
      windows,
      place,
      may: expected,
      openingMs: opensMs,
    });
  }
  for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
    const told = times.mayCall(atMs, place);
    if (atMs < untilMs && !told.may)
      expect.fail(`closed at ${new Date(atMs).toISOString()}, before its until`);
    if (told.may) untilMs = told.untilMs;
  }
}

/** The same rules, read as text from the clock on the wall. */
function oracle(windows: CallingWindows, place: Place, atMs: number, lawOf: typeof legalRules): boolean {
  return place.timeZones.every((timeZone) => {
    const wall = wallOf(timeZone, atMs);
    if (!afterStart(windows.starts, atMs, wall.date) || !beforeEnd(windows.ends, atMs, wall.date))
      return false;
    const rules = lawOf(place.country, place.regions);
    const isHoliday = calendar.nameOf(place.country, undefined, wall.date) !== undefined;
    if (isHoliday && (windows.holidays || rules.some(({ holidays }) => holidays === 'closed'))) return false;
    const isLegal = rules.every(({ hours }) => holds(hours, [], wall.date, wall.time));
    return isLegal && holds(windows.calling_hours.days, windows.calling_hours.holidays, wall.date, wall.time);
  });
}

function afterStart(starts: string | undefined, atMs: number, date: string): boolean {
  if (starts === undefined) return true;
  return starts.includes('T') ? atMs >= Date.parse(starts) : date >= starts;
}

function beforeEnd(ends: string | undefined, atMs: number, date: string): boolean {
  if (ends === undefined) return true;
  return ends.includes('T') ? atMs < Date.parse(ends) : date <= ends;
}

function holds(
  days: Readonly<Record<string, readonly string[]>>,
  own: CallingWindows['calling_hours']['holidays'],
  date: string,
  time: string,
): boolean {
  const yesterday = new Date(Date.parse(`${date}T12:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
  const spansOf = (day: string): readonly string[] =>
    own.find((one) => one.date === day)?.open ??
    own.find((one) => one.date === day.slice(5))?.open ??
    Object.entries(days).flatMap(([key, spans]) => (named(key).includes(weekdayOf(day)) ? spans : []));
  return (
    spansOf(date).some((span) => {
      const [from = '', to = ''] = span.split('-');
      return from <= time && (to < from || time < to);
    }) ||
    spansOf(yesterday).some((span) => {
      const [from = '', to = ''] = span.split('-');
      return to < from && time < to;
    })
  );
}

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function weekdayOf(date: string): string {
  return NAMES[new Date(`${date}T12:00:00Z`).getUTCDay()] ?? '';
}

function named(key: string): string[] {
  if (key === 'daily') return NAMES;
  const [first = '', last = first] = key.split('-');
  const found: string[] = [];
  for (let index = NAMES.indexOf(first); ; index = (index + 1) % NAMES.length) {
    found.push(NAMES[index] ?? '');
    if (NAMES[index] === last) return found;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function wallOf(timeZone: string, atMs: number): { date: string; time: string } {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    formatters.set(timeZone, formatter);
  }
  const [date = '', time = ''] = formatter.format(atMs).split(' ');
  return { date, time };
}
