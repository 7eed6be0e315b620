import { expect, test } from 'vitest';
import { checkFlow } from './loader.ts';

const HEAD = `flow: x
description: A flow.
variables: { customer: { type: text } }
start: a
tools:
  look: { description: Looks., effect: reads, http: { url: "http://x.test" } }
nodes:
  a:
    type: collect
    slots: [{ name: day, type: date, ask: When? }]
    next: { done: talk, failed: bye }
  talk: { type: agent, goal: Talk., tools: [look], next: { done: bye, failed: bye } }
  bye: { type: hangup }
tests:
  - name: one
`;
const LINES = HEAD.split('\n').length;

/** The problems of a test, each with its line counted from the one after the test's name. */
function problemsOf(test: string): string[] {
  const { problems } = checkFlow(`${HEAD}${test.replaceAll(/^/gm, '    ')}\n`, { file: 'x.yaml' });
  return problems.map(({ line, message }) => `${line - LINES}: ${message}`);
}

test('what a person would write is understood', () => {
  expect(
    problemsOf(`
now: 2026-11-20 09:00
from: "+15550123"
direction: outbound
variables: { customer: Anna }
tools: { look: [{ when: { id: 1 }, result: null }, { error: Down. }] }
never_says: /booked/
rubric: It is kind.
steps:
  - agent: [When, "What day"]
  - caller: 4
  - keys: 12
  - silence: 2
  - model: { call: [{ look: {} }, { look: }], finish: done }
  - expect: { tool: look, not_called: look, slots: { day: null } }
  - ends: true`),
  ).toEqual([]);
});

test.each([
  ['stps: []', ['0: unknown key "stps" in "tests[0]"; did you mean "steps"?']],
  ['steps:\n  - callr: Hi', ['1: unknown key "callr" in "tests[0].steps[0]"; did you mean "caller"?']],
  [
    'steps:\n  - caller: Hi\n    agent: Hello',
    [
      '1: "tests[0].steps[0]" must be one thing: agent, caller, model, keys, silence, transfer_fails, machine, hangup, expect or ends; begin each with a line of its own and "- "',
    ],
  ],
  [
    'steps:\n  - agent: /(/',
    ['1: "tests[0].steps[0].agent" is between slashes and is no regular expression, not "/(/"'],
  ],
  [
    'steps:\n  - expect: { node: tlak }',
    ['1: the test names the node "tlak", which this flow does not have; did you mean "talk"?'],
  ],
  [
    'steps:\n  - expect: { slots: { dya: 1 } }',
    ['1: the test names the slot "dya", which this flow does not have; did you mean "day"?'],
  ],
  [
    'steps:\n  - expect: { tool: { loook: {} } }',
    ['1: the test names the tool "loook", which this flow does not have; did you mean "look"?'],
  ],
  [
    'tools: { lok: { result: 1 } }\nsteps: [{ hangup: true }]',
    ['0: the test names the tool "lok", which this flow does not have; did you mean "look"?'],
  ],
  [
    'tools: { look: { result: 1, error: x } }\nsteps: [{ hangup: true }]',
    ['0: "tests[0].tools.look" must have either a result or an error'],
  ],
  [
    'now: yesterday\nsteps: [{ hangup: true }]',
    [
      '0: "tests[0].now" must be a date and time such as 2026-11-20T15:00, or 2026-11-20T15:00:00Z, not "yesterday"',
    ],
  ],
  [
    'from: "5550123"',
    [
      '0: "tests[0].from" must be a phone number in E.164 form, in quotes, such as "+15550100", not "5550123"',
    ],
  ],
  ['from: "+15550123"', ['-1: "tests[0]" must have steps or personas']],
] as const)('%s', (test, problems) => {
  expect(problemsOf(test)).toEqual(problems);
});

test('two tests of one name are told', () => {
  const again = `${HEAD}    steps: [{ hangup: true }]\n  - name: one\n    steps: [{ hangup: true }]\n`;
  expect(checkFlow(again, { file: 'x.yaml' }).problems.map(({ message }) => message)).toEqual([
    'another test is called "one" too',
  ]);
});
