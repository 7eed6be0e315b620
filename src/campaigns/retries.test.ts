import { describe, expect, test } from 'vitest';
import { type AttemptEvent, NO_FACTS, withEvent } from './attempt.ts';
import { NO_HOLIDAYS } from './holidays.ts';
import { callbackAt, type MadeAttempt, type NextStep, Retries, type RetrySettings } from './retries.ts';
import { diceOf } from './testing.ts';
import { CallingTimes, type CallingWindows, type Place } from './windows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NY: Place = { country: 'US', regions: ['NY'], timeZones: ['America/New_York'] };
const FLORIDA: Place = { ...NY, regions: ['FL'] };
const WINDOWS: CallingWindows = {
  calling_hours: { days: { 'mon-fri': ['09:00-17:00'] }, holidays: [] },
  holidays: true,
};
const SETTINGS: RetrySettings = {
  attempts: {
    most: 3,
    wait_min: {
      busy: 15,
      'no-answer': 240,
      machine: 1440,
      failed: 60,
      'hung-up-early': 'never',
      unknown: 1440,
    },
    early_sec: 10,
  },
};

const local = (date: string, time: string): number => callbackAt(NY, date, time) ?? Number.NaN;
const times = new CallingTimes(WINDOWS, NO_HOLIDAYS);
const retries = new Retries(SETTINGS, times);

/** A Wednesday. */
const TEN = local('2026-12-02', '10:00');

function attempt(startedAtMs: number, ...events: readonly AttemptEvent[]): MadeAttempt {
  return { startedAtMs, endedAtMs: startedAtMs + MINUTE_MS, facts: events.reduce(withEvent, NO_FACTS) };
}
const busy = (atMs: number) => attempt(atMs, { type: 'ringing' }, { type: 'busy' });
const silent = (atMs: number) => attempt(atMs, { type: 'ringing' }, { type: 'no-answer' });

describe('after an attempt', () => {
  test('the first is at the next opening', () => {
    const evening = local('2026-12-04', '18:00');
    expect(retries.next([], NY, evening)).toEqual({
      type: 'call',
      notBeforeMs: local('2026-12-07', '09:00'),
      because: 'first',
    });
  });

  test.each<[string, MadeAttempt, NextStep]>([
    ['goes on', attempt(TEN, { type: 'ringing' }), { type: 'wait' }],
    ['busy', busy(TEN), { type: 'call', notBeforeMs: TEN + 16 * MINUTE_MS, because: 'retry' }],
    ['nobody', silent(TEN), { type: 'call', notBeforeMs: TEN + 241 * MINUTE_MS, because: 'retry' }],
    [
      'a machine',
      attempt(TEN, { type: 'answered-by', by: 'machine_start' }, { type: 'completed' }),
      { type: 'call', notBeforeMs: TEN + 1441 * MINUTE_MS, because: 'retry' },
    ],
    [
      'unknown',
      attempt(TEN, { type: 'lost' }),
      { type: 'call', notBeforeMs: TEN + 1441 * MINUTE_MS, because: 'retry' },
    ],
    [
      'answered',
      attempt(TEN, { type: 'completed', durationSec: 50 }),
      { type: 'done', result: 'answered', words: 'They answered.' },
    ],
    [
      'a message left',
      attempt(TEN, { type: 'message-left' }, { type: 'completed' }),
      { type: 'done', result: 'message-left', words: 'A message was left.' },
    ],
    [
      'opted out',
      attempt(TEN, { type: 'opted-out' }),
      { type: 'done', result: 'opted-out', words: 'They asked not to be called any more.' },
    ],
    [
      'hung up early',
      attempt(TEN, { type: 'completed', durationSec: 2 }),
      { type: 'done', result: 'hung-up-early', words: 'After "hung-up-early" there is no other attempt.' },
    ],
    [
      'a number that is none',
      attempt(TEN, { type: 'refused', errorCode: 21211 }),
      { type: 'done', result: 'failed', words: 'The carrier cannot call this number (error 21211).' },
    ],
    [
      'failed',
      attempt(TEN, { type: 'failed', errorCode: 32203 }),
      { type: 'call', notBeforeMs: TEN + 61 * MINUTE_MS, because: 'retry' },
    ],
    [
      'taken back',
      attempt(TEN, { type: 'canceled' }),
      { type: 'call', notBeforeMs: TEN + 2 * MINUTE_MS, because: 'retry' },
    ],
  ])('%s', (_what, made, expected) => {
    expect(retries.next([made], NY, TEN)).toEqual(expected);
  });

  test('a wait that ends outside the window ends at the next opening', () => {
    const late = local('2026-12-04', '16:55');
    expect(retries.next([busy(late)], NY, late)).toMatchObject({ notBeforeMs: local('2026-12-07', '09:00') });
  });

  test('no more than the most attempts', () => {
    const three = [busy(TEN), busy(TEN + HOUR_MS), silent(TEN + 2 * HOUR_MS)];
    expect(retries.next(three, NY, TEN)).toEqual({
      type: 'done',
      result: 'no-answer',
      words: 'All 3 attempts were made.',
    });
  });

  test('what was taken back before it rang is no attempt, but has its end', () => {
    const taken = Array.from({ length: 9 }, (_, index) => attempt(TEN + index, { type: 'canceled' }));
    expect(retries.next(taken, NY, TEN)).toMatchObject({ type: 'call' });
    expect(retries.next([...taken, attempt(TEN + 10, { type: 'canceled' })], NY, TEN)).toMatchObject({
      result: 'canceled',
    });
  });

  test('an attempt that was believed lost, and answered after all, leaves nothing to do', () => {
    const lost = attempt(TEN, { type: 'lost' }, { type: 'completed', durationSec: 90 });
    expect(retries.next([lost, busy(TEN + HOUR_MS)], NY, TEN)).toMatchObject({ result: 'answered' });
  });

  test('in Florida the fourth call has to wait until 24 hours after the first', () => {
    const often = new Retries({ attempts: { ...SETTINGS.attempts, most: 9 } }, times);
    const three = [busy(TEN), busy(TEN + HOUR_MS), busy(TEN + 2 * HOUR_MS)];
    expect(often.next(three, NY, TEN)).toMatchObject({ notBeforeMs: TEN + 2 * HOUR_MS + 16 * MINUTE_MS });
    expect(often.next(three, FLORIDA, TEN)).toMatchObject({ notBeforeMs: TEN + 24 * HOUR_MS });
  });

  test('when the campaign is over, the last outcome is the result', () => {
    const short = new Retries(SETTINGS, new CallingTimes({ ...WINDOWS, ends: '2026-12-02' }, NO_HOLIDAYS));
    expect(short.next([silent(local('2026-12-02', '14:00'))], NY, TEN)).toMatchObject({
      result: 'no-answer',
    });
    expect(short.next([], NY, local('2026-12-03', '10:00'))).toMatchObject({ result: 'not-called' });
  });

  test('where nobody may be called, it is told why', () => {
    const words = new Retries(SETTINGS, new CallingTimes({ ...WINDOWS, countries: ['GB'] }, NO_HOLIDAYS));
    expect(words.next([], NY, TEN)).toMatchObject({
      result: 'not-called',
      words: expect.stringContaining('not among the countries'),
    });
  });
});

describe('callbacks', () => {
  const asked = (atMs: number, saidAtMs = TEN) =>
    attempt(TEN, { type: 'completed', durationSec: 30 }, { type: 'callback-asked', atMs, saidAtMs });

  test('tomorrow at ten is at ten where they are', () => {
    const atMs = callbackAt(NY, '2026-12-03', '10:00') ?? 0;
    expect(new Date(atMs).toISOString()).toBe('2026-12-03T15:00:00.000Z');
    expect(retries.next([asked(atMs)], NY, TEN)).toEqual({
      type: 'call',
      notBeforeMs: atMs,
      because: 'callback',
    });
  });

  test('a time outside the window is moved into it', () => {
    const sunday = local('2026-12-06', '20:00');
    expect(retries.next([asked(sunday)], NY, TEN)).toMatchObject({
      notBeforeMs: local('2026-12-07', '09:00'),
    });
  });

  test('it goes also where all attempts were made, and begins them anew', () => {
    const atMs = local('2026-12-03', '10:00');
    const before = [silent(TEN - 2 * HOUR_MS), silent(TEN - HOUR_MS), asked(atMs)];
    expect(retries.next(before, NY, TEN)).toMatchObject({ because: 'callback' });
    expect(retries.next([...before, busy(atMs)], NY, atMs)).toMatchObject({ because: 'retry' });
    const answered = attempt(atMs, { type: 'completed', durationSec: 60 });
    expect(retries.next([...before, answered], NY, atMs)).toMatchObject({ result: 'answered' });
  });
});

test('whatever happens: never more than the most attempts, never outside the window, never before the wait', () => {
  for (let seed = 0; seed < 400; seed++) {
    const dice = diceOf(seed);
    const most = 1 + dice.below(5);
    const some = new Retries({ attempts: { ...SETTINGS.attempts, most } }, times);
    const place = dice.pick([NY, FLORIDA, { ...NY, timeZones: ['America/New_York', 'America/Los_Angeles'] }]);
    const attempts: MadeAttempt[] = [];
    let atMs = TEN + dice.below(10_000) * MINUTE_MS;
    for (;;) {
      const step = some.next(attempts, place, atMs);
      if (step.type !== 'call') {
        expect(step.type).toBe('done');
        break;
      }
      expect(step.notBeforeMs).toBeGreaterThanOrEqual(atMs);
      expect(times.mayCall(step.notBeforeMs, place).may).toBe(true);
      atMs = step.notBeforeMs;
      attempts.push(
        dice.pick([
          busy(atMs),
          silent(atMs),
          attempt(atMs, { type: 'lost' }),
          attempt(atMs, { type: 'answered-by', by: 'machine_end_beep' }, { type: 'completed' }),
        ]),
      );
      expect(attempts.length, `seed ${seed}`).toBeLessThanOrEqual(most);
    }
    expect(attempts.length).toBe(most);
  }
});
