import { describe, expect, test } from 'vitest';
import { checkFlow } from './loader.ts';
import { formatProblem } from './problems.ts';

const HEAD = 'flow: test\ndescription: A test.\nstart: a\n';
const BYE = '  bye: { type: hangup }\n';

/** Line 5 is the first node. */
const nodes = (text: string): string => `${HEAD}nodes:\n${text}${BYE}`;
/** Line 4 is the first of the given keys. */
const keys = (text: string): string =>
  `${HEAD}${text}nodes:\n  a: { type: say, say: Hello., next: bye }\n${BYE}`;
const say = (name: string, text: string, next: string): string =>
  `  ${name}: { type: say, say: "${text}", next: ${next} }\n`;
const collect = (name: string, slots: string, done: string, failed = 'bye'): string =>
  `  ${name}: { type: collect, slots: [${slots}], next: { done: ${done}, failed: ${failed} } }\n`;
const DAY = '{ name: day, type: date, ask: When? }';
const menu = (options: string, next: string): string =>
  `  a: { type: menu, say: Choose., options: ${options}, next: ${next} }\n`;

function told(text: string): string[] {
  const { flow, problems } = checkFlow(text, { file: 'f', env: { API_URL: 'http://api.test' } });
  expect(flow === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  return problems.map((problem) => formatProblem(problem).replace('f:', ''));
}

const unset = (slot: string, way: string): string =>
  `slots.${slot} may be empty here: on the way ${way} nothing sets it; ask for it first, or write {% if slots.${slot} %}`;

const DOUBTFUL: readonly [name: string, text: string, ...problems: string[]][] = [
  ['a node nothing leads to', nodes('  a: { type: hangup }\n'), '6:3: warning: no way leads to node "bye"'],
  [
    'a part nothing leads to, told at its beginning',
    nodes(`${say('a', 'Hi.', 'bye')}${say('b', 'Hi.', 'c')}${say('c', 'Hi.', 'bye')}`),
    '6:3: warning: no way leads to node "b"',
  ],
  [
    'a circle nothing leads to, told once',
    nodes(`${say('a', 'Hi.', 'bye')}${say('b', 'Hi.', 'c')}${say('c', 'Hi.', 'b')}`),
    '6:3: warning: no way leads to node "b"',
  ],
  [
    'a circle that may end by itself and listens to nobody',
    `${HEAD}nodes:\n  a: { type: set, slots: { n: "{{ slots.n | default: 0 | plus: 1 }}" }, next: b }\n  b: { type: branch, cases: { often: "slots.n > 3" }, next: { often: bye, else: a } }\n${BYE}`,
    '5:3: warning: nodes "a" and "b" lead round in a circle, and nowhere in it is the caller listened to; see that it ends by itself',
  ],
  [
    'a conversation without an end',
    `${HEAD}nodes:\n${collect('a', DAY, 'b', 'b')}${say('b', 'Again.', 'a')}`,
    '5:3: warning: no way leads from nodes "a" and "b" to the end of the call',
  ],
  [
    'a slot that one way does not set',
    nodes(`${collect('a', DAY, 'b', 'b')}${say('b', 'On {{ slots.day }}.', 'bye')}`),
    `6:24: warning: ${unset('day', 'a → b')}`,
  ],
  [
    'a slot that is used before it is asked for',
    nodes(`${say('a', 'On {{ slots.day }}.', 'b')}${collect('b', DAY, 'bye')}`),
    `5:24: warning: ${unset('day', 'a')}`,
  ],
  [
    'a slot that is asked for after the one that names it',
    nodes(collect('a', `{ name: x, type: text, ask: "{{ slots.day }}?" }, ${DAY}`, 'bye')),
    `5:59: warning: ${unset('day', 'a')}`,
  ],
  [
    'a slot that is known on one side of a branch only',
    nodes(
      `${collect('a', DAY, 'b', 'b')}  b: { type: branch, cases: { known: slots.day }, next: { known: c, else: d } }\n${say('c', '{{ slots.day }}', 'bye')}${say('d', '{{ slots.day }}', 'bye')}`,
    ),
    `8:24: warning: ${unset('day', 'a → b → d')}`,
  ],
  [
    'a prompt nobody listens to',
    nodes(say('a', 'word '.repeat(100), 'bye')),
    '5:24: warning: this takes about 40 seconds to say, and few listen for more than 30; make it shorter, or let the caller speak in between',
  ],
  [
    'words that are those of another option as well',
    nodes(menu('{ one: { words: [two] }, two: {} }', '{ one: bye, two: bye, none: bye }')),
    '5:60: warning: "two" is one of the words of "one", but whoever says it gets none of the options; choose other words',
  ],
  [
    'words that choose another option',
    nodes(
      menu(
        '{ one: { words: [blue, something blue please] }, two: { words: [green, something blue] } }',
        '{ one: bye, two: bye, none: bye }',
      ),
    ),
  ],
  [
    'handlers that a menu, or another handler, keeps from being heard',
    `${HEAD}handlers:\n  person: { words: [operator], key: "0", to: bye }\n  boss: { words: [operator], to: bye }\nnodes:\n${menu('{ zero: { key: "0" }, operator: {} }', '{ zero: b, operator: b, none: bye }')}${say('b', 'Hi.', 'bye')}${BYE}`,
    '5:21: warning: in node "a" "operator" chooses "operator", so the handler "person" does not get it',
    '5:37: warning: in node "a" key "0" chooses "zero", so the handler "person" does not get it',
    '6:19: warning: "operator" already means the handler "person"',
    '6:19: warning: in node "a" "operator" chooses "operator", so the handler "boss" does not get it',
  ],
  [
    'a tool nobody uses',
    keys('tools: { book: { description: Books., effect: reads, http: { url: "http://x.test" } } }\n'),
    '4:10: warning: no node uses the tool "book"',
  ],
  ['a secret nobody uses', keys('secrets: [API_URL]\n'), '4:11: warning: no tool uses {{ env.API_URL }}'],
  [
    'a recogniser nobody knows',
    keys('recognition: { model: nova-33 }\n'),
    '4:23: warning: no recogniser called "nova-33" is known, and under a wrong name the agent hears nothing; did you mean "nova-3"?',
  ],
  [
    'a filler that comes too late',
    keys('waiting: { filler_after_ms: 9000 }\n'),
    '4:29: warning: a filler after 9000 ms comes too late: after timing.watchdog_ms (4000) something is said anyway',
  ],
];

describe('a doubtful flow', () => {
  test.each(DOUBTFUL)('%s', (_, text, ...problems) => {
    expect(told(text)).toEqual(problems);
  });
});

const SOUND: readonly [name: string, text: string][] = [
  [
    'a slot that is asked for on every way',
    nodes(
      `${menu('{ one: {}, two: {} }', '{ one: b, two: c, none: bye }')}${collect('b', DAY, 'd')}${collect('c', DAY, 'd')}${say('d', '{{ slots.day }}', 'bye')}`,
    ),
  ],
  [
    'a slot that is printed only where it is there',
    nodes(
      `${collect('a', DAY, 'b', 'c')}${say('b', '{{ slots.day }}', 'bye')}${say('c', '{% if slots.day %}{{ slots.day }}{% endif %} {{ slots.day | default: 1 }}', 'bye')}`,
    ),
  ],
  [
    'a slot that is read back before it is filled',
    nodes(collect('a', '{ name: day, type: date, ask: When?, confirm: "On {{ slots.day }}?" }', 'bye')),
  ],
  [
    'a long text of which only one branch is said',
    nodes(
      say('a', `{% if call.from %}${'word '.repeat(60)}{% else %}${'word '.repeat(60)}{% endif %}`, 'bye'),
    ),
  ],
  [
    'a menu that leads back to itself',
    nodes(menu('{ again: {}, stop: {} }', '{ again: a, stop: bye, none: bye }')),
  ],
  ['a model of our own', keys('recognition: { model: 3d0c1f43-9f0a-4f5d-8d7f-1a2b3c4d5e6f }\n')],
];

test.each(SOUND)('nothing is told of %s', (_, text) => {
  expect(told(text)).toEqual([]);
});

test('a circle in which nobody listens is an error, and the only thing told', () => {
  expect(told(nodes(`${say('a', 'Hi.', 'b')}${say('b', 'Ho.', 'a')}`))).toEqual([
    '5:3: nodes "a" and "b" lead round in a circle: the call would go round without end, and nowhere in it is the caller listened to',
  ]);
});
