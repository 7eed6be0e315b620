/**
 * Flows that read well, and that would only fail once somebody calls: told when they are loaded, with what to do about
 * it. What is broken as a file is in `broken-flows.test.ts`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFlow } from './loader.ts';
import { formatProblem } from './problems.ts';

const HEAD = 'flow: test\ndescription: A test.\nstart: a\n';
const BYE = '  bye: { type: hangup }\n';
/** Line 5 is the first node. */
const nodes = (text: string): string => `${HEAD}nodes:\n${text}${BYE}`;
/** Line 4 is the first of the given keys. */
const keys = (text: string): string =>
  `${HEAD}${text}nodes:\n  a: { type: say, say: Hello., next: bye }\n${BYE}`;
/** Line 4 holds the tool, line 6 the node that runs it. */
const tool = (does: string, input = 'day: { type: string }', given = 'day: "2026-12-01"'): string =>
  `${HEAD}tools: { book: { description: Books., effect: reads, input: { ${input} }, ${does} } }\n` +
  `nodes:\n  a: { type: tool, tool: book, input: { ${given} }, next: { done: bye, failed: bye } }\n${BYE}`;
const http = (rest: string): string => tool(`http: { ${rest} }`);
const input = (type: string, given: string): string =>
  tool('http: { url: "https://x.test" }', `day: ${type}`, given);
const asked = (slot: string, node: string): string =>
  nodes(`  a: { type: collect, slots: [${slot}], next: { done: b, failed: bye } }\n  b: ${node}\n`);

/** Line 6 holds the condition. */
const decided = (slot: string, condition: string): string =>
  asked(slot, `{ type: branch, cases: { x: ${JSON.stringify(condition)} }, next: { x: bye, else: bye } }`);

const told = (text: string): string[] => checkFlow(text, { file: 'x' }).problems.map(formatProblem);

// biome-ignore format: a table reads best with a line for each of its rows
test.each([
  // Keys without a value.
  ['an option that is only named', nodes('  a:\n    type: menu\n    say: Choose.\n    options:\n      one:\n    next: { one: bye, none: bye }\n'), '9:7: "nodes.a.options.one" has no value; write "one: {}" where there is nothing more to say of it'],
  ['an outcome that leads nowhere', nodes('  a:\n    type: menu\n    say: Choose.\n    options: { one: {} }\n    next:\n      one: bye\n      none:\n'), '11:7: "nodes.a.next.none" has no value; write the name of the node it leads to'],
  // Requests that cannot be made.
  ['a blank in the name of a host', http('url: "https://x .test/a"'), '4:101: tool "book" has an address that cannot be read: "https://x .test/a"'],
  ['a port that is none', http('url: "https://x.test:99999/{{ input.day }}"'), '4:101: tool "book" has an address that cannot be read: "https://x.test:99999/…"'],
  ['a header with a blank', http('url: "https://x.test", headers: { "api key": x }'), '4:130: "api key" cannot be the name of a header: it holds letters, digits and -; did you mean "api-key"?'],
  ['a header with a colon', http('url: "https://x.test", headers: { "accept:": x }'), '4:130: "accept:" cannot be the name of a header: it holds letters, digits and -; did you mean "accept"?'],
  ['a header that HTTP sets itself', http('url: "https://x.test", headers: { Content-Length: "3" }'), '4:130: the header "Content-Length" is set by the request itself; take it out'],
  ['a body where there can be none', http('url: "https://x.test", body: { a: b }'), '4:119: a GET request carries no body; write method: POST, or put the values under query'],
  ['a format that is misspelt', input('{ type: string, format: dtae }', 'day: "2026-12-01"'), '4:92: there is no format "dtae" for a text; did you mean "date"?'],
  // Input that the tool will refuse.
  ['a word for a number', input('{ type: integer }', 'day: soon'), '6:46: the tool "book" does not take this "day": Invalid input: expected number, received string'],
  ['a date in words', input('{ type: string, format: date }', 'day: tomorrow'), '6:46: the tool "book" does not take this "day": must be a date, YYYY-MM-DD'],
  // Numbers that nobody may dial.
  ['a transfer to what the caller says', asked('{ name: desk, type: phone, ask: Which? }', '{ type: transfer, to: "{{ slots.desk }}", next: bye }'), '6:28: node "b" can never connect: a template may give a number under numbers_allowed or a variable of type phone, and the flow declares neither'],
  ['a transfer to a variable that is no number', `${HEAD}variables: { desk: { type: text } }\nnodes:\n  a: { type: transfer, to: "{{ vars.desk }}", next: bye }\n${BYE}`, '6:28: node "a" can never connect: a template may give a number under numbers_allowed or a variable of type phone, and the flow declares neither'],
  ['a text message to what is no number', asked('{ name: desk, type: text, ask: Which? }', '{ type: sms, to: "{{ slots.desk }}", text: Hi., next: { done: bye, failed: bye } }'), '6:23: node "b" sends to the slot "desk", which is no phone number; only a slot of type phone will do, or a number under numbers_allowed'],
  ['a transfer to the flow itself', keys('numbers: ["+15550123"]\n').replace('{ type: say, say: Hello.,', '{ type: transfer, to: "+15550123",'), '6:28: node "a" connects to +15550123, which this flow answers: the call would come back to it'],
  // Nobody speaks to a machine, and a machine does not answer.
  ['a voicemail that asks', keys('voicemail: a\n').replace('{ type: say, say: Hello.,', '{ type: message, ask: Hello.,').replace('next: bye', 'next: { done: bye, failed: bye }'), '4:12: voicemail leads to "a", which waits for an answer, and a machine gives none; name a node of type voicemail'],
  // Elsewhere in the world.
  ['a country that is none', asked('{ name: code, type: postcode, country: ZZ, ask: Where? }', '{ type: say, say: "{{ slots.code }}", next: bye }'), '5:70: there is no country "ZZ"'],
  ['two experiments about one text', keys('experiments: { e: { arms: { x: {}, y: { set: { nodes.a.say: Hi. } } } }, f: { arms: { x: {}, y: { set: { nodes.a.say: Ho. } } } } }\n'), '4:106: "nodes.a.say" is changed by the experiment "e" too, so neither could be told apart; put both into one experiment'],
  // Conditions that never hold.
  ['a choice that is misspelt', decided('{ name: n, type: choice, ask: Where?, choices: { window: {}, aisle: {} } }', 'slots.n == "windw"'), '6:34: the condition compares slots.n with "windw", but it is window or aisle; did you mean "window"?'],
  ['a yes in words', decided('{ name: n, type: yes_no, ask: Sure? }', 'call.from and (slots.n == "yes")'), '6:34: the condition compares slots.n with "yes", but it is true or false; write slots.n, or not slots.n'],
  ['a direction of another name', decided('{ name: n, type: yes_no, ask: Sure? }', 'slots.n and call.direction != "incoming"'), '6:34: the condition compares call.direction with "incoming", but it is inbound or outbound'],
  // What a tool gives.
  ['a part that no result has', `${tool('http: { url: "https://x.test" }, output: { free: { type: integer } }').replace('done: bye,', 'done: b,')}  b: { type: say, say: "{{ tools.book.fre }} free.", next: bye }\n`, '8:24: the template uses "tools.book.fre", which is not in the output of the tool; it has free; did you mean "free"?'],
  ['a result without what it needs', tool('http: { url: "https://x.test" }, result: { a: "{{ body.x }}" }, output: { b: { type: string }, c: { type: string, optional: true } }'), '4:160: the output of tool "book" needs b, which its result does not give'],
  ['a header of a server', keys('mcp_servers: { crm: { url: "https://x.test", headers: { "a b": c } } }\n'), '4:57: "a b" cannot be the name of a header: it holds letters, digits and -; did you mean "a-b"?'],
  // Values that nobody can give.
  ['digits with letters in them', asked('{ name: n, type: digits, length: 4, pattern: "[A-Z]\\\\d{3}", ask: Code? }', '{ type: say, say: "{{ slots.n }}", next: bye }'), '5:76: slot "n": digits hold no letters; ask for a code with letters in a slot of type text'],
  ['a currency that is none', asked('{ name: n, type: money, currency: ZZZ, ask: How much? }', '{ type: say, say: "{{ slots.n }}", next: bye }'), '5:65: slot "n": there is no currency "ZZZ"; write its code, such as EUR'],
])('%s', (_, text, problem) => {
  expect(told(text)).toEqual([`x:${problem}`]);
});

// biome-ignore format: a table reads best with a line for each of its rows
test.each([
  ['a text that the own language lacks', keys('languages: { es-US: {} }\n').replace('Hello.', '{ es-US: Hola. }'), '6:24: warning: this text is not there in en-US, so callers hear it in another language'],
  ['a language model that nobody knows', keys('model: { name: claude-haku-5-5 }\n'), '4:16: warning: no language model called "claude-haku-5-5" is known, and under a wrong name it gives no answers; did you mean "claude-haiku-5-5"?'],
  ['who hears a summary that there is not', keys('').replace('{ type: say, say: Hello.,', '{ type: transfer, to: "+15550123", summary_to: both,'), '5:41: warning: node "a" has no summary, so summary_to does nothing'],
])('%s is a doubt', (_, text, problem) => {
  expect(told(text)).toEqual([`x:${problem}`]);
});

// biome-ignore format: a table reads best with a line for each of its rows
test.each([
  ['an address that is a template', http('url: "https://{{ input.day }}.x.test:{{ input.day }}/a b"')],
  ['an address with letters of its own', http('url: "https://bücher.example/{{ input.day }}?q=é"')],
  ['a body that is sent', http('method: POST, url: "https://x.test", body: { a: b }, headers: { X-Api-Key: "a b" }')],
  ['a format of another kind', input('{ type: string, format: uk-postcode }', 'day: "2026-12-01"')],
  ['an input that a template gives', input('{ type: integer }', 'day: "{{ call.from }}"')],
  ['an input of the right type', input('{ type: integer }', 'day: 3')],
  ['a transfer to what a variable gives', `${HEAD}variables: { desk: { type: phone } }\nnodes:\n  a: { type: transfer, to: "{{ vars.desk }}", next: bye }\n${BYE}`],
  ['a transfer to one of several', `${HEAD}numbers_allowed: ["+15550124"]\n${nodes('  a: { type: transfer, to: "{{ call.to }}", next: bye }\n').slice(HEAD.length)}`],
  ['a text message to a number that was asked for', asked('{ name: desk, type: phone, ask: Which? }', '{ type: sms, to: "{{ slots.desk }}", text: Hi., next: { done: bye, failed: bye } }')],
  ['a machine that is told something', keys('voicemail: a\n')],
  ['two experiments about two texts', keys('voice: { id: v }\nexperiments: { e: { arms: { x: {}, y: { set: { nodes.a.say: Hi. } } } }, f: { arms: { x: {}, y: { set: { voice.speed: 1.1 } } } } }\n')],
  ['a model with the day it was made', keys('model: { name: claude-haiku-5-5-20261001 }\n')],
  ['a choice that there is', decided('{ name: n, type: choice, ask: Where?, choices: { window: {}, aisle: {} } }', 'slots.n == "aisle" or slots.n != ""')],
  ['a slot that gets other values, too', decided('{ name: n, type: choice, ask: Where?, choices: { window: {}, aisle: {} } }', 'slots.n == "none"').replace('b: {', 'c: { type: set, slots: { n: none }, next: b }\n  b: {').replace('failed: bye', 'failed: c')],
  ['a part of a result that may hold anything', `${tool('http: { url: "https://x.test" }, output: { type: object }').replace('done: bye,', 'done: b,')}  b: { type: say, say: "{{ tools.book.fre }} free.", next: bye }\n`],
  ['a pattern of digits', asked('{ name: n, type: digits, length: 4, pattern: "^4\\\\d{3}$", ask: Code? }', '{ type: say, say: "{{ slots.n }}", next: bye }')],
  ["another vendor's model", keys('model: { name: llama-9-mini }\n')],
])('nothing is wrong with %s', (_, text) => {
  expect(told(text)).toEqual([]);
});

test.each([
  [
    'a bracket too few',
    'export const go = ( => 1;\n',
    /^x:4:\d+: tool "book": tools\/go\.ts cannot be run: Expression expected/,
  ],
  [
    'an enum',
    'enum A { x }\nexport const go = () => A.x;\n',
    /^x:4:\d+: tool "book": tools\/go\.ts cannot be run: TypeScript enum is not supported/,
  ],
])('a function in a file with %s', async (_, code, problem) => {
  const folder = await mkdtemp(join(tmpdir(), 'functions-'));
  await mkdir(join(folder, 'tools'));
  await writeFile(join(folder, 'tools/go.ts'), code);
  const { problems } = checkFlow(tool('function: "go.ts#go"'), { file: 'x', folder });
  expect(problems.map(formatProblem)).toEqual([expect.stringMatching(problem)]);
  await rm(folder, { recursive: true });
});
