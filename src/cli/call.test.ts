import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'callwright-call-'));
afterAll(() => rmSync(folder, { recursive: true }));
const script = join(folder, 'caller.yaml');
writeFileSync(script, 'steps:\n  - say: Hello.\n');

const CALLS = '+15550123 calls +15550100 …\n';
const HINT = 'Read it with: npx callwright calls show CA1\n';
const someEnd = { callSid: 'CA1', durationSec: 12, streamOpened: true, status: 'completed' };

async function call(...args: string[]) {
  const said = { out: '', err: '' };
  const terminal = (name: 'out' | 'err') => ({ write: (text: string) => (said[name] += text) });
  const code = await run(['call', ...args], { out: terminal('out'), err: terminal('err') });
  return { code, ...said };
}

/** Places a call on a sandbox that answers so. */
async function callEnding(status: number, answer: unknown, ...args: string[]) {
  const server = createServer((request, response) => {
    request.resume();
    response.statusCode = status;
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    return await call(script, '--sandbox', `http://127.0.0.1:${port}`, ...args);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test.each([
  ['hangup-verb', 'the service'],
  ['twiml-finished', 'the service'],
  ['ended-by-api', 'the service'],
  ['caller-hung-up', 'the caller'],
])('a call that ended by %s is told in words', async (reason, who) => {
  expect(await callEnding(200, { ...someEnd, reason })).toEqual({
    code: 0,
    out: `${CALLS}The call lasted 12 s; ${who} ended it.\n${HINT}`,
    err: '',
  });
});

test.each([
  [{ reason: 'application-error', streamOpened: false }, /^The call failed: the service did not answer/],
  [
    { reason: 'hangup-verb', streamOpened: false },
    /^No flow took the call: .* Does a flow answer \+15550100/,
  ],
  [{ reason: 'rejected', streamOpened: false }, /^The service rejected the call\.$/m],
  [{ reason: 'not-answered', streamOpened: false }, /^The call was not answered\.$/m],
  [
    { reason: 'caller-stuck', detail: 'step 2 (press 1)' },
    /^The caller gave up: .*\(step 2 \(press 1\)\)\.$/m,
  ],
  [{ reason: 'sandbox-closed' }, /^The sandbox was stopped/],
  [{ reason: 'sandbox-error', detail: 'no voice' }, /^The sandbox failed: no voice$/m],
])('a call that failed so: %j, fails the command', async (end, message) => {
  const { code, out, err } = await callEnding(200, { ...someEnd, ...end });
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(out).toBe('streamOpened' in end ? CALLS : CALLS + HINT);
});

test('JSON is printed for programs alone, and fails as words do', async () => {
  const end = { ...someEnd, reason: 'rejected', streamOpened: false };
  expect(await callEnding(200, end, '--json')).toEqual({ code: 1, out: `${JSON.stringify(end)}\n`, err: '' });
});

test('a sandbox that refuses, and what is no sandbox, are told apart', async () => {
  expect((await callEnding(400, { error: 'steps: too many' })).err).toBe(
    'The sandbox refused the call: steps: too many\n',
  );
  expect((await callEnding(404, '<h1>Not found</h1>')).err).toMatch(/^What answers at http.* is not this/);
});

test.each([
  [
    [script, '--sandbox', 'http://127.0.0.1:1'],
    1,
    /^No sandbox answers at http:\/\/127\.0\.0\.1:1\. Start .*\n$/,
  ],
  [[script, '--sandbox', 'nonsense'], 2, /'nonsense' is invalid\. It must be an address/],
  [['nowhere.yaml'], 1, /^nowhere\.yaml: there is no such file\n$/],
])('%j cannot be done, and says why in a line', async (args, exitCode, message) => {
  const { code, err } = await call(...args);
  expect({ code, err }).toEqual({ code: exitCode, err: expect.stringMatching(message) });
});

test('a script that cannot be used is told with its place', async () => {
  const wrong = join(folder, 'wrong.yaml');
  writeFileSync(wrong, 'steps:\n  - sya: Hello.\n');
  const { code, err } = await call(wrong);
  expect(code).toBe(1);
  expect(err).toMatch(/wrong\.yaml:2: /);
  expect(err).not.toContain('    at ');
});
