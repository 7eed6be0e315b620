import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallFacts, CallFlow } from '../index.ts';
import { checkFlow, loadFlow, parseFlow } from '../loader.ts';
import { json, toolServer } from './testing.ts';

const SECRET = 'key-0123456789';
const CALL: CallFacts = {
  callId: 'call-1',
  direction: 'inbound',
  from: '+14155550123',
  to: '+15550100',
  startedAt: '2026-11-20T15:00:00.000Z',
};

const BOOK = `
interface Context { signal: AbortSignal; call: { from: string }; env: Record<string, string>; idempotencyKey: string; fetch: typeof fetch }
const seats: Record<string, number> = { Monday: 2 };
export async function book(input: { day: string; people?: number }, { call, env, idempotencyKey }: Context) {
  if ((seats[input.day] ?? 0) < (input.people ?? 1)) throw new Error(\`\${input.day} is full.\`);
  input.people = 99;
  return { day: input.day, from: call.from, key: idempotencyKey, env };
}
export const nothing = () => undefined;
export function tells(_: unknown, { env }: Context) { throw new Error(\`bad key \${env.API_KEY}\`); }
export function breaks(input: unknown) { return (input as any).a.b.c; }
export function odd() { throw 'x'; }
export function circular() { const a: any = {}; a.a = a; return a; }
export function huge() { return 'x'.repeat(100_000); }
export const never = () => new Promise(() => undefined);
export async function waits(_: unknown, { signal }: Context) {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gave up'))));
}
export async function calls({ url }: { url: string }, { fetch }: Context) {
  const response = await fetch(url, { headers: { 'x-a': 'b' } });
  return await response.json();
}
export const value = 3;
`;
const NAMES = [
  'book',
  'nothing',
  'tells',
  'breaks',
  'odd',
  'circular',
  'huge',
  'never',
  'waits',
  'calls',
  'value',
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callwright-functions-'));
  await mkdir(join(folder, 'tools', 'more'), { recursive: true });
  await writeFile(join(folder, 'tools', 'days.ts'), BOOK);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function textOf(functions: Record<string, string>, secrets: string[] = []): string {
  const tools = Object.entries(functions).map(
    ([name, written]) =>
      `  ${name}: { description: Does ${name}., effect: writes, function: "${written}", timeout_ms: 2000, input: ${INPUT} }\n`,
  );
  return `flow: test
description: A test.
secrets: [${secrets.join(', ')}]
tools:
${tools.join('')}
start: a
nodes:
  a: { type: agent, goal: Do., tools: [${Object.keys(functions).join(', ')}], next: { done: b, failed: b } }
  b: { type: hangup }
`;
}
const INPUT =
  '{ day: { type: string, optional: true }, people: { type: integer, optional: true }, url: { type: string, optional: true } }';

function flowOf(env: Record<string, string> = {}): CallFlow {
  const functions = Object.fromEntries(NAMES.map((name) => [name, `days.ts#${name}`]));
  return parseFlow(textOf(functions, Object.keys(env)), { file: 'f', folder, env });
}

function run(
  flow: CallFlow,
  tool: string,
  input: Record<string, unknown> = {},
  { timeoutMs = 5000, signal = new AbortController().signal } = {},
) {
  return flow.tools.run({ tool, input, idempotencyKey: 'once', timeoutMs, call: CALL }, signal);
}

describe('a function', () => {
  test('gets its input and the call, and of the environment what is declared', async () => {
    const flow = flowOf({ API_KEY: SECRET });
    const input = { day: 'Monday' };
    expect(await run(flow, 'book', input)).toEqual({
      result: { day: 'Monday', from: CALL.from, key: 'once', env: { API_KEY: '[hidden]' } },
      isError: false,
    });
    expect(input).toEqual({ day: 'Monday' });
    expect(await run(flow, 'nothing')).toEqual({ result: { ok: true }, isError: false });
  });

  test('that throws is an error in words, and nothing of the machine leaks', async () => {
    const flow = flowOf({ API_KEY: SECRET });
    expect(await run(flow, 'book', { day: 'Friday' })).toEqual({ result: 'Friday is full.', isError: true });
    expect(await run(flow, 'tells')).toEqual({ result: 'bad key [hidden]', isError: true });
    const broken = await run(flow, 'breaks');
    expect(broken).toEqual({
      result: expect.stringMatching(/^The tool failed \(TypeError in days\.ts, line \d+\)\.$/),
      isError: true,
    });
    expect(JSON.stringify(broken)).not.toContain(folder);
    expect(await run(flow, 'odd')).toEqual({ result: 'The tool failed.', isError: true });
  });

  test('answers plain JSON within bounds, or is told', async () => {
    const flow = flowOf();
    expect(await run(flow, 'circular')).toEqual({
      result: 'The answer of the tool cannot be written as JSON.',
      isError: true,
    });
    expect(await run(flow, 'huge')).toMatchObject({ isError: true });
  });

  test('is not waited for longer than it may take, whether or not it heeds the signal', async () => {
    const flow = flowOf();
    const late = {
      result: 'The service did not answer within 0.05 seconds. Whether it was done is not known.',
      isError: true,
    };
    expect(await run(flow, 'never', {}, { timeoutMs: 50 })).toEqual(late);
    expect(await run(flow, 'waits', {}, { timeoutMs: 50 })).toEqual(late);
    expect(await run(flow, 'never', {}, { signal: AbortSignal.abort() })).toMatchObject({ isError: true });
  });

  test('reaches only what the flow allows', async () => {
    await using server = await toolServer();
    server.answer = json(200, { there: true });
    const flow = flowOf({ API_URL: server.url });
    expect(await run(flow, 'calls', { url: `${server.url}/x` })).toEqual({
      result: { there: true },
      isError: false,
    });
    expect(server.received[0]).toMatchObject({ url: '/x', headers: { 'x-a': 'b' } });
    expect(await run(flow, 'calls', { url: 'http://169.254.169.254/latest' })).toEqual({
      result: 'The tool is not set up: the flow does not allow requests to "169.254.169.254".',
      isError: true,
    });
    await flow.close();
  });
});

describe('the file of a function', () => {
  const problemOf = (written: string): string[] =>
    checkFlow(textOf({ do: written }), { file: 'f', folder }).problems.map(({ message }) => message);

  test('is looked for when the flow is loaded', () => {
    expect(problemOf('days.ts#book')).toEqual([]);
    expect(problemOf('days.ts#never')).toEqual([]);
    expect(problemOf('dais.ts#book')).toEqual(['tool "do": there is no file tools/dais.ts beside the flow']);
    expect(problemOf('days.ts#boook')).toEqual(['tool "do": tools/days.ts exports no function "boook"']);
  });

  test.each([
    '../secret.ts#book',
    '/etc/passwd#x',
    'more/../../x.ts#book',
    'days.ts',
    'days.json#x',
    'node:fs#rm',
    'days.ts?x#book',
  ])('%s cannot be named', (written) => {
    expect(problemOf(written)).toEqual([expect.stringContaining('must be a file in the folder tools')]);
  });

  test('may not lie outside of the folder, not by a link either', async () => {
    await writeFile(join(folder, 'outside.ts'), BOOK);
    await symlink(join(folder, 'outside.ts'), join(folder, 'tools', 'link.ts'));
    await symlink(join(folder, 'tools', 'days.ts'), join(folder, 'tools', 'more', 'within.ts'));
    expect(problemOf('link.ts#book')).toEqual(['tool "do": tools/link.ts is outside of the folder tools']);
    expect(problemOf('more/within.ts#book')).toEqual([]);
  });

  test('that exports no function, or cannot be loaded, is told', async () => {
    expect(await run(flowOf(), 'value')).toEqual({
      result: 'The tool is not set up: tools/days.ts exports no function "value".',
      isError: true,
    });
    await writeFile(join(folder, 'tools', 'bad.ts'), "import './no-such.ts';\nexport function book() {}");
    const flow = parseFlow(textOf({ book: 'bad.ts#book' }), { file: 'f', folder });
    expect((await run(flow, 'book')).result).toMatch(
      /^The tool is not set up: tools\/bad\.ts cannot be loaded/,
    );
  });

  test('belongs to the version of the flow: what changes is another version', async () => {
    const path = join(folder, 'test.yaml');
    await writeFile(path, textOf({ greet: 'greet.ts#greet' }));
    const greeting = (words: string): Promise<void> =>
      writeFile(join(folder, 'tools', 'greet.ts'), `export const greet = (): string => '${words}';`);
    await greeting('Hello.');
    const before = await loadFlow(path);
    expect(await run(before, 'greet')).toMatchObject({ result: 'Hello.' });
    await greeting('Good day.');
    const after = await loadFlow(path);
    expect(after.settings.version).not.toBe(before.settings.version);
    expect(await run(after, 'greet')).toMatchObject({ result: 'Good day.' });
    expect(await run(before, 'greet')).toMatchObject({ result: 'Hello.' });
    await greeting('Hello.');
    expect((await loadFlow(path)).settings.version).toBe(before.settings.version);
  });
});
