import { expect, test } from 'vitest';
import { checkFlow } from './loader.ts';

const BYE = '  bye: { type: hangup }\n';
const nodes = (text: string, head = ''): string =>
  `flow: test\ndescription: A test.\nstart: a\n${head}nodes:\n${text}${BYE}`;
const say = (text: string): string => nodes(`  a: { type: say, say: "${text}", next: bye }\n`);
const collect = (slot: string, use = 'Thanks.'): string =>
  nodes(
    `  a: { type: collect, slots: [{ name: order, type: digits, ask: Which?${slot} }], next: { done: b, failed: bye } }\n  b: { type: say, say: "${use}", next: bye }\n`,
  );

const told = (text: string): string =>
  checkFlow(text, { file: 'f' })
    .problems.map(({ severity, message }) => `${severity}: ${message}`)
    .join('\n');

test.each([
  ['a slot without its root', collect('', '{{ order }}'), 'did you mean "slots.order"?'],
  ['a slot as a map', collect('', '{{ order.value }}'), 'did you mean "slots.order"?'],
  [
    'a variable without its root',
    say('Hi {{ customer_name }}.').replace('nodes:', 'variables: { customer_name: {} }\nnodes:'),
    'did you mean "vars.customer_name"?',
  ],
  ['what can be seen', say('{{ process.env }}'), 'call, vars, slots, tools, now and hours'],
  ['a greeting', nodes('  a: { type: say, greeting: Hi., next: bye }\n'), 'did you mean "say"?'],
  [
    'functions',
    nodes('  a: { type: agent, goal: Help., functions: [], next: { done: bye } }\n'),
    'did you mean "tools"?',
  ],
  [
    'a timeout',
    nodes('  a: { type: transfer, to: "+15550100", timeout: 5, next: bye }\n'),
    'did you mean "timeout_sec"?',
  ],
  [
    'retries',
    nodes(
      '  a: { type: collect, max_retries: 3, slots: [{ name: x, type: text, ask: What? }], next: { done: bye, failed: bye } }\n',
    ),
    'did you mean "attempts"?',
  ],
  ['end_call', nodes('  a: { type: end_call }\n'), 'did you mean "hangup"?'],
  ['end', nodes('  a: { type: end }\n'), 'did you mean "hangup"?'],
  [
    'the target end',
    nodes('  a: { type: say, say: Hi., next: end }\n'),
    'did you mean "bye", which hangs up?',
  ],
  [
    'a zone of old',
    nodes('  a: { type: hangup }\n', 'time_zone: EST5\n'),
    'did you mean "America/New_York"?',
  ],
  [
    'a name in capitals',
    nodes(
      '  a: { type: collect, slots: [{ name: orderNumber, type: text, ask: What? }], next: { done: bye, failed: bye } }\n',
    ),
    'did you mean "order_number"?',
  ],
  [
    'validate without a list',
    collect(', validate: { when: "value > 8" }'),
    'must be a list (lines that begin with "- "), not a map, such as [{ when: "value > 8", say: "That is too many." }]',
  ],
  [
    'guards without a list',
    nodes(
      '  a: { type: hangup }\n',
      'tools: { t: { description: T., http: { url: "http://x.test" }, guards: { when: x } } }\n',
    ),
    'such as [{ when: slots.order, otherwise: Ask for the order first. }]',
  ],
])('%s', (_name, text, message) => {
  expect(told(text)).toContain(message);
});

const COMMA = 'the comma splits this text in two; put the whole text in quotes';
const COMMENT = 'the text ends before "#", which begins a comment; put the whole text in quotes';

test.each([
  ['a sentence split by its comma', collect(', reask: [Sorry, which order is it?]'), COMMA],
  [
    'a prompt split',
    nodes('  a: { type: hangup }\n', 'silence: { prompts: [Well, are you there?] }\n'),
    COMMA,
  ],
  ['a text cut by #', nodes('  a:\n    type: say\n    say: Press #1 for sales.\n    next: bye\n'), COMMENT],
])('%s is a warning', (_name, text, message) => {
  expect(told(text)).toContain(`warning: ${message}`);
});

test.each([
  ['sentences', collect(', reask: [Sorry?, Which order is it?]')],
  ['in quotes', collect(', reask: ["Sorry, which order is it?"]')],
  ['lines', collect('').replace('ask: Which?', 'ask: Which?, reask: ["Sorry", "which order is it?"]')],
  [
    'words',
    nodes(
      '  a: { type: menu, say: Hm?, options: { x: { words: [one, two or so?] } }, next: { x: bye, none: bye } }\n',
    ),
  ],
  ['a comment', nodes('  a:\n    type: say\n    say: Hello. # 1 of 2\n    next: bye # optional\n')],
])('%s are no reason to warn', (_name, text) => {
  expect(told(text)).not.toContain(COMMA);
  expect(told(text)).not.toContain(COMMENT);
});
