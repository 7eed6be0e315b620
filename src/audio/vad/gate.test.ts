import { expect, test } from 'vitest';
import { type Admission, Gate } from './gate.ts';

/** Windows of these levels, all of which the model gives the same probability. */
function admit(gate: Gate, levelsDb: readonly number[], probability: number): Admission[] {
  return levelsDb.map((levelDb) => {
    const admission = gate.admit(levelDb);
    if (admission === 'judge') gate.judged(probability);
    return admission;
  });
}
const times = (count: number, levelDb: number): number[] => Array(count).fill(levelDb);
const judged = (admissions: Admission[]): number => admissions.filter((each) => each === 'judge').length;

test('a quiet line costs nothing, and sound on it is judged at once', () => {
  const gate = new Gate();
  expect(judged(admit(gate, [...times(100, -90), ...times(100, Number.NEGATIVE_INFINITY)], 0))).toBe(0);
  expect(gate.admit(-40)).toBe('judge');
});

test('steady noise is soon the floor, and speech over it is judged at once', () => {
  const gate = new Gate();
  expect(judged(admit(gate, times(200, -35), 0.02))).toBeLessThan(60);
  expect(gate.admit(-35)).toBe('silent');
  expect(gate.admit(-25)).toBe('judge');
});

test('long speech does not become the floor', () => {
  const gate = new Gate();
  admit(gate, times(1000, -25), 0.95);
  expect(admit(gate, times(10, -25), 0.95)).not.toContain('silent');
});

test('a dip within a word is judged, silence after it is not', () => {
  const gate = new Gate();
  admit(gate, times(3, -25), 0.7);
  expect(admit(gate, [...times(4, -80), -25], 0.7)).toEqual(times(5, 0).map(() => 'judge'));
  expect(judged(admit(gate, times(50, -80), 0.05))).toBe(4);
});

test('of sure speech one window in four is judged, of doubtful speech every one', () => {
  const gate = new Gate();
  expect(judged(admit(gate, times(25, -25), 0.95))).toBe(10);
  expect(judged(admit(gate, times(25, -25), 0.6))).toBeGreaterThanOrEqual(22);
});
