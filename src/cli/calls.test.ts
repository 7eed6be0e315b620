import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import express from 'express';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadAdminToken } from '../api/admin-token.ts';
import { createApi } from '../api/router.ts';
import { someRecord } from '../records/conformance.ts';
import type { CallQuery, ExperimentReport } from '../records/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import { registerCallsCommands } from './calls.ts';

const record = someRecord({ id: 'call-1', callSid: 'CA1', interruptions: 2 });
const { turns, tools: _tools, slots: _slots, path: _path, events: _events, ...rest } = record;
const summary = { ...rest, turnCount: turns.length, slowestTurnMs: 812.25 };
const experiment: ExperimentReport = {
  flow: 'dental-reception',
  experiment: 'greeting',
  calls: 4,
  arms: [
    {
      arm: 'long',
      calls: 1,
      share: 0.25,
      outcomes: { completed: 1 },
      results: {},
      meanDurationMs: 4000,
      interruptions: 0,
      wastedUsd: 0,
    },
    {
      arm: 'short',
      calls: 3,
      share: 0.75,
      outcomes: { transferred: 1, completed: 2 },
      results: { booked: 2 },
      meanDurationMs: 61_000,
      medianVoiceToVoiceMs: 640,
      interruptions: 4,
      wastedUsd: 0.0123,
    },
  ],
};
const queries: CallQuery[] = [];
let dataDir: string;
let server: Server;
let baseUrl: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callwright-cli-'));
  const { token } = await loadAdminToken({ dataDir });
  const app = express();
  const records = {
    find: async (id: string) => (id === record.id || id === record.callSid ? record : undefined),
    list: async (query: CallQuery) => {
      queries.push(query);
      return query.flow === 'none' ? { calls: [] } : { calls: [summary], cursor: 'next-page' };
    },
    experiments: async ({ flow }: { flow?: string }) => (flow === 'none' ? [] : [experiment]),
  };
  const flows = {
    flows: [],
    lastReload: undefined,
    reload: () => Promise.reject(new Error('not asked for')),
  };
  const audio = { open: async () => undefined };
  const logger = pino({ level: 'silent' });
  app.use(
    '/api/v1',
    createApi({ records, flows, audio, sessions: createMemorySessions(), adminToken: token, logger }),
  );
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = urlOf(server);
});

afterEach(() => {
  process.exitCode = undefined;
  queries.length = 0;
});

afterAll(async () => {
  server?.close();
  server?.closeAllConnections();
  await rm(dataDir, { recursive: true, force: true });
});

function urlOf(listening: Server): string {
  // A TCP server that listens has an address of this shape (Node docs: server.address()).
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

/** Runs `callwright …` as the command line would. */
async function callwright(args: string[], change: { adminToken?: string; dataDir?: string } = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => err.push(text) });
  registerCallsCommands(program, {
    baseUrl,
    dataDir,
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    ...change,
  });
  await program.parseAsync(['node', 'callwright', ...args]).catch((error: Error) => err.push(error.message));
  return { out: out.join(''), err: err.join(''), exitCode: process.exitCode };
}

test('lists calls in a table, with the token the service keeps', async () => {
  const { out, err, exitCode } = await callwright(['calls']);
  expect(err).toBe('');
  expect(exitCode).toBeUndefined();
  const [title, line, , more] = out.split('\n');
  expect(title).toMatch(/^TIME +ID +FROM +FLOW +OUTCOME +LENGTH +TURNS +SLOWEST$/);
  expect(line).toMatch(
    /^2026-03-01 \d\d:00:00 {2}call-1 {2}\+15550100 {2}dental-reception {2}completed \(booked\) {2}1:02\.3 {6}2 {3}812 ms$/,
  );
  expect(more).toBe('there are more: --cursor next-page');
});

test('passes filters on and prints JSON when asked', async () => {
  const filters = [
    '--limit',
    '5',
    '--flow',
    'a b',
    '--outcome',
    'failed',
    '--number',
    '+15550100',
    '--cursor',
    'abc',
  ];
  const { out } = await callwright(['calls', '--json', ...filters]);
  expect(queries).toEqual([{ limit: 5, flow: 'a b', outcome: 'failed', number: '+15550100', cursor: 'abc' }]);
  expect(JSON.parse(out)).toEqual({ calls: [summary], cursor: 'next-page' });
});

test('says when there are none', async () => {
  expect((await callwright(['calls', '--flow', 'none'])).out).toBe('no calls\n');
});

test.each(['call-1', 'CA1'])('shows the call %s, its tools among its turns', async (id) => {
  const { out, err } = await callwright(['calls', 'show', id]);
  expect(err).toBe('');
  expect(out).toContain('call   call-1 (CA1), inbound\n');
  expect(out).toContain('end    completed (booked)\n');
  expect(out).toContain('cut    the agent was interrupted 2 times\n');
  expect(
    out
      .slice(out.indexOf('\n\n') + 2)
      .trimEnd()
      .split('\n'),
  ).toEqual([
    ' 0:00.0  agent   Good morning, how (can I help?) [interrupted, after 812 ms, from FAQ]',
    ' 0:00.0  tool    look {} → no result',
    ' 0:01.0  caller  pressed 1#',
    expect.stringMatching(/^ 0:02\.1 {2}tool {4}book \{"date":"2026-03-02".* → \{"ok":true\} \[301 ms\]$/),
  ]);
});

test('shows a call as JSON, wherever the option stands', async () => {
  for (const args of [
    ['calls', 'show', 'call-1', '--json'],
    ['calls', '--json', 'show', 'call-1'],
    ['calls', '--url', baseUrl, 'show', '--json', 'call-1'],
  ]) {
    expect(JSON.parse((await callwright(args)).out), args.join(' ')).toEqual(record);
  }
});

test.each([
  [['calls', 'show', 'nobody'], 'there is no finished call nobody'],
  [['calls', 'show', '../../secret'], 'id: must be 1 to 128 letters'],
  [
    ['calls', '--url', 'http://127.0.0.1:1'],
    'nothing answers at http://127.0.0.1:1; start the service with npm start, or set --url',
  ],
  [['calls', 'show', 'call-1', '--url', 'nonsense'], '--url: "nonsense" is not an address'],
])('%j fails with what to do about it', async (args, message) => {
  const { out, err, exitCode } = await callwright(args);
  expect(err).toContain(message);
  expect(err).not.toContain('    at ');
  expect(out).toBe('');
  expect(exitCode).toBe(1);
});

test('a token that is wrong or missing names ADMIN_TOKEN', async () => {
  const wrong = await callwright(['calls'], { adminToken: 'wrong' });
  expect(wrong.err).toBe(
    `the service at ${baseUrl} does not accept this token; set ADMIN_TOKEN to the one it runs with\n`,
  );
  const missing = await callwright(['calls'], { dataDir: join(dataDir, 'elsewhere') });
  expect(missing.err).toMatch(/wants a token; set ADMIN_TOKEN/);
  expect(missing.exitCode).toBe(1);
});

test('a limit out of range is refused before anything is asked', async () => {
  expect((await callwright(['calls', '--limit', '500'])).err).toContain('It must be 1 to 200.');
  expect(queries).toEqual([]);
});

test('an outcome that there is not is refused before anything is asked', async () => {
  const { err } = await callwright(['calls', '--outcome', 'splendid']);
  expect(err).toContain("argument 'splendid' is invalid. Allowed choices are completed, ");
  expect(queries).toEqual([]);
});

test('something else at the address is told apart from the service', async () => {
  const other = createServer((_request, response) => response.end('<h1>hello</h1>')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    const { err, exitCode } = await callwright(['calls', '--url', urlOf(other)]);
    expect(err).toContain('is not this version of Callwright (HTTP 200)');
    expect(exitCode).toBe(1);
  } finally {
    other.close();
    other.closeAllConnections();
  }
});

test('compares the arms of experiments', async () => {
  const { out, err } = await callwright(['calls', 'experiments']);
  expect(err).toBe('');
  const [title, head, long, short] = out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim());
  expect(title).toBe('dental-reception: greeting (4 calls)');
  expect(head).toMatch(/^ARM/);
  expect(long).toMatch(/^long \| .*1 \| 25 % \| .*\$0\.0000 \| completed 100 % \| -$/);
  expect(short).toMatch(
    /^short \| .*75 % .* 1\.3 \| \$0\.0123 \| completed 67 %, transferred 33 % \| booked 67 %$/,
  );
  expect(JSON.parse((await callwright(['calls', 'experiments', '--json'])).out)).toEqual({
    experiments: [experiment],
  });
  expect((await callwright(['calls', 'experiments', 'none'])).out).toBe('no calls in experiments\n');
});

test('lists the calls of an arm', async () => {
  await callwright(['calls', '--arm', 'greeting.long']);
  expect(queries).toEqual([{ limit: 20, arm: { experiment: 'greeting', arm: 'long' } }]);
  expect((await callwright(['calls', '--arm', 'greeting'])).err).toMatch(/such as greeting\.long/);
});
