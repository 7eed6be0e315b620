import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { variables } from '../config/variables.ts';
import { callTool, replyWith, startScriptedApi } from '../llm/testing.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'callwright-chat-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FLOW = join(folder, 'shop.yaml');
writeFileSync(
  FLOW,
  `
flow: shop
description: A shop.
start: menu
tools:
  stock: { description: Stock., effect: reads, input: { item: { type: string } }, http: { url: "https://shop.test/stock" } }
nodes:
  menu:
    type: menu
    say: Hello, this is the shop. Press 1 to be called back, 2 for advice, or 0 for a person.
    options: { call-back: { key: "1" }, advice: { key: "2" }, person: { key: "0" } }
    next: { call-back: details, advice: advice, person: desk, none: desk }
  details:
    type: collect
    slots: [{ name: callback, type: phone, ask: What is your number? }]
    next: { done: bye, failed: desk }
  advice: { type: agent, goal: Advise., tools: [stock], speaks_first: agent, next: { done: bye } }
  desk: { type: transfer, say: One moment., to: "+15550199", next: bye }
  bye: { type: hangup, say: Goodbye., result: served }
tests:
  - name: stock
    tools: { stock: [{ when: { item: apples }, result: { apples: 3 } }] }
    steps: [{ hangup: true }]
`,
);

const PIN_FLOW = join(folder, 'pin.yaml');
writeFileSync(
  PIN_FLOW,
  `
flow: pin
description: A PIN.
start: pin
nodes:
  pin:
    type: collect
    slots: [{ name: code, type: digits, length: 4, ask: Please key your PIN., sensitive: true, keys_only: true }]
    next: { done: more, failed: bye }
  more:
    type: collect
    slots: [{ name: day, type: date, ask: Thank you. Which day? }]
    next: { done: bye, failed: bye }
  bye: { type: hangup }
`,
);

/** What commands load when they are run takes its time on a busy machine. */
beforeAll(async () => {
  await Promise.all([
    import('../flows/loader.ts'),
    import('../sandbox/server.ts'),
    import('./chat-model.ts'),
  ]);
}, 60_000);

beforeEach(() => {
  for (const name of Object.keys(variables)) vi.stubEnv(name, '');
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Types these lines, and gives back all that was said. */
async function chat(args: string[], lines: string[]) {
  const said = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({ write: (text: string) => (said[name] += text) });
  const input = Readable.from(lines.map((line) => `${line}\n`));
  const code = await run(['chat', ...args], { input, out: terminal('out'), err: terminal('err') });
  return { code, ...said };
}

const typesOf = (out: string): { type: string; text?: string }[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string }); // each line is an object with its type

test('is the conversation of a call, with nodes and slots as they happen', async () => {
  const { code, out, err } = await chat([FLOW], ['/keys 1', '415 555 0188']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n')).toEqual([
    'node    menu',
    'agent   Hello, this is the shop. Press 1 to be called back, 2 for advice, or 0 for a person.',
    'you     (presses 1)',
    'node    call-back → details',
    'agent   What is your number?',
    'you     415 555 0188',
    'slot    callback = "+14155550188"',
    'node    done → bye',
    'agent   Goodbye.',
    'end     hung up, result served',
    '',
  ]);
});

test('knows what else a caller can do', async () => {
  const { out } = await chat(
    [FLOW],
    ['/hlp', '/slots', '/silence', '/keys 0', '/why', 'Hello?', '/no-answer'],
  );
  expect(out).toContain('There is no command /hlp.');
  expect(out).toContain('slots   no slots yet');
  expect(out).toContain('agent   Are you still there?');
  expect(out).toContain('end     transferred to +15550199');
  expect(out).toContain('why     outcome { node: "menu", outcome: "person", path: "keys" }');
  expect(out).toContain('The call is with somebody else');
  expect(out).toMatch(/end {5}hung up, result served\n$/);
});

test('begins anew, and ends where the caller hangs up or nothing more is typed', async () => {
  const { code, out } = await chat([FLOW], ['/keys 1', '/restart', '/hangup', 'never said']);
  expect(code).toBe(0);
  expect(out.match(/this is the shop/g)).toHaveLength(2);
  expect(out).toMatch(/end {5}you hung up\n$/);
  expect((await chat([FLOW], [])).code).toBe(0);
});

test('tells programs what happens, line by line', async () => {
  const { out } = await chat([FLOW, '--json'], ['/keys 1', '/hangup']);
  expect(typesOf(out).map(({ type }) => type)).toEqual([
    'node',
    'agent',
    'listen',
    'keys',
    'outcome',
    'node',
    'agent',
    'listen',
    'ended',
  ]);
});

test('without a model says how to get one, and goes on as a call would', async () => {
  const { code, out } = await chat([FLOW], ['/keys 2']);
  expect(code).toBe(0);
  expect(out).toContain('set ANTHROPIC_API_KEY, or start again with --model scripted');
  expect(out).toContain('agent   Sorry, something went wrong just then.');
});

test('the real model answers where there is a key, and the stand-in where it is asked for', async () => {
  const api = await startScriptedApi(replyWith('We have ', 'apples **today**. ', 'How many?'));
  try {
    vi.stubEnv('ANTHROPIC_API_KEY', 'the-key');
    vi.stubEnv('ANTHROPIC_BASE_URL', api.baseUrl);
    const { out } = await chat([FLOW], ['/keys 2']);
    expect(out).toContain('agent   We have apples today. How many?\n');
    const { out: json } = await chat([FLOW, '--json'], ['/keys 2']);
    expect(typesOf(json)).toContainEqual(
      expect.objectContaining({ type: 'agent', text: 'We have apples today. How many?' }),
    );
  } finally {
    await api.close();
  }
  vi.stubEnv('ANTHROPIC_API_KEY', '');
  const { out } = await chat([FLOW, '--model', 'scripted'], ['/keys 2']);
  expect(out).toMatch(/advice → advice\n(.*\n)*agent {3}\S/);
  expect(await chat([FLOW, '--model', 'real'], [])).toMatchObject({
    code: 1,
    err: expect.stringContaining('ANTHROPIC_API_KEY'),
  });
});

test('a flow that does not exist is told', async () => {
  expect(await chat(['shops.yaml'], [])).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no such file'),
  });
  vi.stubEnv('FLOWS_DIR', folder);
  expect(await chat(['shop'], [])).toMatchObject({ code: 0 });
  expect(await chat(['shops'], [])).toMatchObject({
    code: 1,
    err: 'there is no flow "shops": name a file, or one of pin, shop\n',
  });
});

test('sensitive values are keyed, and shown nowhere', async () => {
  const { out } = await chat([PIN_FLOW, '--json'], ['4711', '/keys 4711', '/slots']);
  expect(out).toContain('Nothing that is said is heard here');
  expect(out).toContain('{"type":"keys","keys":"•••"}');
  expect(out).toContain('Thank you.');
  expect(out).not.toContain('4711');
});

test('without tools, they answer as in the tests of the flow, or as is typed', async () => {
  const api = await startScriptedApi(
    callTool(['{"item":"apples"}'], 'tool_use', 'stock'),
    replyWith('Done.'),
  );
  vi.stubEnv('ANTHROPIC_API_KEY', 'the-key');
  vi.stubEnv('ANTHROPIC_BASE_URL', api.baseUrl);
  try {
    const { out } = await chat([FLOW, '--mock-tools'], ['/keys 2']);
    expect(out).toContain('tool    stock { item: "apples" }\ntool    → { apples: 3 }\n');
  } finally {
    await api.close();
  }
  const pears = await startScriptedApi(
    callTool(['{"item":"pears"}'], 'tool_use', 'stock'),
    replyWith('None left.'),
  );
  vi.stubEnv('ANTHROPIC_BASE_URL', pears.baseUrl);
  try {
    const { out } = await chat([FLOW, '--mock-tools'], ['/keys 2', 'error: Nobody knows.']);
    expect(out).toContain('What does stock answer?');
    expect(out).toContain('tool    → error: Nobody knows.\nagent   None left.\n');
  } finally {
    await pears.close();
  }
});

test('is a command of its own, which ends with its input', () => {
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'chat', FLOW], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    input: '/keys 1\n',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('agent   What is your number?\n');
}, 30_000);
