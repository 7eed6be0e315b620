import { describe, expect, test } from 'vitest';
import { checkFlow, parseFlow } from './loader.ts';
import { FlowError, formatProblem } from './problems.ts';

const HEAD = 'flow: test\ndescription: A test.\nstart: a\n';
const BYE = '  bye: { type: hangup }\n';

/** Line 5 is the first node. */
function nodes(text: string): string {
  return `${HEAD}nodes:\n${text}${BYE}`;
}

/** Line 4 is the first of the given keys. */
function keys(text: string): string {
  return `${HEAD}${text}nodes:\n  a: { type: say, say: Hello., next: bye }\n${BYE}`;
}

function collecting(slot: string): string {
  return nodes(
    `  a:\n    type: collect\n    slots:\n      - ${slot}\n    next: { done: bye, failed: bye }\n`,
  );
}

function menu(options: string, next: string): string {
  return nodes(`  a:\n    type: menu\n    say: Choose.\n    options: ${options}\n    next: ${next}\n`);
}

function tool(text: string): string {
  const agent = '  a: { type: agent, goal: Do it., tools: [book], next: { done: bye } }\n';
  return `${HEAD}tools:\n  book: { description: Books., ${text} }\nnodes:\n${agent}${BYE}`;
}

const BROKEN: readonly [name: string, text: string, ...problems: string[]][] = [
  [
    'a misspelt node',
    nodes('  a: { type: say, say: Hi., next: bey }\n'),
    '5:35: node "a" goes to "bey", which does not exist; did you mean "bye"?',
  ],
  [
    'a target that is nowhere',
    nodes('  a:\n    type: say\n    say: Hi.\n    next: { done: { to: somewhere-else } }\n'),
    '8:25: node "a" goes to "somewhere-else", which does not exist',
  ],
  [
    'a start that does not exist',
    `flow: test\ndescription: A test.\nstart: welcom\nnodes:\n  welcome: { type: hangup }\n`,
    '3:8: the flow starts at "welcom", which does not exist; did you mean "welcome"?',
  ],
  [
    'a misspelt key of a flow',
    keys('languge: en-US\n'),
    '4:1: unknown key "languge" in a flow; did you mean "language"?',
  ],
  [
    'a misspelt key of a node',
    nodes('  a: { type: say, say: Hi., nxt: bye }\n'),
    '5:29: unknown key "nxt" in "nodes.a"; did you mean "next"?',
  ],
  [
    'a key of another kind of node',
    nodes('  a: { type: say, say: Hi., goal: x, next: bye }\n'),
    expect.stringMatching(/^5:29: unknown key "goal" in "nodes.a"; it may hold type, say, .* or next$/),
  ],
  [
    'a misspelt kind of node',
    nodes('  a: { type: mnu }\n'),
    '5:14: "nodes.a.type" must be say, menu, collect, agent, branch, set, tool, message, sms, subflow, return, transfer, voicemail or hangup, not "mnu"; did you mean "menu"?',
  ],
  ['a node without a kind', nodes('  a: { say: Hi., next: bye }\n'), '5:3: "nodes.a" has no "type"'],
  ['a node without anything', nodes('  a:\n'), '5:3: "nodes.a" has no value'],
  [
    'a node that is a text',
    nodes('  a: hello\n'),
    '5:6: "nodes.a" must be a map (lines of "key: value"), not "hello"',
  ],
  [
    'a name with a blank',
    nodes('  a: { type: hangup }\n  b c: { type: hangup }\n'),
    '6:3: the name "b c" must start with a letter and hold only letters, digits, - and _; did you mean "b_c"?',
  ],
  [
    "a name of JavaScript's",
    nodes('  a: { type: hangup }\n  constructor: { type: hangup }\n'),
    '6:3: the name "constructor" is a reserved word; choose another name',
  ],
  ['a missing text', nodes('  a: { type: say, next: bye }\n'), '5:3: "nodes.a" has no "say"'],
  [
    'an empty text',
    nodes('  a: { type: say, say: "", next: bye }\n'),
    '5:24: "nodes.a.say" must not be empty',
  ],
  [
    'a number for a text',
    nodes('  a: { type: say, say: 12, next: bye }\n'),
    '5:24: "nodes.a.say" must be text: write it in quotes, "12"',
  ],
  [
    'what is missing at the top',
    'flow: test\n',
    '1:1: the flow has no "description", no "start" and no "nodes"',
  ],
  [
    'a tab',
    'flow: test\n\tstart: a\n',
    '2:1: a tab is used for indentation, which YAML does not allow; use spaces',
  ],
  [
    'a key that is there twice',
    nodes('  a: { type: hangup }\n  a: { type: hangup }\n'),
    '6:3: the key "a" is there twice; rename one or take it out',
  ],
  [
    'an anchor',
    nodes('  a: &x { type: hangup }\n'),
    '5:9: YAML anchors and aliases (here: &) are not allowed in a flow; write the value out, or put it in quotes if it is text',
  ],
  [
    'a bomb of aliases',
    'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n',
    '1:7: YAML anchors and aliases (here: &) are not allowed in a flow; write the value out, or put it in quotes if it is text',
  ],
  [
    'a tag',
    nodes('  a: !!js/function x\n'),
    '5:20: the tag "tag:yaml.org,2002:js/function" is not allowed in a flow; put a text that begins with ! in quotes',
  ],
  ['a directive', `%YAML 1.1\n---\n${HEAD}`, '1:1: directives such as %YAML are not allowed in a flow'],
  [
    'two documents',
    `${nodes('  a: { type: hangup }\n')}---\nflow: other\n`,
    '7:1: the file holds more than one YAML document (a line of ---); put each flow in a file of its own',
  ],
  [
    'nesting without end',
    '['.repeat(30_000),
    expect.stringMatching(/^1:\d+: the file is nested too deeply$/),
  ],
  [
    'a control character',
    'flow: te\u0007st\n',
    '1:9: the file holds a control character, which YAML does not allow',
  ],
  [
    'a list',
    '- flow: test\n',
    '1:1: the file must hold a flow: keys such as flow, description, start and nodes',
  ],
  ['nothing', '', '1:1: the file must hold a flow: keys such as flow, description, start and nodes'],
  [
    'a quote that is not closed',
    nodes('  a: { type: say, say: "Hi., next: bye }\n'),
    '5:24: the text that begins here with " is never closed; put " at its end',
  ],
  [
    'a colon in a text',
    nodes('  a:\n    type: say\n    say: Hello: you\n    next: bye\n'),
    '7:10: a value that holds ": " must be in quotes, and a nested key goes on a line of its own',
  ],
  [
    'a dangerous key',
    nodes('  a: { type: hangup }\n  __proto__: { type: hangup }\n'),
    '6:3: the key "__proto__" is not allowed',
  ],
  [
    'an outcome that a node cannot have',
    nodes('  a: { type: say, say: Hi., next: { don: bye } }\n'),
    '5:37: node "a" can never end with "don"; it ends with done; did you mean "done"?',
  ],
  [
    'an outcome that leads nowhere',
    nodes(
      '  a:\n    type: collect\n    slots: [{ name: x, type: text, ask: What? }]\n    next: { done: bye }\n',
    ),
    '8:5: node "a" can end with "failed", and its next does not say where that leads',
  ],
  [
    'one way for two outcomes',
    nodes('  a:\n    type: collect\n    slots: [{ name: x, type: text, ask: What? }]\n    next: bye\n'),
    '8:11: "nodes.a.next" must be a map (lines of "key: value"), not "bye"',
  ],
  [
    'a misspelt kind of slot',
    collecting('{ name: x, type: phon, ask: What? }'),
    '8:26: "nodes.a.slots[0].type" must be text, name, number, money, date, time, phone, email, postcode, yes_no, choice or digits, not "phon"; did you mean "phone"?',
  ],
  [
    'a misspelt key of a slot',
    collecting('{ name: x, type: text, aks: What? }'),
    '8:32: unknown key "aks" in "nodes.a.slots[0]"; did you mean "ask"?',
  ],
  [
    'slots that are no list',
    nodes('  a:\n    type: collect\n    slots: { name: x }\n    next: { done: bye, failed: bye }\n'),
    '7:12: "nodes.a.slots" must be a list (lines that begin with "- "), not a map',
  ],
  [
    'bounds that exclude each other',
    collecting('{ name: x, type: digits, ask: What?, min_length: 5, max_length: 3 }'),
    '8:58: slot "x": min_length is more than max_length',
  ],
  [
    'a slot that is asked for twice',
    nodes(
      '  a:\n    type: collect\n    slots:\n      - { name: x, type: text, ask: What? }\n      - { name: x, type: text, ask: What? }\n    next: { done: bye, failed: bye }\n',
    ),
    '9:17: node "a" asks for the slot "x" twice',
  ],
  [
    'a key that is used twice',
    menu('{ one: { key: "1" }, two: { key: "1" } }', '{ one: bye, two: bye, none: bye }'),
    '8:47: key "1" already means "one"',
  ],
  [
    'a word that is used twice',
    menu('{ one: { words: [yes] }, two: { words: ["Yes"] } }', '{ one: bye, two: bye, none: bye }'),
    '8:54: "Yes" already means "one"',
  ],
  [
    'a key that no phone has',
    menu('{ one: { key: "12" } }', '{ one: bye, none: bye }'),
    '8:28: "nodes.a.options.one.key" must be one key of the phone: 0 to 9, "*" or "#", not "12"',
  ],
  [
    'a menu without ways out',
    menu('{ one: {} }', '{ one: bye }'),
    '9:5: node "a" can end with "none", and its next does not say where that leads',
  ],
  [
    'a menu without options',
    menu('{}', '{ none: bye }'),
    '8:14: "nodes.a.options" must have at least one choice',
  ],
  [
    'an option called none',
    menu('{ none: {} }', '{ none: bye }'),
    '8:16: "none" is the outcome of a menu when nothing was chosen; choose another name',
  ],
  [
    'a slot nobody collects',
    nodes('  a: { type: say, say: "Hi {{ slots.name }}.", next: bye }\n'),
    '5:24: the template uses "slots.name", but no node fills that slot',
  ],
  [
    'a misspelt root',
    nodes('  a: { type: say, say: "From {{ cal.from }}.", next: bye }\n'),
    '5:24: the template uses "cal", which it cannot see; did you mean "call"?',
  ],
  [
    'a misspelt property',
    nodes('  a: { type: say, say: "From {{ call.form }}.", next: bye }\n'),
    '5:24: the template uses "call.form", but of a call it can see only from, to and direction; did you mean "from"?',
  ],
  [
    'a filter nobody knows',
    nodes('  a: { type: say, say: "{{ now | sing }}", next: bye }\n'),
    '5:24: the template cannot be read: there is no filter "sing"',
  ],
  [
    'a template that is not closed',
    nodes('  a: { type: say, say: "{{ now", next: bye }\n'),
    '5:24: the template cannot be read: output "{{ now" not closed',
  ],
  [
    'a template that reads files',
    nodes(`  a: { type: say, say: "{% include 'x' %}", next: bye }\n`),
    '5:24: the template cannot be read: tag "include" not found',
  ],
  [
    'the environment in a prompt',
    nodes('  a: { type: say, say: "{{ env.KEY }}", next: bye }\n'),
    '5:24: the template uses "env", which it cannot see; it can see call, vars, slots, tools, now and hours',
  ],
  [
    'a tool that does not exist',
    nodes('  a: { type: agent, goal: Do., tools: [bok], next: { done: bye } }\n'),
    '5:40: node "a" uses the tool "bok", which does not exist',
  ],
  [
    'an effect nobody knows',
    tool('effect: write, http: { url: "http://x.test" }'),
    '5:40: "tools.book.effect" must be reads or writes, not "write"; did you mean "writes"?',
  ],
  [
    'an input of no type',
    tool('effect: reads, input: { day: { type: strin } }, http: { url: "http://x.test" }'),
    '5:69: "tools.book.input.day.type" must be string, number, integer, boolean, array or object, not "strin"; did you mean "string"?',
  ],
  [
    'an input that a request does not get',
    tool('effect: reads, http: { url: "http://x.test/{{ input.day }}" }'),
    '5:60: the template uses "input.day", which is not in the input of the tool',
  ],
  [
    'an environment name that is not declared',
    tool('effect: reads, http: { url: "{{ env.API_URL }}/x" }'),
    '5:60: the template uses "env.API_URL", which is not listed under secrets',
  ],
  [
    'a schema that is none',
    tool(
      'effect: reads, input: { type: object, properties: { day: { type: dat } } }, http: { url: "http://x.test" }',
    ),
    '5:54: the input of tool "book" is not a valid JSON Schema: Unsupported type: dat',
  ],
  [
    'an environment that is not set',
    keys('secrets: [API_URL, MISSING_URL]\n'),
    '4:11: warning: no tool uses {{ env.API_URL }}',
    '4:20: the environment variable MISSING_URL is not set; set it, or take it out of secrets',
    '4:20: warning: no tool uses {{ env.MISSING_URL }}',
  ],
  [
    'an agent without a model',
    `${HEAD}model: none\nnodes:\n  a: { type: agent, goal: Do., next: { done: bye } }\n${BYE}`,
    '6:14: node "a" is an agent and needs a model, but the flow says "model: none"',
  ],
  [
    'an agent without an end',
    nodes('  a: { type: agent, goal: Do., next: { failed: bye } }\n'),
    '5:38: node "a" can never end: its next needs an outcome that the model can choose, such as "done"',
  ],
  [
    'a misspelt condition',
    nodes('  a: { type: agent, goal: Do., next: { done: { to: bye, wen: always } } }\n'),
    '5:57: unknown key "wen" in "nodes.a.next.done"; did you mean "when"?',
  ],
  [
    'a number that is none',
    keys('numbers: ["5550100"]\n'),
    '4:11: "numbers[0]" must be a phone number in E.164 form, in quotes, such as "+15550100", not "5550100"',
  ],
  [
    'a number that is there twice',
    keys('numbers: ["+15550100", +15550100]\n'),
    '4:24: the number +15550100 is there twice',
  ],
  [
    'a time that is too short',
    keys('timing: { watchdog_ms: 10 }\n'),
    '4:24: "timing.watchdog_ms" must be at least 1000 (milliseconds), not 10',
  ],
  [
    'a time that is a text',
    keys('timing: { watchdog_ms: 4s }\n'),
    '4:24: "timing.watchdog_ms" must be a number, not "4s"',
  ],
  [
    'a language that is none',
    keys('language: english\n'),
    '4:11: "language" must be a language tag such as en-US, not "english"; did you mean "en-US"?',
  ],
  [
    'a time zone that is none',
    keys('time_zone: Mars/Olympus\n'),
    '4:12: "time_zone" must be a time zone such as Europe/London, not "Mars/Olympus"',
  ],
  [
    'a model that is a text',
    keys('model: clever\n'),
    '4:8: "model" must be none, or a map such as { name: claude-haiku-5-5, max_tokens: 300 }, not "clever"',
  ],
  [
    'several at once',
    `${HEAD}langage: x\nnodes:\n  a: { type: say, say: Hi., next: bey }\n  b: { type: mnu }\n${BYE}`,
    '4:1: unknown key "langage" in a flow; did you mean "language"?',
    '6:35: node "a" goes to "bey", which does not exist; did you mean "bye"?',
    '7:14: "nodes.b.type" must be say, menu, collect, agent, branch, set, tool, message, sms, subflow, return, transfer, voicemail or hangup, not "mnu"; did you mean "menu"?',
  ],
];

function problemsOf(text: string): string[] {
  return checkFlow(text, { file: 'flows/test.yaml', env: { API_URL: 'http://api.test' } }).problems.map(
    formatProblem,
  );
}

describe('a broken flow', () => {
  test.each(BROKEN)('%s', (_, text, ...problems) => {
    expect(problemsOf(text).map((problem) => problem.replace('flows/test.yaml:', ''))).toEqual(problems);
  });

  test('is named with its file', () => {
    expect(problemsOf(nodes('  a: { type: say, say: Hi., next: bey }\n'))).toEqual([
      'flows/test.yaml:5:35: node "a" goes to "bey", which does not exist; did you mean "bye"?',
    ]);
  });

  test('cannot be loaded', () => {
    expect(() => parseFlow('flow: test\n', { file: 'test.yaml' })).toThrow(FlowError);
  });
});

test('a file with very many problems tells the first of them, soon', () => {
  const wrong = Array.from(
    { length: 1500 },
    (_, index) => `  n${index}: { type: say, say: Hi., next: m${index} }\n`,
  );
  const problems = problemsOf(nodes(wrong.join('')));
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toMatch(/and \d+ problems more from here on$/);
});
