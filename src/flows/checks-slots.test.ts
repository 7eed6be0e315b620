import { describe, expect, test } from 'vitest';
import { flowOf } from './test-call.ts';

const problemOf = (slot: string): string => {
  try {
    flowOf(
      `model: none\nnodes:\n  a:\n    type: collect\n    slots:\n      - ${slot}\n    next: { done: b, failed: b }\n  b: { type: hangup }\n`,
    );
    return '';
  } catch (error) {
    return String(error);
  }
};

describe('a slot is refused', () => {
  test.each([
    ['{ name: x, type: number, ask: N?, min: 5, max: 3 }', /min is more than max/],
    ['{ name: x, type: money, ask: N?, min: 5, max: 3 }', /min is more than max/],
    ['{ name: x, type: money, ask: N?, currency: euro }', /three capital letters/],
    ['{ name: x, type: date, ask: N?, min: soon }', /min must be a day.*not "soon"/],
    ['{ name: x, type: date, ask: N?, max: "2026-02-30" }', /max must be a day/],
    ['{ name: x, type: date, ask: N?, min: +30d, max: today }', /min is after max/],
    ['{ name: x, type: date, ask: N?, min: "{{ nau }}" }', /cannot see/],
    ['{ name: x, type: time, ask: N?, max: "25:00" }', /max must be a time of day/],
    ['{ name: x, type: time, ask: N?, min: "18:00", max: "09:00" }', /min is after max/],
    ['{ name: x, type: digits, ask: N?, checksum: lun }', /luhn/],
    ['{ name: x, type: digits, ask: N?, pattern: "[0-9" }', /regular expression/],
    ['{ name: x, type: digits, ask: N?, pattern: "([0-9]*)*" }', /must not repeat a group/],
    ['{ name: x, type: text, ask: N?, keys_only: true }', /keys_only/],
    [
      '{ name: x, type: choice, ask: N?, keys_only: true, choices: { a: { key: "1" }, b: {} } }',
      /the choice "b" has none/,
    ],
    ['{ name: x, type: number, ask: N?, validate: [{ when: "value >" }] }', /condition/],
    ['{ name: x, type: number, ask: N?, validate: [{ when: "valu > 3" }] }', /valu/],
    ['{ name: x, type: number, ask: N?, validate: [{ say: No. }] }', /when/],
  ])('%s', (slot, message) => expect(problemOf(slot)).toMatch(message));
});

test.each([
  ['{ name: x, type: date, ask: N?, min: today, max: "2030-01-01" }'],
  ['{ name: x, type: date, ask: N?, max: -18y }'],
  ['{ name: x, type: time, ask: N?, min: "{{ now }}", max: "9:30" }'],
  ['{ name: x, type: digits, ask: N?, pattern: "4[0-9]*|5[1-5][0-9]+" }'],
  ['{ name: x, type: number, ask: N?, validate: [{ when: value > 3 and call.from, say: No. }] }'],
])('a slot is right: %s', (slot) => expect(problemOf(slot)).toBe(''));
