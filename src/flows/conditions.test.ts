import { describe, expect, test } from 'vitest';
import { Conditions } from './conditions.ts';

const conditions = new Conditions({ language: 'en-US', timeZone: 'UTC' });
const scope = {
  slots: { people: 12, name: 'Anna', pin: '1234', account: '0123', note: '', vip: false, day: '2026-06-05' },
  call: { from: '+15550100' },
  result: { status: 'shipped', items: ['a', 'b'], count: 0, nested: { deep: true } },
  hours: { open: true },
};

test.each([
  'slots.people > 8 and hours.open',
  'slots.people >= 12 and slots.people <= 12',
  'call.from == "+15550100"',
  "result.status == 'shipped'",
  'slots.name contains "nn"',
  'result.items contains "b"',
  'result.items[1] == "b"',
  'result.items.size == 2',
  'result["status"] == "shipped"',
  'result.nested.deep',
  'not slots.unknown',
  'not slots.note',
  'not slots.vip',
  'result.count',
  'not (slots.vip or slots.unknown)',
  'not slots.vip and slots.name',
  // `and` binds closer than `or`, wherever it stands.
  'hours.open or slots.vip and slots.vip',
  'slots.vip and slots.vip or hours.open',
  '(hours.open or slots.vip) and slots.name',
  'not not hours.open',
  'slots.unknown == nil',
  'slots.name != "anna"',
  'slots.name | downcase == "anna"',
  'slots.people | plus: 1, 2 == 13',
  'slots.pin == 1234',
  'slots.day < "2026-07-01"',
  '-1 < 0.5',
])('%s holds', (source) => {
  expect(conditions.problem(source)).toBeUndefined();
  expect(conditions.holds(source, scope)).toBe(true);
});

test.each([
  'slots.vip',
  'slots.unknown > 3',
  'slots.unknown < 3',
  'slots.name > 3',
  'slots.account == 123',
  'slots.unknown contains "x"',
  'not hours.open or slots.vip',
  '(hours.open or slots.vip) and slots.vip',
  'slots.constructor',
  'slots.toString',
  'slots.people.unknown.deeper == 1',
])('%s does not hold', (source) => {
  expect(conditions.problem(source)).toBeUndefined();
  expect(conditions.holds(source, scope)).toBe(false);
});

test.each([
  ['slots.a = 3', 'write "=="'],
  ['slots.a === 3', 'write "=="'],
  ['slots.a !== 3', 'write "!="'],
  ['slots.a && slots.b', 'write "and"'],
  ['slots.a || slots.b', 'write "or"'],
  ['!slots.a', 'write "not"'],
  ['{{ slots.a }} > 3', 'no {{ }}'],
  ['slots.a >', 'a value is missing at its end'],
  ['> 3', '">" is not expected at its start'],
  ['slots.a == 3 foo', '"foo" is not expected after "3"'],
  ['slots.a slots.b', 'join conditions with "and"'],
  ['slots.a is set', 'it has no "is"'],
  ['(slots.a', 'a ")" is missing'],
  ['slots.a)', 'a ")" too many'],
  ['slots.a == "x', 'quotes that are closed'],
  ['slots.a == “x”', 'straight quotes'],
  ['slots.a | upcas == "X"', 'upcas'],
  ['slots.a | == "X"', 'the name of a filter is missing'],
  ['', 'it is empty'],
  ['slots.a and', 'a value is missing'],
  ['1 < 2 < 3', '"<" is not expected after "2"'],
  [`${'('.repeat(1001)}`, 'longer than'],
])('%s is refused in words', (source, words) => {
  expect(conditions.problem(source)).toContain(words);
  const problems: string[] = [];
  expect(conditions.holds(source, scope, (problem) => problems.push(problem))).toBe(false);
  expect(problems).toHaveLength(1);
});

test('what a condition names is known before it runs', () => {
  expect(
    conditions.variables(
      'not (slots.people > vars.most or hours.open) and "slots.no" != now and tools["find"].x',
    ),
  ).toEqual([['slots', 'people'], ['vars', 'most'], ['hours', 'open'], ['now'], ['tools', 'find', 'x']]);
});

describe('cost', () => {
  test('a condition is read once', () => {
    let reads = 0;
    const counted = {
      get slots() {
        reads++;
        return { people: 9 };
      },
    };
    for (let count = 0; count < 3; count++) conditions.holds('slots.people > 8', counted);
    expect(reads).toBe(3);
  });
});
