import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ToolRunner } from '../index.ts';
import { parseFlow } from '../loader.ts';

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Answer = (response: ServerResponse) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

let received: Received[] = [];
let answer: Answer = json(200, { ok: true });
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answer(response);
  });
});

let tools: ToolRunner;
const SECRET = 'key-0123456789';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  tools = parseFlow(FLOW, {
    file: 'f',
    env: { API_URL: `http://127.0.0.1:${port}/api`, API_KEY: SECRET, EMPTY_URL: 'ftp://x' },
  }).tools;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  received = [];
  answer = json(200, { ok: true });
});

const FLOW = `
flow: test
description: A test.
secrets: [API_URL, API_KEY, EMPTY_URL]
tools:
  find:
    description: Finds.
    effect: reads
    input: { day: { type: string }, kind: { type: string, optional: true } }
    http:
      url: "{{ env.API_URL }}/days/{{ input.day }}"
      query: { kind: "{{ input.kind }}", q: "a b&{{ input.day }}" }
      headers: { authorization: "Bearer {{ env.API_KEY }}", x-day: "{{ input.day }}" }
  book:
    description: Books.
    effect: writes
    input: { day: { type: string }, seats: { type: integer }, note: { type: string, optional: true } }
    http: { method: POST, url: "{{ env.API_URL }}/bookings" }
  change:
    description: Changes.
    effect: writes
    input: { id: { type: string }, seats: { type: integer }, note: { type: string, optional: true } }
    http:
      method: PATCH
      url: "{{ env.API_URL }}/bookings/{{ input.id }}"
      body: { seats: "{{ input.seats }}", note: "{{ input.note }}", text: "{{ input.seats }} seats", fixed: [1, true] }
  odd:
    description: Is not set up.
    effect: reads
    http: { url: "{{ env.EMPTY_URL }}/x" }
start: a
nodes:
  a: { type: agent, goal: Do., tools: [find, book, change, odd], next: { done: b } }
  b: { type: hangup }
`;

function run(
  tool: string,
  input: Record<string, unknown>,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
) {
  const { timeoutMs = 5000, signal = new AbortController().signal } = options;
  return tools.run({ tool, input, idempotencyKey: 'once', timeoutMs }, signal);
}

describe('a request', () => {
  test('escapes what it was given, wherever it goes', async () => {
    await run('find', { day: '../a b?x=1#y/%2e' });
    expect(received[0]).toMatchObject({
      method: 'GET',
      url: '/api/days/..%2Fa%20b%3Fx%3D1%23y%2F%252e?q=a+b%26..%2Fa+b%3Fx%3D1%23y%2F%252e',
    });
    expect(received[0]?.headers).toMatchObject({
      authorization: `Bearer ${SECRET}`,
      'x-day': '../a b?x=1#y/%2e',
    });
    expect(received[0]?.headers['idempotency-key']).toBeUndefined();
  });

  test('cannot be led out of its folder, or into other headers', async () => {
    expect(await run('find', { day: '..' })).toEqual({
      result: 'The input is not right: "." and ".." cannot be part of the address.',
      isError: true,
    });
    await run('find', { day: 'x\r\nx-evil: 1' });
    expect(received).toHaveLength(1);
    expect(received[0]?.headers['x-evil']).toBeUndefined();
  });

  test('that changes something sends its input and its key', async () => {
    await run('book', { day: 'Monday', seats: 2 });
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/api/bookings',
      body: '{"day":"Monday","seats":2}',
    });
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'once',
    });
  });

  test('keeps the types of its body and leaves out what is not there', async () => {
    await run('change', { id: 'a/b', seats: 3 });
    expect(received[0]).toMatchObject({ method: 'PATCH', url: '/api/bookings/a%2Fb' });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ seats: 3, text: '3 seats', fixed: [1, true] });
  });

  test('of a tool that is not set up, or not there, is told', async () => {
    expect(await run('odd', {})).toEqual({
      result: 'The tool is not set up: its address is not an http or https URL.',
      isError: true,
    });
    expect(await run('constructor', {})).toEqual({
      result: 'There is no tool "constructor".',
      isError: true,
    });
  });
});

describe('an answer', () => {
  test.each([
    ['JSON', json(200, { free: ['09:00'] }), { result: { free: ['09:00'] }, isError: false }],
    [
      'text',
      (response: ServerResponse) => void response.end('All good.'),
      { result: 'All good.', isError: false },
    ],
    [
      'nothing',
      (response: ServerResponse) => void response.writeHead(204).end(),
      { result: { ok: true }, isError: false },
    ],
    [
      'JSON that is not',
      (response: ServerResponse) => void response.setHeader('content-type', 'application/json').end('{"a'),
      { result: '{"a', isError: false },
    ],
    [
      'a refusal',
      json(409, { error: 'taken', message: 'That time is taken.' }),
      { result: { status: 409, error: 'taken', message: 'That time is taken.' }, isError: true },
    ],
    [
      'a nested refusal',
      json(422, { error: { message: 'No such day.' } }),
      { result: { status: 422, error: { message: 'No such day.' } }, isError: true },
    ],
    [
      'a long refusal',
      json(400, { detail: 'No such day.', trace: 'x'.repeat(5000) }),
      { result: { status: 400, message: 'No such day.' }, isError: true },
    ],
    [
      'a bare failure',
      (response: ServerResponse) => void response.writeHead(500).end(),
      { result: { status: 500, message: 'The service refused without saying why.' }, isError: true },
    ],
    [
      'too much',
      json(200, 'x'.repeat(70_000)),
      { result: "The service's answer is longer than 65536 bytes.", isError: true },
    ],
  ])('%s', async (_, sent, result) => {
    answer = sent;
    expect(await run('find', { day: 'today' })).toEqual(result);
  });

  test('never tells a secret', async () => {
    answer = (response) => json(500, { message: `Bad key ${SECRET}`, at: 'http://127.0.0.1' })(response);
    expect(JSON.stringify(await run('find', { day: 'today' }))).not.toContain(SECRET);
    answer = json(200, { [SECRET]: [`${SECRET}!`] });
    expect(await run('find', { day: 'today' })).toEqual({
      result: { '[hidden]': ['[hidden]!'] },
      isError: false,
    });
  });

  test('that does not come in time is told, with what is not known', async () => {
    answer = () => undefined;
    expect(await run('find', { day: 'x' }, { timeoutMs: 50 })).toEqual({
      result: 'The service did not answer within 0.05 seconds.',
      isError: true,
    });
    expect(await run('book', { day: 'x', seats: 1 }, { timeoutMs: 50 })).toEqual({
      result: 'The service did not answer within 0.05 seconds. Whether it was done is not known.',
      isError: true,
    });
  });

  test('that is given up, or is none, is told', async () => {
    answer = (response) => void response.socket?.destroy();
    expect(await run('find', { day: 'x' })).toEqual({
      result: 'The service could not be reached.',
      isError: true,
    });
    expect(await run('find', { day: 'x' }, { signal: AbortSignal.abort() })).toEqual({
      result: 'The service could not be reached.',
      isError: true,
    });
  });
});

describe('a redirect', () => {
  const to =
    (location: string): Answer =>
    (response) =>
      void response.writeHead(302, { location }).end();

  test('is followed within its origin, for a while', async () => {
    answer = (response) =>
      (received.length === 1 ? to('/api/elsewhere') : json(200, { there: true }))(response);
    expect(await run('find', { day: 'x' })).toEqual({ result: { there: true }, isError: false });
    expect(received[1]?.url).toBe('/api/elsewhere');
    received = [];
    answer = to('/api/round');
    expect(await run('find', { day: 'x' })).toMatchObject({ isError: true });
    expect(received).toHaveLength(4);
  });

  test('is not followed elsewhere, or for a change', async () => {
    answer = to('http://127.0.0.1:1/evil');
    const refused = { result: 'The service answered with a redirect, which is not followed.', isError: true };
    expect(await run('find', { day: 'x' })).toEqual(refused);
    answer = to('/api/again');
    expect(await run('book', { day: 'x', seats: 1 })).toEqual(refused);
    expect(received).toHaveLength(2);
  });
});
