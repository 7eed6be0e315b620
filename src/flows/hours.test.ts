import { describe, expect, test } from 'vitest';
import { BusinessHours, daysOf, spanOf } from './hours.ts';

const office = new BusinessHours(
  {
    days: { 'mon-fri': ['09:00-12:00', '13:00-17:00'], sat: ['10:00-14:00'] },
    holidays: [
      { date: '2026-12-25', open: [] },
      { date: '2026-12-24', open: ['09:00-12:00'] },
      { date: '01-01', open: [] },
    ],
  },
  'America/New_York',
);

/** In New York: winter time. */
const at = (local: string) => office.at(`${local}:00-05:00`);

describe('a week', () => {
  test('a span holds from its first minute to its last', () => {
    expect(at('2026-11-20T08:59').open).toBe(false);
    expect(at('2026-11-20T09:00').open).toBe(true);
    expect(at('2026-11-20T11:59').open).toBe(true);
    expect(at('2026-11-20T12:00').open).toBe(false);
    expect(at('2026-11-20T12:30')).toEqual({
      open: false,
      closed: true,
      holiday: false,
      opens_at: '2026-11-20T13:00:00-05:00',
      closes_at: '2026-11-20T17:00:00-05:00',
    });
  });

  test('while it is open, it tells when it closes and when it opens again', () => {
    expect(at('2026-11-20T10:00')).toMatchObject({
      open: true,
      closes_at: '2026-11-20T12:00:00-05:00',
      opens_at: '2026-11-20T13:00:00-05:00',
    });
    expect(at('2026-11-20T16:59')).toMatchObject({ open: true, opens_at: '2026-11-21T10:00:00-05:00' });
  });

  test('the weekend is passed over', () => {
    expect(at('2026-11-21T15:00')).toMatchObject({ open: false, opens_at: '2026-11-23T09:00:00-05:00' });
  });

  test('an instant counts in the zone of the hours', () => {
    expect(office.at('2026-11-20T13:59:59Z').open).toBe(false);
    expect(office.at('2026-11-20T14:00:00Z').open).toBe(true);
  });
});

describe('holidays', () => {
  test('a closed day is passed over', () => {
    expect(at('2026-12-25T10:00')).toMatchObject({
      open: false,
      holiday: true,
      opens_at: '2026-12-26T10:00:00-05:00',
    });
  });

  test('a short day has its own hours', () => {
    expect(at('2026-12-24T11:00')).toMatchObject({ open: true, holiday: true });
    expect(at('2026-12-24T13:30')).toMatchObject({ open: false, opens_at: '2026-12-26T10:00:00-05:00' });
  });

  test('a day without a year comes every year', () => {
    expect(at('2027-01-01T10:00')).toMatchObject({ open: false, holiday: true });
    expect(at('2029-01-01T10:00')).toMatchObject({ open: false, holiday: true });
  });

  test('a date goes before the same day of every year', () => {
    const hours = new BusinessHours(
      {
        days: { daily: ['09:00-17:00'] },
        holidays: [
          { date: '2026-05-01', open: ['10:00-11:00'] },
          { date: '05-01', open: [] },
        ],
      },
      'UTC',
    );
    expect(hours.at('2026-05-01T10:30:00Z').open).toBe(true);
    expect(hours.at('2027-05-01T10:30:00Z').open).toBe(false);
  });

  test('the night before a holiday goes on into it', () => {
    const bar = new BusinessHours(
      { days: { daily: ['20:00-02:00'] }, holidays: [{ date: '2026-12-25', open: [] }] },
      'Europe/London',
    );
    expect(bar.at('2026-12-25T01:30:00Z')).toMatchObject({ open: true, holiday: true });
    expect(bar.at('2026-12-25T21:00:00Z').open).toBe(false);
    expect(bar.at('2026-12-26T01:30:00Z').open).toBe(false);
  });
});

describe('midnight', () => {
  const bar = new BusinessHours({ days: { 'fri-sat': ['20:00-02:00'] }, holidays: [] }, 'Europe/London');

  test('a span may end on the next day', () => {
    expect(bar.at('2026-11-20T23:59:00Z')).toMatchObject({
      open: true,
      closes_at: '2026-11-21T02:00:00+00:00',
    });
    expect(bar.at('2026-11-22T01:59:00Z').open).toBe(true);
    expect(bar.at('2026-11-22T02:00:00Z').open).toBe(false);
  });

  test('spans that meet at midnight are one', () => {
    const hours = new BusinessHours(
      { days: { fri: ['18:00-24:00'], sat: ['00:00-06:00'] }, holidays: [] },
      'UTC',
    );
    expect(hours.at('2026-11-20T23:00:00Z')).toMatchObject({
      open: true,
      closes_at: '2026-11-21T06:00:00+00:00',
      opens_at: '2026-11-27T18:00:00+00:00',
    });
  });

  test('what is always open has no next opening it waits for', () => {
    const always = new BusinessHours({ days: { daily: ['00:00-24:00'] }, holidays: [] }, 'UTC');
    expect(always.at('2026-11-20T23:59:59Z')).toMatchObject({ open: true, closed: false });
  });

  test('what never opens says so and nothing else', () => {
    const never = new BusinessHours({ days: {}, holidays: [] }, 'UTC');
    expect(never.at('2026-11-20T12:00:00Z')).toEqual({ open: false, closed: true, holiday: false });
  });
});

describe('the days clocks change', () => {
  const night = (timeZone: string, ...spans: string[]) =>
    new BusinessHours({ days: { daily: spans }, holidays: [] }, timeZone);

  test('nine is nine on both sides of the change', () => {
    const hours = night('America/New_York', '09:00-17:00');
    // Clocks go forward on 8 March and back on 1 November 2026.
    expect(hours.at('2026-03-07T14:00:00Z').open).toBe(true);
    expect(hours.at('2026-03-07T13:59:00Z').open).toBe(false);
    expect(hours.at('2026-03-08T13:00:00Z').open).toBe(true);
    expect(hours.at('2026-03-08T12:59:00Z').open).toBe(false);
    expect(hours.at('2026-11-01T13:59:00Z')).toMatchObject({
      open: false,
      opens_at: '2026-11-01T09:00:00-05:00',
    });
    expect(hours.at('2026-10-31T22:00:00Z')).toMatchObject({ opens_at: '2026-11-01T09:00:00-05:00' });
  });

  test('a span over the hour that is lost is an hour shorter', () => {
    const hours = night('America/New_York', '01:00-04:00');
    // 06:00Z is 01:00 EST, 08:00Z is 04:00 EDT.
    expect(hours.at('2026-03-08T06:00:00Z')).toMatchObject({
      open: true,
      closes_at: '2026-03-08T04:00:00-04:00',
    });
    expect(hours.at('2026-03-08T07:59:00Z').open).toBe(true);
    expect(hours.at('2026-03-08T08:00:00Z').open).toBe(false);
  });

  test('a time that does not come opens as much later', () => {
    const hours = night('Europe/London', '01:30-05:00');
    // 29 March 2026: 01:00 GMT becomes 02:00 BST; 01:30 would have been 02:30 BST.
    expect(hours.at('2026-03-29T01:29:00Z')).toMatchObject({
      open: false,
      opens_at: '2026-03-29T02:30:00+01:00',
    });
    expect(hours.at('2026-03-29T01:30:00Z').open).toBe(true);
  });

  test('a time that comes twice opens the first time and closes the second', () => {
    const hours = night('America/New_York', '01:30-01:45');
    // 1 November 2026: 01:30 is 05:30Z (EDT) and 06:30Z (EST).
    expect(hours.at('2026-11-01T05:29:00Z').open).toBe(false);
    expect(hours.at('2026-11-01T05:30:00Z').open).toBe(true);
    expect(hours.at('2026-11-01T06:00:00Z').open).toBe(true);
    expect(hours.at('2026-11-01T06:44:00Z').open).toBe(true);
    expect(hours.at('2026-11-01T06:45:00Z').open).toBe(false);
  });

  test('half an hour, as on Lord Howe Island', () => {
    const hours = night('Australia/Lord_Howe', '09:00-17:00');
    // 5 April 2026: from +11:00 to +10:30.
    expect(hours.at('2026-04-03T22:00:00Z').open).toBe(true);
    expect(hours.at('2026-04-05T22:29:00Z').open).toBe(false);
    expect(hours.at('2026-04-05T22:30:00Z').open).toBe(true);
  });

  test.each(['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kolkata'])(
    'every hour of two years in %s agrees with the clock on the wall',
    (timeZone) => {
      const hours = night(timeZone, '09:00-17:00');
      const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone });
      const wrong: string[] = [];
      for (
        let ms = Date.parse('2026-01-01T00:00:00Z');
        ms < Date.parse('2028-01-01T00:00:00Z');
        ms += 3_600_000
      ) {
        const hour = Number(clock.format(ms));
        const now = new Date(ms).toISOString();
        if (hours.at(now).open !== (hour >= 9 && hour < 17)) wrong.push(now);
      }
      expect(wrong).toEqual([]);
    },
  );
});

test.each([
  ['mon', ['mon']],
  ['mon-wed', ['mon', 'tue', 'wed']],
  ['Saturday-Sunday', ['sat', 'sun']],
  ['sat-mon', ['sat', 'sun', 'mon']],
  ['mon, thu', ['mon', 'thu']],
  ['daily', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']],
  ['weekday', undefined],
  ['mon-', undefined],
  ['mon-tue-wed', undefined],
  ['', undefined],
])('the days of "%s"', (key, days) => {
  expect(daysOf(key)).toEqual(days);
});

test.each([
  ['09:00-17:00', { start: 540, end: 1020 }],
  ['9:00 – 17:30', { start: 540, end: 1050 }],
  ['22:00-02:00', { start: 1320, end: 1560 }],
  ['18:00-00:00', { start: 1080, end: 1440 }],
  ['00:00-24:00', { start: 0, end: 1440 }],
  ['09:00-09:00', undefined],
  ['24:00-02:00', undefined],
  ['09:00-24:30', undefined],
  ['9-17', undefined],
  ['09:00', undefined],
  ['25:00-26:00', undefined],
])('the span "%s"', (text, span) => {
  expect(spanOf(text)).toEqual(span);
});

test('no instant, no hours', () => {
  expect(office.at('')).toEqual({ open: false, closed: true, holiday: false });
});
