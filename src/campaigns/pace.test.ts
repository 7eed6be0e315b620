import { describe, expect, test } from 'vitest';
import {
  callsAtOnce,
  type Load,
  NEW_PACE,
  nextCall,
  type PaceSettings,
  type PaceState,
  pauseForFailures,
  pauseForSpending,
  slowedDown,
  slownessAt,
  waitedAtCarrier,
} from './pace.ts';
import { type Dice, diceOf } from './testing.ts';

const IDLE: Load = { live: {}, answered: 0, abandoned: 0 };
const START = 1_800_000_000_000;

function settingsOf(over: Partial<PaceSettings> = {}): PaceSettings {
  const caller_numbers = [{ number: '+14155550100', calls_per_second: 100 }];
  return { calls_per_second: 1, calls_at_once: 1000, caller_numbers, abandoned_share: 0.03, ...over };
}

interface Placed {
  from: string;
  atMs: number;
}

/** A dialer that looks in at odd times, sometimes hears a complaint, and whose calls last for a while. */
function dial(settings: PaceSettings, dice: Dice, { forMs = 60_000, complaints = 0 } = {}) {
  let state: PaceState = NEW_PACE;
  const placed: Placed[] = [];
  const live: { from: string; endsMs: number }[] = [];
  const mostLive = new Map<string, number>();
  for (let nowMs = START; nowMs < START + forMs; nowMs += 1 + dice.below(400)) {
    if (dice.next() < complaints) state = slowedDown(state, nowMs, dice.below(3000));
    for (;;) {
      const counts: Record<string, number> = {};
      for (const { from } of live.filter(({ endsMs }) => endsMs > nowMs))
        counts[from] = (counts[from] ?? 0) + 1;
      const step = nextCall(settings, state, nowMs, { ...IDLE, live: counts }, 500);
      if (step.type === 'wait') break;
      ({ state } = step);
      expect(step.atMs).toBeGreaterThanOrEqual(nowMs);
      placed.push(step);
      live.push({ from: step.from, endsMs: step.atMs + 1000 + dice.below(20_000) });
      mostLive.set(step.from, Math.max(mostLive.get(step.from) ?? 0, (counts[step.from] ?? 0) + 1));
      const all = Object.values(counts).reduce((sum, count) => sum + count, 1);
      mostLive.set('all', Math.max(mostLive.get('all') ?? 0, all));
    }
  }
  return { placed, mostLive };
}

/** The most calls in any second that begins with a call. */
function mostInASecond(placed: readonly Placed[]): number {
  const times = placed.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [index, atMs] of times.entries()) {
    while ((times[first] ?? 0) <= atMs - 1000) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

test('whatever happens, no second has more calls than its pace, over all and from each number', () => {
  for (let seed = 0; seed < 150; seed++) {
    const dice = diceOf(seed);
    const pace = (): number => dice.pick([0.2, 0.5, 1, 2, 3, 7, 20, 50, 100]);
    const most = (): number => 1 + dice.below(60);
    const settings = settingsOf({
      calls_per_second: pace(),
      calls_at_once: most(),
      caller_numbers: Array.from({ length: 1 + dice.below(4) }, (_, index) => ({
        number: `+1415555010${index}`,
        calls_per_second: pace(),
        calls_at_once: dice.pick([undefined, most()]),
      })),
    });
    const { placed, mostLive } = dial(settings, dice, { complaints: dice.pick([0, 0, 0.05]) });
    expect(placed.length).toBeGreaterThan(0);
    expect(mostInASecond(placed), `seed ${seed}`).toBeLessThanOrEqual(Math.ceil(settings.calls_per_second));
    expect(mostLive.get('all')).toBeLessThanOrEqual(settings.calls_at_once);
    for (const { number, calls_per_second: own, calls_at_once: atOnce } of settings.caller_numbers) {
      const from = placed.filter((call) => call.from === number);
      expect(mostInASecond(from), `seed ${seed}`).toBeLessThanOrEqual(Math.ceil(own));
      expect(mostLive.get(number) ?? 0).toBeLessThanOrEqual(atOnce ?? settings.calls_at_once);
    }
  }
});

describe('what is allowed is used', () => {
  test.each([0.5, 1, 10, 50])('at %i a second, but for the spare tenth', (pace) => {
    const { placed } = dial(settingsOf({ calls_per_second: pace }), diceOf(1));
    expect(placed.length).toBeGreaterThan(pace * 60 * 0.85);
  });

  test('numbers take turns', () => {
    const caller_numbers = ['+14155550100', '+14155550101', '+14155550102'].map((number) => ({
      number,
      calls_per_second: 1,
    }));
    const { placed } = dial(settingsOf({ calls_per_second: 3, caller_numbers }), diceOf(2));
    const counts = Map.groupBy(placed, ({ from }) => from);
    for (const calls of counts.values()) expect(calls.length).toBeGreaterThan(45);
    expect(counts.size).toBe(3);
  });
});

describe('a carrier that complains', () => {
  test('is left alone for as long as it asks, then called half as fast, then as before', () => {
    const settings = settingsOf({ calls_per_second: 10 });
    const slow = slowedDown(NEW_PACE, START, 5000);
    expect(nextCall(settings, slow, START + 1000, IDLE)).toMatchObject({
      type: 'wait',
      reason: 'carrier-slow',
      untilMs: START + 5000,
    });
    expect(slownessAt(slow, START)).toBe(2);
    const step = nextCall(settings, slow, START + 5000, IDLE);
    if (step.type !== 'call') throw new Error('It waits.');
    expect(step.state.nextAtMs - step.atMs).toBeGreaterThan(200);
    expect(slownessAt(slow, START + 60_000)).toBe(1);
  });

  test('complaints that come together are one, those that go on add up to an end', () => {
    let state = slowedDown(slowedDown(NEW_PACE, START), START + 10);
    expect(slownessAt(state, START + 10)).toBeCloseTo(2, 2);
    for (let count = 1; count < 20; count++) state = slowedDown(state, START + count * 2000);
    expect(slownessAt(state, START + 38_000)).toBe(32);
  });

  test('a call that waited there says the same', () => {
    expect(waitedAtCarrier(NEW_PACE, START, 200)).toBe(NEW_PACE);
    expect(slownessAt(waitedAtCarrier(NEW_PACE, START, 4000), START)).toBe(2);
  });
});

describe('abandoned calls', () => {
  test.each([
    [0, 100, 40],
    [1, 100, 40],
    [2, 100, 26],
    [3, 100, 1],
    [1, 1, 1],
    [20, 100, 1],
  ])('%i of %i: %i at a time', (abandoned, answered, most) => {
    expect(callsAtOnce(settingsOf({ calls_at_once: 40 }), { live: {}, abandoned, answered })).toBe(most);
  });

  test('are told as the reason', () => {
    const load = { live: { '+14155550100': 1 }, answered: 100, abandoned: 3 };
    expect(nextCall(settingsOf(), NEW_PACE, START, load)).toMatchObject({
      reason: 'abandoned-calls',
      words: expect.stringMatching(/^3 of 100 people .* the limit of 3 %/),
    });
  });

  test('stay under the limit where more calls than can be served would be abandoned', () => {
    const dice = diceOf(5);
    const settings = settingsOf({ calls_at_once: 40 });
    let [answered, abandoned] = [0, 0];
    for (let round = 0; round < 400; round++) {
      const calls = callsAtOnce(settings, { live: {}, answered, abandoned });
      const people = Array.from({ length: calls }).filter(() => dice.next() < 0.5).length;
      answered += people;
      // Twenty can be served at a time, and all forty are called as long as nobody is abandoned.
      abandoned += Math.max(0, people - 20);
    }
    expect(answered).toBeGreaterThan(1000);
    expect(abandoned / answered).toBeLessThan(0.03);
  });
});

describe('a campaign pauses itself', () => {
  const rule = { failed_share: 0.5, of_last: 20 };
  const good = { failed: false };
  const bad = { failed: true, errorCode: 32203 };

  test('when over half of the last 20 calls failed', () => {
    const half = [...Array(10).fill(good), ...Array(10).fill(bad)];
    expect(pauseForFailures(half, rule)).toBeUndefined();
    expect(pauseForFailures([...half, bad], rule)).toBe(
      '11 of the last 20 calls failed, 11 of them with error 32203. Mend the cause, then resume the campaign.',
    );
    expect(pauseForFailures(Array(19).fill(bad), rule)).toBeUndefined();
    expect(pauseForFailures([...Array(20).fill(bad), ...Array(20).fill(good)], rule)).toBeUndefined();
  });

  test('when the money is spent', () => {
    expect(pauseForSpending(90, 9, 100)).toBeUndefined();
    expect(pauseForSpending(90, 9, undefined)).toBeUndefined();
    expect(pauseForSpending(95.5, 5, 100)).toMatch(
      /^The spend limit of \$100\.00 is reached: \$95\.50 are spent/,
    );
  });
});
