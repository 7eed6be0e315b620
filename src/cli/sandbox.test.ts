import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { run } from './program.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ logger: pino({ level: 'silent' }) });
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

async function callwright(...args: string[]) {
  const said = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({ write: (text: string) => (said[name] += text) });
  const code = await run(['sandbox', ...args], { out: terminal('out'), err: terminal('err') });
  return { code, ...said };
}

const fault = (...args: string[]) => callwright('fault', ...args, '--url', sandbox.baseUrl);

test('a fault is added, listed and removed', async () => {
  const added = 'fault-1   deepgram disconnect, after 20 messages, once\n';
  expect(await fault('add', 'deepgram', 'disconnect', '--after-messages', '20', '--times', '1')).toEqual({
    code: 0,
    out: added,
    err: '',
  });
  expect((await fault('list')).out).toBe(added);
  expect((await fault('remove', 'fault-1')).out).toBe('fault-1 is removed.\n');
  expect((await fault('list')).out).toBe('No fault is set.\n');
  expect(await fault('remove', 'fault-1')).toEqual({
    code: 1,
    out: '',
    err: 'The sandbox refused: no fault fault-1\n',
  });
});

test('a status may be given as the kind, with what the vendor says about trying again', async () => {
  expect((await fault('add', 'anthropic', '429', '--retry-after', '2', '--times', '3')).out).toMatch(
    / anthropic status 429, retry-after 2 s, 3 times$/m,
  );
  expect(sandbox.faults.takeOpening('anthropic')).toMatchObject({ status: 429, retryAfterSec: 2 });
  await fault('clear');
  expect(sandbox.faults.list()).toEqual([]);
});

test('a fault waits for a moment, and programs read JSON', async () => {
  const { out } = await fault('add', 'cartesia', 'slow', '--delay-ms', '900', '--at', 'speaking', '--json');
  expect(JSON.parse(out)).toMatchObject({ kind: 'slow', delayMs: 900, at: 'speaking', state: 'waiting' });
  expect(JSON.parse((await fault('list', '--json')).out)).toEqual([JSON.parse(out)]);
});

test.each([
  [['add', 'deepgram', 'melt'], 1, /^There is no fault "melt" of deepgram\. There are: refuse, status/],
  [['add', 'redis', 'malformed'], 1, /^There is no fault "malformed" of redis\. There are: stop, pause/],
  [['add', 'redis', 'stop'], 1, /no proxy .* stands before redis: start one with "callwright sandbox proxy/],
  [['add', 'deepgram', 'slow'], 1, /^The sandbox refused: .*delayMs/s],
  [['add', 'depgram', 'stall'], 2, /Allowed choices are deepgram/],
  [['add', 'deepgram', 'stall', '--at', 'lunch'], 2, /Allowed choices are greeting, listening/],
  [['add', 'deepgram', 'stall', '--after-ms', 'x'], 2, /It must be a number/],
])('%j is not done, and says why', async (args, exitCode, message) => {
  const { code, out, err } = await fault(...args);
  expect({ code, out }).toEqual({ code: exitCode, out: '' });
  expect(err).toMatch(message);
  expect(err).not.toContain('    at ');
});

test('where no sandbox runs, or something else, the way out is told', async () => {
  expect(await callwright('fault', 'list', '--url', 'http://127.0.0.1:1')).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^No sandbox answers at http:\/\/127\.0\.0\.1:1\. Start one with .* --url\.\n$/,
    ),
  });
  expect((await callwright('fault', 'list', '--url', `${sandbox.baseUrl}/`)).code).toBe(0);
});

test('the kinds are listed without a sandbox', async () => {
  const { code, out } = await callwright('fault', 'kinds');
  expect(code).toBe(0);
  for (const word of ['half-open', 'wrong-audio-length', 'fill-up', 'twilio', 'thinking', '--retry-after'])
    expect(out).toContain(word);
  expect((await callwright('fault', '--help')).out).toContain('Examples:');
});

test('a proxy is put before a store, and its port may be chosen', async () => {
  const to = 'redis://:secret@127.0.0.1:1/3';
  const { code, out } = await callwright(
    'proxy',
    'redis',
    '--to',
    to,
    '--port',
    '0',
    '--url',
    sandbox.baseUrl,
  );
  const port = sandbox.proxies.list[0]?.port;
  expect({ code, out }).toEqual({
    code: 0,
    out: `# redis behind the sandbox. Start the service with:\nexport REDIS_URL=redis://:secret@127.0.0.1:${port}/3\n`,
  });
  expect((await fault('add', 'redis', 'stop', '--for-ms', '5000')).out).toMatch(/ redis stop, for 5000 ms$/m);
  const wrong = await callwright('proxy', 'redis', '--to', 'rediss://x', '--url', sandbox.baseUrl);
  expect(wrong.err).toMatch(/TLS does not pass the proxy/);
});
