import { expect, test } from 'vitest';
import { checkFlow } from './loader.ts';
import { TestCall } from './test-call.ts';
import { callVariables, typed } from './variables.ts';

test.each([
  ['text', ' Anna ', 'Anna'],
  ['text', 5, '5'],
  ['number', '12.5', 12.5],
  ['number', 3, 3],
  ['number', '', undefined],
  ['number', 'many', undefined],
  ['yes_no', 'Yes', true],
  ['yes_no', false, false],
  ['yes_no', 'perhaps', undefined],
  ['date', '2026-06-05', '2026-06-05'],
  ['date', 'tomorrow', undefined],
  ['time', '15:30', '15:30'],
  ['time', '25:00', undefined],
  ['phone', '+15550100', '+15550100'],
  ['phone', '5550100', undefined],
  ['text', { a: 1 }, undefined],
] as const)('as %s, %o is %o', (type, given, value) => {
  expect(typed(given, type)).toEqual(value);
});

test('what is missing has its default, what is wrong too, and both are told without the value', () => {
  const declared = {
    name: { type: 'text' as const, default: 'there' },
    visits: { type: 'number' as const, default: 1 },
    day: { type: 'date' as const },
  };
  expect(callVariables(declared, { visits: 'secret words', other: 'more words' })).toEqual({
    values: { name: 'there', visits: 1, day: '' },
    problems: [
      'the variable "visits" is not a number; its default is used',
      'the flow declares no variable "other"',
    ],
  });
});

const flow = `
variables:
  customer: { default: there }
  visits: { type: number, default: 0 }
time_zone: America/New_York
hours: { mon-fri: ["09:00-17:00"], holidays: ["2026-12-25"] }
nodes:
  a:
    type: say
    say: >-
      Hello {{ vars.customer }}.{% if vars.visits > 2 %} Nice to hear you again.{% endif %}
      We are {% if hours.open %}open until {{ hours.closes_at | spoken_time }}{% else %}closed{% endif %}.
    next: b
  b: { type: hangup }
`;

function hears(variables: Record<string, unknown> | undefined, now: string): string | undefined {
  const call = new TestCall(flow);
  const facts = {
    callId: 'c',
    direction: 'outbound',
    from: '+15550100',
    to: '+15550123',
    startedAt: now,
  } as const;
  return call.event({
    type: 'call-started',
    call: variables === undefined ? facts : { ...facts, variables },
    now,
  })[0];
}

test('templates see variables and hours', () => {
  expect(hears({ customer: 'Anna', visits: '3' }, '2026-11-20T15:00:00Z')).toBe(
    'say: Hello Anna. Nice to hear you again. We are open until 5 PM.',
  );
  expect(hears(undefined, '2026-12-25T15:00:00Z')).toBe('say: Hello there. We are closed.');
});

test('what is required and missing is told', () => {
  const declared = { name: { type: 'text' as const, required: true } };
  expect(callVariables(declared, { name: ' ' }).problems).toEqual([]);
  expect(callVariables(declared, { name: 'Anna' }).problems).toEqual([]);
  expect(callVariables(declared, {}).problems).toEqual([
    'the variable "name" is required, and the call does not bring it',
  ]);
});

test.each([
  [
    '{ naem: Anna, day: 2026-11-20 }',
    'the test names the variable "naem", which this flow does not have; did you mean "name"?',
  ],
  ['{ day: tomorrow }', 'the variable "day" is declared as date, and this is no date such as 2026-06-05'],
  ['{ name: Anna }', 'the test brings no "day", which the flow declares as required'],
  ['{ name: Anna, day: "2026-11-20" }', ''],
])('a test with the variables %s: %s', (given, message) => {
  const flow = `flow: x
description: X.
start: a
variables: { name: {}, day: { type: date, required: true } }
nodes: { a: { type: hangup, say: "{{ vars.name }}{{ vars.day }}" } }
tests: [{ name: t, variables: ${given}, steps: [{ ends: true }] }]
`;
  const errors = checkFlow(flow, { file: 'f' }).problems.map((problem) => problem.message);
  if (message === '') expect(errors).toEqual([]);
  else expect(errors).toContain(message);
});
