/**
 * Flows as people break them, read from files as the service reads them. Each is told exactly one thing, where the
 * mistake is and, where there is one, what was meant. More of single rules is in `checks.test.ts`.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFiles, flowFiles } from './loader.ts';
import { largeFlow } from './testing.ts';

const HEAD = 'flow: test\ndescription: A test.\nstart: a\n';
const BYE = '  bye: { type: hangup }\n';
const HELLO = '  a: { type: say, say: Hello., next: bye }\n';

/** Line 5 is the first node. */
const nodes = (text: string): string => `${HEAD}nodes:\n${text}${BYE}`;
/** Line 4 is the first of the given keys. */
const keys = (text: string): string => `${HEAD}${text}nodes:\n${HELLO}${BYE}`;
/** Line 7 is the text that is said. */
const say = (text: string): string => nodes(`  a:\n    type: say\n    say: ${text}\n    next: bye\n`);
/** Line 8 holds the options, line 9 what comes next. */
const menu = (options: string, next = '{ one: bye, none: bye }'): string =>
  nodes(`  a:\n    type: menu\n    say: Choose.\n    options: ${options}\n    next: ${next}\n`);
/** Line 7 holds the slots, line 9 uses one. */
const collect = (slots: string, use = 'Thank you.'): string =>
  nodes(
    `  a:\n    type: collect\n    slots: ${slots}\n    next: { done: b, failed: bye }\n  b: { type: say, say: "${use}", next: bye }\n`,
  );
/** Line 4 holds the tool, line 6 the agent that has it. */
const agent = (tool: string, node = 'tools: [book]'): string =>
  `${HEAD}tools: { book: { description: Books., ${tool} } }\nnodes:\n  a: { type: agent, goal: Book., ${node}, next: { done: bye } }\n${BYE}`;
const URL = 'http: { url: "http://x.test" }';
const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

type Content = string | Buffer;
// biome-ignore format: a table reads best with a line for each of its rows
const BROKEN: readonly [name: string, content: Content, problem: string][] = [
  // What is no flow at all.
  ['an empty file', '', '1:1: the file must hold a flow: keys such as flow, description, start and nodes'],
  ['nothing but comments', '# To be written.\n', '1:1: the file must hold a flow: keys such as flow, description, start and nodes'],
  ['one word', 'hello\n', '1:1: the file must hold a flow: keys such as flow, description, start and nodes'],
  ['a list', '- flow: test\n', '1:1: the file must hold a flow: keys such as flow, description, start and nodes'],
  ['10 MB', Buffer.alloc(10_485_760, 'a'), '1:1: the file is larger than 1 MB (10485760 bytes), which no flow should be'],
  ['two flows in one file', `${keys('')}---\n${keys('')}`, '7:1: the file holds more than one YAML document (a line of ---); put each flow in a file of its own'],
  // Encodings.
  ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(keys(''), 'utf16le')]), '1:1: the file is UTF-16 text; save it as UTF-8'],
  ['UTF-16 without a mark', Buffer.from(keys(''), 'utf16le'), '1:2: the file holds a NUL character: it is no text, or not UTF-8; save it as UTF-8'],
  ['Latin-1', Buffer.from(say('Grüezi.'), 'latin1'), '7:12: the file is not UTF-8 text from here on; save it as UTF-8'],
  ['a NUL character', 'flow: te\0st\n', '1:9: the file holds a NUL character: it is no text, or not UTF-8; save it as UTF-8'],
  ['CR alone at the ends of lines', keys('').replaceAll('\n', '\r'), '1:11: the lines end in CR alone; save the file with LF (or CR LF) as line ends'],
  ['CR LF, and a misspelt node', nodes('  a: { type: say, say: Hi., next: bey }\n').replaceAll('\n', '\r\n'), '5:35: node "a" goes to "bey", which does not exist; did you mean "bye"?'],
  ['a byte order mark, and a misspelt node', `\ufeff${nodes('  a: { type: say, say: Hi., next: bey }\n')}`, '5:35: node "a" goes to "bey", which does not exist; did you mean "bye"?'],
  ['no-break spaces as indentation', nodes('  a:\n\u00a0\u00a0\u00a0\u00a0type: say\n'), '6:1: the indentation holds a special blank (such as a no-break space); use plain spaces'],
  // More of YAML than flows take.
  ['a tab as indentation', nodes('  a:\n\ttype: say\n'), '6:1: a tab is used for indentation, which YAML does not allow; use spaces'],
  ['an anchor', nodes('  a: &x { type: hangup }\n'), '5:9: YAML anchors and aliases (here: &) are not allowed in a flow; write the value out, or put it in quotes if it is text'],
  ['an alias', nodes('  a: *x\n'), '5:6: YAML anchors and aliases (here: *) are not allowed in a flow; write the value out, or put it in quotes if it is text'],
  [
    'a bomb of aliases',
    `a: &a [lol, lol]\n${many(20, (index) => `b${index}: &b${index} [${`*${index === 0 ? 'a' : `b${index - 1}`}, `.repeat(9)}]\n`)}`,
    '1:7: YAML anchors and aliases (here: &) are not allowed in a flow; write the value out, or put it in quotes if it is text',
  ],
  ['a merge key', nodes('  a:\n    <<: { type: say }\n    say: Hi.\n    next: bye\n'), '6:5: the merge key << is not allowed in a flow; write the values out'],
  ['a tag', nodes('  a: !include a.yaml\n'), '5:15: the tag "!include" is not allowed in a flow; put a text that begins with ! in quotes'],
  ['a directive', `%YAML 1.1\n---\n${keys('')}`, '1:1: directives such as %YAML are not allowed in a flow'],
  ['brackets without end', '['.repeat(20_000), '1:101: the file is nested too deeply'],
  ['maps in maps without end', many(800, (index) => `${' '.repeat(index)}a:\n`), '102:102: the file is nested too deeply'],
  ['lists in lists without end', `${'- '.repeat(5000)}x`, '1:1: the file is nested too deeply'],
  ['a line without end', keys(`persona: ${'x'.repeat(30_000)}\n`), '4:1: the line is longer than 25000 characters, which no flow needs'],
  ['a node that is there twice', nodes(`${HELLO}  a: { type: hangup }\n`), '6:3: the key "a" is there twice; rename one or take it out'],
  ['a key that is there twice', keys('language: en-US\nlanguage: en-GB\n'), '5:1: the key "language" is there twice; rename one or take it out'],
  // Texts that YAML reads as something else.
  ['a colon in a text', say('Welcome: how can I help?'), '7:10: a value that holds ": " must be in quotes, and a nested key goes on a line of its own'],
  ['a quote that is never closed', say('"Hello.'), '7:10: the text that begins here with " is never closed; put " at its end'],
  ['an apostrophe within single quotes', say("'It's open.'"), `7:13: the text ends at this ', and more follows; write '' for an apostrophe, or put the whole text in "`],
  ['quotes within quotes', say('"Say "yes" now."'), `7:15: the text ends at this ", and more follows; write \\" for a quote within it, or put the whole text in '`],
  ['typographic quotes', say('“Hello: there.”'), '7:10: “ is no quote for YAML; use "'],
  ['a template without quotes', say('{{ call.from }}, hello.'), '7:10: a template must be in quotes'],
  ['a text that begins with a bracket', say('[music] Hello.'), '7:10: a text that begins with [ must be in quotes'],
  ['a text that begins with a star', say('*press* it'), '7:10: a text that begins with * must be in quotes'],
  ['a text that is a comment', say('#1 in town'), '7:5: "nodes.a.say" has no value; # begins a comment, so a text with it must be in quotes'],
  ['a comma in a text within braces', nodes('  a: { type: say, say: Well, hello, next: bye }\n'), '5:30: unknown key "hello" in "nodes.a"; a text that holds a comma must be in quotes here'],
  ['the hash key without quotes', menu('{ one: { key: # } }'), '8:21: the { here is never closed; what follows # is a comment, so put a text with # in quotes'],
  ['a backslash', say('"C:\\data"'), '7:13: \\d means nothing between double quotes; write \\\\ for a backslash'],
  ['a number for a word', menu('{ one: { words: [1, one] } }'), '8:31: "nodes.a.options.one.words[0]" must be text: write it in quotes, "1"'],
  ['a phone number that is a number', keys('numbers: [15550100123]\n'), '4:11: "numbers[0]" must be a phone number in E.164 form, in quotes, such as "+15550100", not 15550100123; did you mean "+15550100123"?'],
  ['a phone number with blanks', keys('numbers: ["+1 (555) 010-0123"]\n'), '4:11: "numbers[0]" must be a phone number in E.164 form, in quotes, such as "+15550100", not "+1 (555) 010-0123"; did you mean "+15550100123"?'],
  // Lines in the wrong place.
  ['a line that is indented too little', nodes('  a:\n    type: say\n   say: Hi.\n    next: bye\n'), '7:4: this line is indented differently from the lines it belongs with'],
  ['a line that is indented too much', nodes('  a:\n    type: say\n      say: Hi.\n    next: bye\n'), '6:11: the next line is indented as if it belonged to this value; give it the indentation of this line'],
  ['nodes that are not indented', `${HEAD}nodes:\na:\n  type: say\n  say: Hi.\n  next: bye\nbye:\n  type: hangup\n`, '5:1: "a" stands beside "nodes", which has no value; indent what belongs to "nodes"'],
  ['a colon without a blank', nodes('  a:\n    type:say\n    say: Hi.\n    next: bye\n'), '6:5: this is not "key: value", with a colon and a blank; perhaps type: say'],
  ['a brace that is never closed', nodes('  a: { type: say, say: Hi., next: bye\n'), '5:6: the { here is never closed'],
  ['a brace too many', nodes('  a: { type: hangup }}\n'), '5:22: there is no { for this }'],
  ['a comma that is missing', nodes('  a: { type: say, say: "Hi." next: bye }\n'), '5:30: a comma is missing before this, or quotes around the text'],
  // Keys and kinds.
  ['nothing but the id', 'flow: test\n', '1:1: the flow has no "description", no "start" and no "nodes"'],
  ['a misspelt key', keys('langauge: en-US\n'), '4:1: unknown key "langauge" in a flow; did you mean "language"?'],
  ['a misspelt key that must be there', keys('').replace('start:', 'strat:'), '3:1: unknown key "strat" in a flow; did you mean "start"?'],
  ['nodes under another name', keys('').replace('nodes:', 'steps:'), '4:1: unknown key "steps" in a flow, which has no "nodes"; did you mean "nodes"?'],
  ['nodes as a list', `${HEAD}nodes:\n  - name: a\n    type: hangup\n`, '5:3: "nodes" must be a map (lines of "key: value"), not a list'],
  ['a key of another framework', nodes('  a: { type: say, text: Hello., next: bye }\n'), '5:19: unknown key "text" in "nodes.a", which has no "say"; did you mean "say"?'],
  ['another way to move', nodes('  a: { type: say, say: Hello., goto: bye }\n'), '5:32: unknown key "goto" in "nodes.a", which has no "next"; did you mean "next"?'],
  ['a misspelt kind of node', nodes('  a: { type: transfr, to: "+15550100123", next: bye }\n'), '5:14: "nodes.a.type" must be say, menu, collect, agent, branch, set, tool, message, sms, subflow, return, transfer, voicemail or hangup, not "transfr"; did you mean "transfer"?'],
  ['a list for a text', nodes('  a: { type: say, say: [Hi., Hello.], next: bye }\n'), '5:24: "nodes.a.say" must be text, not a list'],
  ['a text for a list', nodes('  a: { type: agent, goal: Do., tools: book, next: { done: bye } }\n'), '5:39: "nodes.a.tools" must be a list (lines that begin with "- "), not "book"'],
  ['one text for the fillers', keys('waiting: { fillers: One moment. }\n'), '4:21: "waiting.fillers" must be a list (lines that begin with "- "), not "One moment."'],
  ['no for false', nodes('  a: { type: say, say: Hi., interruptible: no, next: bye }\n'), '5:44: "nodes.a.interruptible" must be true or false, not "no"; did you mean false?'],
  ['a word for a number', nodes('  a: { type: transfer, to: "+15550100123", timeout_sec: ten, next: bye }\n'), '5:57: "nodes.a.timeout_sec" must be a number, not "ten"'],
  ['a time that is too short', keys('timing: { watchdog_ms: 4 }\n'), '4:24: "timing.watchdog_ms" must be at least 1000 (milliseconds), not 4'],
  ['a voice that is too fast', keys('voice: { speed: 3 }\n'), '4:17: "voice.speed" must be at most 2, not 3'],
  ['a word without a pronunciation', keys('pronunciation: { "": sequel }\n'), '4:18: the name "" must not be empty'],
  ['a time zone that is misspelt', keys('time_zone: Europe/Lodnon\n'), '4:12: "time_zone" must be a time zone such as Europe/London, not "Europe/Lodnon"; did you mean "Europe/London"?'],
  ['a city for a time zone', keys('time_zone: Berlin\n'), '4:12: "time_zone" must be a time zone such as Europe/London, not "Berlin"; did you mean "Europe/Berlin"?'],
  ['a language by its name', keys('language: English\n'), '4:11: "language" must be a language tag such as en-US, not "English"; did you mean "en-US"?'],
  ['a language with an underscore', keys('language: en_US\n'), '4:11: "language" must be a language tag such as en-US, not "en_US"; did you mean "en-US"?'],
  ['a language nobody speaks', keys('language: xq-ZZ\n'), '4:11: there is no language "xq" (of "language: xq-ZZ")'],
  ['a country that is called otherwise', keys('country: UK\n'), '4:10: there is no country "UK"; did you mean "GB"?'],
  // Names.
  ['a misspelt node', nodes('  a: { type: say, say: Hi., next: by }\n'), '5:35: node "a" goes to "by", which does not exist; did you mean "bye"?'],
  ['a misspelt start', keys('').replace('start: a', 'start: A'), '3:8: the flow starts at "A", which does not exist; did you mean "a"?'],
  ['an option that is a number', menu('{ 1: { words: [one] } }', '{ 1: bye, none: bye }'), '8:16: the name "1" must start with a small letter and hold only small letters, digits, - and _; name it in words, and give it key: "1"'],
  ['an option with a capital', menu('{ Yes: { key: "1" } }', '{ Yes: bye, none: bye }'), '8:16: the name "Yes" must start with a small letter and hold only small letters, digits, - and _; did you mean "yes"?'],
  ['an option without a name', menu('{ ~: { key: "1" } }', '{ one: bye, none: bye }'), '8:16: a key must be a plain word; put it in quotes if it is meant as one'],
  ['a misspelt outcome', menu('{ sales: { key: "1" } }', '{ slaes: bye, none: bye }'), '9:13: node "a" can never end with "slaes"; it ends with sales or none; did you mean "sales"?'],
  ['an outcome too few', menu('{ one: { key: "1" } }', '{ one: bye }'), '9:5: node "a" can end with "none", and its next does not say where that leads'],
  ['a key that no phone has', menu('{ one: { key: 12 } }'), '8:28: "nodes.a.options.one.key" must be at most 9, not 12'],
  ['a key that means two things', menu('{ one: { key: "1" }, two: { key: 1 } }', '{ one: bye, two: bye, none: bye }'), '8:47: key "1" already means "one"'],
  ['a slot with a capital', collect('[{ name: Day, type: date, ask: When? }]'), '7:21: "nodes.a.slots[0].name" must start with a small letter and hold only small letters, digits, - and _, not "Day"; did you mean "day"?'],
  ['a slot whose name is misspelt where it is used', collect('[{ name: day, type: date, ask: When? }]', '{{ slots.dya }}'), '9:24: the template uses "slots.dya", but no node fills that slot; did you mean "day"?'],
  ['a slot that has no name', collect('[{ nmae: day, type: date, ask: When? }]', '{{ slots.day }}'), '7:15: unknown key "nmae" in "nodes.a.slots[0]"; did you mean "name"?'],
  ['slots under another name', collect('[{ name: day, type: date, ask: When? }]', '{{ slots.day }}').replace('slots:', 'slot:'), '7:5: unknown key "slot" in "nodes.a"; did you mean "slots"?'],
  ['a misspelt kind of slot', collect('[{ name: day, type: dat, ask: When? }]', '{{ slots.day }}'), '7:32: "nodes.a.slots[0].type" must be text, name, number, money, date, time, phone, email, postcode, yes_no, choice or digits, not "dat"; did you mean "date"?'],
  ['a kind of slot of another framework', collect('[{ name: sure, type: boolean, ask: Sure? }]', '{{ slots.sure }}'), '7:33: "nodes.a.slots[0].type" must be text, name, number, money, date, time, phone, email, postcode, yes_no, choice or digits, not "boolean"; did you mean "yes_no"?'],
  ['a bound of a day that is misspelt', collect('[{ name: day, type: date, ask: When?, min: tommorow }]', '{{ slots.day }}'), '7:55: slot "day": min must be a day, such as "2026-12-31", today, tomorrow, or a distance from today, such as +30d, -2w, +6m or -18y, not "tommorow"; did you mean "tomorrow"?'],
  ['a currency by its name', collect('[{ name: fee, type: money, ask: What?, currency: DOLLARS }]', '{{ slots.fee }}'), '7:61: "nodes.a.slots[0].currency" must be three capital letters, such as EUR, not "DOLLARS"'],
  ['a variable whose default is of another type', keys('variables: { visits: { type: number, default: many } }\n'), '4:47: the default of variable "visits" must be a number, not "many"'],
  ['a file of knowledge of another kind', keys('knowledge: [faq.pdf]\n'), '4:13: "knowledge[0]" must be a file that ends in .md, .txt or .html, not "faq.pdf"'],
  ['a language nobody speaks, among several', keys('languages: { xq-ZZ: {} }\n'), '4:14: there is no language "xq" (of "language: xq-ZZ")'],
  ['an action that is misspelt', keys('handlers: { again: { words: [again], action: repat } }\n'), '4:46: "handlers.again.action" must be repeat or start_over, not "repat"; did you mean "repeat"?'],
  ['an arm with a misspelt key', keys('experiments: { e: { arms: { a: {}, b: { set: { nodes.a.sya: Hi } } } } }\n'), '4:61: with arm "b" of "e": unknown key "sya" in "nodes.a"; did you mean "say"?'],
  ['an arm with a wrong value', keys('experiments: { e: { arms: { a: {}, b: { set: { nodes.a.interruptible: no } } } } }\n'), '4:71: with arm "b" of "e": "nodes.a.interruptible" must be true or false, not "no"; did you mean false?'],
  // Tools.
  ['an address without https', agent('effect: reads, http: { url: example.com/book }'), '4:67: an address begins with https:// (or http://), not "example.com/book"; did you mean "https://example.com/book"?'],
  ['an address of another kind', agent('effect: reads, http: { url: "ftp://x.test" }'), '4:67: an address begins with https:// (or http://), not "ftp://x.test"'],
  ['a server without https', keys('mcp_servers: { crm: { url: "localhost:8080/mcp" } }\n'), '4:28: an address begins with https:// (or http://), not "localhost:8080/mcp"; did you mean "https://localhost:8080/mcp"?'],
  ['a misspelt tool', agent(`effect: reads, ${URL}`, 'tools: [bok]'), '6:42: node "a" uses the tool "bok", which does not exist; did you mean "book"?'],
  ['tools under another name', agent(`effect: reads, ${URL}`).replace('tools:', 'tool:'), '4:1: unknown key "tool" in a flow; did you mean "tools"?'],
  ['a tool that does nothing', agent('effect: reads'), '4:16: "tools.book" must have exactly one of http, mcp and function'],
  ['a method in small letters', agent('effect: reads, http: { url: "http://x.test", method: get }'), '4:92: "tools.book.http.method" must be GET, POST, PUT, PATCH or DELETE, not "get"; did you mean "GET"?'],
  ['a secret nobody declared', agent('effect: reads, http: { url: "{{ env.API_URL }}" }'), '4:67: the template uses "env.API_URL", which is not listed under secrets'],
  ['a secret in small letters', keys('secrets: [api_url]\n'), '4:11: "secrets[0]" must be the name of an environment variable, such as BOOKING_URL, not "api_url"'],
  // Templates.
  ['a template that is never closed', say('"{{ call.from"'), '7:10: the template cannot be read: output "{{ call.from" not closed'],
  ['a filter that is misspelt', say('"{{ now | spoken_dat }}"'), '7:10: the template cannot be read: there is no filter "spoken_dat"; did you mean "spoken_date"?'],
  ['a tag that is never closed', say('"{% if call.from %}Hi."'), '7:10: the template cannot be read: tag {% if call.from %} not closed'],
  ['a template with one brace', say('"Hello {call.from}."'), '7:10: "{call.from}" would be read out as it is; a template is written {{ call.from }}'],
  ['code in a template', say('"{{ process.env.KEY }}"'), '7:10: the template uses "process", which it cannot see; it can see call, vars, slots, tools, now and hours'],
  ['a template in an opening of the voice', keys('voice: { openings: ["Hello {{ call.from }}."] }\n'), '4:21: "voice.openings[0]" is used as it is: a template cannot stand here'],
  ['a template in a filler', keys('waiting: { fillers: ["One moment, {{ call.from }}."] }\n'), '4:22: "waiting.fillers[0]" is used as it is: a template cannot stand here'],
  ['a template in the words of an option', menu('{ one: { words: ["{{ call.from }}"] } }'), '8:31: "nodes.a.options.one.words[0]" is used as it is: a template cannot stand here'],
  // Ways.
  ['a node that leads to itself', nodes('  a: { type: say, say: Hi., next: a }\n'), '5:3: node "a" leads back to itself: the call would go round without end, and nowhere in it is the caller listened to'],
  ['nodes that lead round in a circle', nodes('  a: { type: say, say: Hi., next: b }\n  b: { type: say, say: Ho., next: a }\n'), '5:3: nodes "a" and "b" lead round in a circle: the call would go round without end, and nowhere in it is the caller listened to'],
];

describe('a broken flow is told one thing', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'broken-flows-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** `LINE:COLUMN: message` of each problem, and how long it took to find. */
  async function check(name: string, content: Content): Promise<{ told: string[]; tookMs: number }> {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    const began = performance.now();
    const [checked] = await checkFiles([file], {});
    const tookMs = performance.now() - began;
    await rm(file);
    return {
      told: (checked?.problems ?? []).map(({ line, column, severity, message }) => {
        expect(severity).toBe('error');
        return `${line}:${column}: ${message}`;
      }),
      tookMs,
    };
  }

  test.each(BROKEN)('%s', async (_, content, problem) => {
    const { told, tookMs } = await check('broken.yaml', content);
    expect(told).toEqual([problem]);
    // In a second, on a machine that does something else as well.
    expect(tookMs).toBeLessThan(1000);
  });

  test('there are enough of them', () => {
    expect(BROKEN.length).toBeGreaterThan(60);
  });

  test.each([
    ['a folder', (path: string) => mkdir(path), 'this is a folder, not a file'],
    ['nothing', () => Promise.resolve(), 'there is no such file'],
    ['a link to itself', (path: string) => symlink(path, path), 'the file cannot be read (ELOOP)'],
    ['a device', (path: string) => symlink('/dev/zero', path), 'this is no file that can be read'],
  ])('%s in the place of a file', async (_, make, message) => {
    const path = join(folder, 'odd.yaml');
    await make(path);
    const [checked] = await checkFiles([path], {});
    expect(checked?.problems).toMatchObject([{ file: path, line: 1, column: 1, message }]);
    await rm(path, { recursive: true, force: true });
  });

  test('a flow that is not there is told among many others, none of which is looked into', async () => {
    const into = keys('').replace(
      HELLO,
      '  a: { type: subflow, flow: prat, next: { done: bye } }\n  b: { type: hangup }\n',
    );
    const part =
      '"flow" : part\ndescription: A part.\nstart: a\nnodes: { a: { type: return, outcome: done } }\n';
    await writeFile(join(folder, 'part.yaml'), part);
    for (let index = 0; index < 40; index++)
      await writeFile(
        join(folder, `large-${index}.yaml`),
        largeFlow(200).replace(/^flow: .*/, `flow: large-${index}`),
      );
    const { told, tookMs } = await check('into.yaml', into);
    expect(told).toEqual([
      '5:29: node "a" goes into the flow "prat", which does not exist; did you mean "part"?',
    ]);
    expect(tookMs).toBeLessThan(1000);
    expect(
      (await check('into.yaml', into.replace('prat', 'part').replace('  b: { type: hangup }\n', ''))).told,
    ).toEqual([]);
    await Promise.all((await flowFiles(folder)).map((file) => rm(file)));
  });

  test('two files with one id, and two with one number', async () => {
    const one = join(folder, 'one.yaml');
    const two = join(folder, 'two.yml');
    const with_ = (text: string): string => keys(text).replace('flow: test', 'flow: other');
    await writeFile(one, keys('numbers: ["+15550100123"]\n'));
    await writeFile(two, keys('numbers: ["+15550100123"]\n'));
    const told = async (): Promise<string[]> =>
      (await checkFiles([one, two], {})).flatMap(({ problems }) =>
        problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
      );
    expect(await told()).toEqual([`${two}:1:7: the id "test" is that of ${one} already; choose another`]);
    await writeFile(two, with_('numbers: ["+15550100123"]\n'));
    expect(await told()).toEqual([`${two}:4:11: the number +15550100123 already belongs to the flow "test"`]);
    await writeFile(two, with_('numbers: ["+15550100124"]\n'));
    expect(await told()).toEqual([]);
    await rm(one);
    await rm(two);
  });
});

test('what only looks broken is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sound-flows-'));
  const sound: Record<string, string> = {
    'byte-order-mark': `\ufeff${keys('')}`,
    'line-ends': keys('').replaceAll('\n', '\r\n'),
    'yes-and-no': menu('{ yes: { key: 1 }, no: { key: 2 } }', '{ yes: bye, no: bye, none: bye }'),
    'plain-phone-number': keys('numbers: [+15550100123]\n'),
    'country-no': keys('country: NO\n'),
    'a-date-as-text': say('2026-01-01'),
    json: JSON.stringify({ flow: 'x', description: 'd', start: 'a', nodes: { a: { type: 'hangup' } } }),
  };
  for (const [name, text] of Object.entries(sound)) {
    const file = join(folder, `${name}.yml`);
    await writeFile(file, text);
    expect((await checkFiles([file], {})).flatMap(({ problems }) => problems)).toEqual([]);
  }
  await rm(folder, { recursive: true });
});
