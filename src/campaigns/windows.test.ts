import { beforeAll, describe, expect, test } from 'vitest';
import { type HolidayCalendar, NO_HOLIDAYS, openHolidayCalendar } from './holidays.ts';
import { CallingTimes, type CallingWindows, type Place } from './windows.ts';
import { instantOf } from './zone-clock.ts';

const ALWAYS: CallingWindows = {
  calling_hours: { days: { daily: ['00:00-24:00'] }, holidays: [] },
  holidays: false,
};
const OFFICE: CallingWindows = {
  calling_hours: { days: { 'mon-fri': ['09:00-17:00'] }, holidays: [] },
  holidays: true,
};

let holidays: HolidayCalendar;
beforeAll(async () => {
  holidays = await openHolidayCalendar();
});

const us = (region: string, ...timeZones: string[]): Place => ({
  country: 'US',
  regions: [region],
  timeZones,
});
const at = (timeZone: string, date: string, time: string): number =>
  instantOf(timeZone, date, time) ?? Number.NaN;

/** From and to on one day, where the clock is asked every quarter of an hour. */
function openOn(place: Place, date: string, windows = ALWAYS, calendar = holidays): string {
  const times = new CallingTimes(windows, calendar);
  const spans: string[] = [];
  let since: string | undefined;
  for (let quarter = 0; quarter <= 96; quarter++) {
    const time = `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;
    const may = quarter < 96 && times.mayCall(at(place.timeZones[0] ?? '', date, time), place).may;
    if (may) since ??= time;
    else if (since !== undefined) {
      spans.push(`${since}-${time}`);
      since = undefined;
    }
  }
  return spans.join(' ');
}

describe('the law', () => {
  const [WEDNESDAY, SATURDAY, SUNDAY] = ['2026-12-02', '2026-12-05', '2026-12-06'];
  test.each([
    ['CA', 'America/Los_Angeles', '08:00-21:00', '08:00-21:00', '08:00-21:00'],
    ['FL', 'America/New_York', '08:00-20:00', '08:00-20:00', '08:00-20:00'],
    ['AL', 'America/Chicago', '08:00-20:00', '08:00-20:00', ''],
    ['LA', 'America/Chicago', '08:00-20:00', '08:00-20:00', ''],
    ['KY', 'America/New_York', '10:00-21:00', '10:00-21:00', '10:00-21:00'],
    ['RI', 'America/New_York', '09:00-18:00', '10:00-17:00', ''],
    ['ME', 'America/New_York', '09:00-17:00', '', ''],
    ['TX', 'America/Chicago', '09:00-21:00', '09:00-21:00', '12:00-21:00'],
  ])('of %s', (state, timeZone, wednesday, saturday, sunday) => {
    const place = us(state, timeZone);
    expect([openOn(place, WEDNESDAY), openOn(place, SATURDAY), openOn(place, SUNDAY)]).toEqual([
      wednesday,
      saturday,
      sunday,
    ]);
  });

  test.each([
    ['FR', 'Europe/Paris', '10:00-13:00 14:00-20:00', '', ''],
    ['CA', 'America/Toronto', '09:00-21:30', '10:00-18:00', '10:00-18:00'],
    ['AU', 'Australia/Sydney', '09:00-20:00', '09:00-17:00', ''],
    ['IT', 'Europe/Rome', '09:00-20:00', '10:00-19:00', ''],
    ['PR', 'America/Puerto_Rico', '08:00-21:00', '08:00-21:00', '08:00-21:00'],
    ['NP', 'Asia/Kathmandu', '09:00-20:00', '10:00-16:00', ''],
  ])('of %s', (country, timeZone, wednesday, saturday, sunday) => {
    const place = { country, regions: [], timeZones: [timeZone] };
    expect([openOn(place, WEDNESDAY), openOn(place, SATURDAY), openOn(place, SUNDAY)]).toEqual([
      wednesday,
      saturday,
      sunday,
    ]);
  });

  test('a number that may be in any state is called when every state allows it', () => {
    const anywhere = { country: 'US', regions: [], timeZones: ['America/New_York'] };
    expect(openOn(anywhere, WEDNESDAY)).toBe('10:00-17:00');
    expect(openOn(anywhere, SUNDAY)).toBe('');
  });

  test('a number that may be in two states, or in two time zones, is called when both allow it', () => {
    const place = {
      country: 'US',
      regions: ['FL', 'AL'],
      timeZones: ['America/New_York', 'America/Chicago'],
    };
    expect(openOn(place, WEDNESDAY)).toBe('09:00-20:00');
  });

  test('some states close on their own holidays, whatever the campaign says', () => {
    expect(openOn(us('LA', 'America/Chicago'), '2026-02-17')).toBe('');
    expect(openOn(us('CA', 'America/Los_Angeles'), '2026-02-17')).toBe('08:00-21:00');
    expect(openOn(us('UT', 'America/Denver'), '2026-07-24')).toBe('');
  });
});

describe('the campaign', () => {
  const ny = us('NY', 'America/New_York');

  test('its hours and the law hold both', () => {
    const early = { ...OFFICE, calling_hours: { days: { 'mon-sun': ['06:00-12:00'] }, holidays: [] } };
    expect(openOn(us('KY', 'America/New_York'), '2026-12-02', early)).toBe('10:00-12:00');
  });

  test('public holidays are left out, and called on where it says so', () => {
    expect(openOn(ny, '2026-11-26', OFFICE)).toBe('');
    expect(openOn(ny, '2026-11-26', { ...OFFICE, holidays: false })).toBe('09:00-17:00');
  });

  test('days of its own have hours of their own', () => {
    const own = [
      { date: '12-24', open: ['09:00-12:00'] },
      { date: '2026-12-23', open: [] },
    ];
    const windows = { ...OFFICE, calling_hours: { ...OFFICE.calling_hours, holidays: own } };
    expect(openOn(ny, '2026-12-24', windows)).toBe('09:00-12:00');
    expect(openOn(ny, '2026-12-23', windows)).toBe('');
  });

  test('the next opening passes over weekends and holidays', () => {
    const times = new CallingTimes(OFFICE, holidays);
    const thanksgivingEve = at('America/New_York', '2026-11-25', '17:00');
    expect(times.nextOpening(thanksgivingEve, ny)).toBe(at('America/New_York', '2026-11-27', '09:00'));
    const friday = at('America/New_York', '2026-11-27', '16:59');
    expect(times.nextOpening(friday, ny)).toBe(friday);
    expect(times.nextOpening(friday + 60_000, ny)).toBe(at('America/New_York', '2026-11-30', '09:00'));
  });

  test('a start far ahead is found, and after the end there is nothing', () => {
    const times = new CallingTimes({ ...OFFICE, starts: '2029-01-02', ends: '2029-01-03' }, holidays);
    const opens = at('America/New_York', '2029-01-02', '09:00');
    expect(times.nextOpening(at('America/New_York', '2026-01-01', '12:00'), ny)).toBe(opens);
    expect(times.nextOpening(at('America/New_York', '2029-01-03', '17:00'), ny)).toBeUndefined();
    expect(times.mayCall(at('America/New_York', '2029-01-04', '12:00'), ny)).toMatchObject({
      reason: 'ended',
    });
  });

  test('zones whose hours never meet are never called', () => {
    const times = new CallingTimes(
      { ...ALWAYS, calling_hours: { days: { daily: ['09:00-10:00'] }, holidays: [] } },
      NO_HOLIDAYS,
    );
    const place = { country: 'GB', regions: [], timeZones: ['Europe/London', 'Asia/Tokyo'] };
    expect(times.nextOpening(at('Europe/London', '2026-12-02', '09:00'), place)).toBeUndefined();
  });

  test('how long a yes holds is not counted past a change of the clocks', () => {
    const sunday = { ...ALWAYS, calling_hours: { days: { sun: ['00:00-24:00'] }, holidays: [] } };
    const times = new CallingTimes(sunday, NO_HOLIDAYS, () => []);
    const told = times.mayCall(at('America/New_York', '2026-03-08', '00:30'), ny);
    // That Sunday has 23 hours.
    expect(told.may && told.untilMs).toBeLessThanOrEqual(at('America/New_York', '2026-03-09', '00:00'));
    const later = times.mayCall(at('America/New_York', '2026-03-08', '12:00'), ny);
    expect(later.may && later.untilMs).toBe(at('America/New_York', '2026-03-09', '00:00'));
  });

  test('a no says the time there, the rule and where it is written', () => {
    const times = new CallingTimes(OFFICE, holidays);
    const told = (place: Place, date: string, time: string) =>
      times.mayCall(at(place.timeZones[0] ?? 'UTC', date, time), place);
    expect(told(us('FL', 'America/New_York'), '2026-12-02', '20:14')).toEqual({
      may: false,
      reason: 'outside-legal-hours',
      words: expect.stringMatching(
        /^It is 20:14 in America\/New_York, and calls to US-FL are allowed from 08:00 to 20:00 on this day \(.*501\.616/,
      ),
    });
    expect(told(ny, '2026-12-02', '18:00')).toMatchObject({ reason: 'outside-calling-hours' });
    expect(told(ny, '2026-12-25', '12:00')).toMatchObject({
      reason: 'holiday',
      words: expect.stringContaining('Christmas Day'),
    });
    expect(told({ ...ny, timeZones: [] }, '2026-12-02', '12:00')).toMatchObject({
      reason: 'unknown-time-zone',
    });
    expect(times.never(us('NY', 'America/Gotham'))).toMatchObject({
      words: expect.stringContaining('"America/Gotham" is no time zone'),
    });
    const home = new CallingTimes({ ...OFFICE, countries: ['GB'] }, holidays);
    expect(home.mayCall(at('America/New_York', '2026-12-02', '12:00'), ny)).toMatchObject({
      reason: 'country-not-allowed',
    });
    expect(home.nextOpening(0, ny)).toBeUndefined();
  });
});

test('a call at the next morning is at that hour on their wall', () => {
  expect(at('Asia/Kathmandu', '2026-12-01', '10:00')).toBe(Date.parse('2026-12-01T04:15:00Z'));
  expect(at('America/New_York', '2026-03-08', '02:30')).toBe(Date.parse('2026-03-08T07:30:00Z'));
  expect(instantOf('Europe/Berlin', '2026-02-30', '10:00')).toBeUndefined();
});

test('asking for ten thousand contacts takes no time worth telling', () => {
  const times = new CallingTimes(OFFICE, holidays);
  const states = ['NY', 'FL', 'CA', 'TX', 'AL', 'RI'];
  const zones = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];
  const noon = at('America/New_York', '2026-12-02', '12:00');
  const begun = performance.now();
  let yes = 0;
  for (let asked = 0; asked < 10_000; asked++) {
    const place = us(states[asked % 6] ?? '', zones[asked % 4] ?? '', zones[(asked + 1) % 4] ?? '');
    if (times.mayCall(noon + asked * 1000, place).may) yes++;
    times.nextOpening(noon + asked * 1000, place);
  }
  expect(yes).toBeGreaterThan(0);
  // Some milliseconds where nothing else runs; working days out anew for each would take tens of seconds.
  expect(performance.now() - begun).toBeLessThan(2000);
});
