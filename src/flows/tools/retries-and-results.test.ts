import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallFlow } from '../index.ts';
import { checkFlow, parseFlow } from '../loader.ts';
import { type Answer, json, redirect, type ToolServer, toolServer } from './testing.ts';

let server: ToolServer;
let flow: CallFlow | undefined;
beforeEach(async () => {
  server = await toolServer();
});
afterEach(async () => {
  await flow?.close();
  await server[Symbol.asyncDispose]();
});

/** A flow with one tool, `t`. */
function flowText(tool: string, settings = ''): string {
  return `flow: test
description: A test.
secrets: [API_URL]
${settings}
tools:
  t:
    description: Does.
    input: { day: { type: string, optional: true } }
${tool.replace(/^/gm, '    ')}
start: a
nodes:
  a: { type: agent, goal: Do., tools: [t], next: { done: b } }
  b: { type: hangup }
`;
}

async function run(
  tool: string,
  { input = {}, timeoutMs = 5000 }: { input?: Record<string, unknown>; timeoutMs?: number } = {},
  settings = '',
) {
  await flow?.close();
  flow = parseFlow(flowText(tool, settings), { file: 'f', env: { API_URL: server.url } });
  return flow.tools.run(
    { tool: 't', input, idempotencyKey: 'once', timeoutMs },
    new AbortController().signal,
  );
}

const problemsOf = (tool: string, settings = ''): string[] =>
  checkFlow(flowText(tool, settings), { file: 'f', env: { API_URL: server.url } }).problems.map(
    ({ message }) => message,
  );

/** Each answer in turn, the last again and again. */
const inTurn = (...answers: Answer[]): Answer => {
  let next = 0;
  return (response, request) => answers[Math.min(next++, answers.length - 1)]?.(response, request);
};
const drop: Answer = (response) => void response.socket?.destroy();
const READ = 'effect: reads\nhttp: { url: "{{ env.API_URL }}/x" }';
const WRITE =
  'effect: writes\nhttp: { method: POST, url: "{{ env.API_URL }}/x", retries: { attempts: 3, wait_ms: 1 } }';

describe('a request that fails', () => {
  test('is made once more where it only reads', async () => {
    server.answer = inTurn(drop, json(200, { fine: true }));
    expect(await run(READ)).toEqual({ result: { fine: true }, isError: false });
    server.answer = inTurn(json(503, {}), json(200, { fine: true }));
    expect(await run(READ)).toEqual({ result: { fine: true }, isError: false });
    expect(server.received).toHaveLength(4);
  });

  test('goes by the status of HTTP, whatever the service calls its own', async () => {
    server.answer = inTurn(json(503, { status: 'error' }), json(200, { fine: true }));
    expect(await run(READ)).toEqual({ result: { fine: true }, isError: false });
    server.answer = json(400, { status: 503 });
    server.received = [];
    await run(READ);
    expect(server.received).toHaveLength(1);
  });

  test('is not where it changes something, unless the flow says so', async () => {
    server.answer = inTurn(drop, json(200, {}));
    expect(await run('effect: writes\nhttp: { method: POST, url: "{{ env.API_URL }}/x" }')).toEqual({
      result: 'The service could not be reached. Whether it was done is not known.',
      isError: true,
    });
    expect(server.received).toHaveLength(1);
  });

  test('that changes something is repeated with the same key', async () => {
    server.answer = inTurn(drop, json(502, {}), json(200, { booked: true }));
    expect(await run(WRITE)).toEqual({ result: { booked: true }, isError: false });
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'once',
      'once',
      'once',
    ]);
  });

  test('is given up after its attempts, and never repeated for a refusal', async () => {
    server.answer = json(503, { message: 'Busy.' });
    expect(await run(WRITE)).toEqual({ result: { status: 503, message: 'Busy.' }, isError: true });
    expect(server.received).toHaveLength(3);
    server.received = [];
    server.answer = json(409, { message: 'Taken.' });
    expect(await run(WRITE)).toMatchObject({ result: { message: 'Taken.' } });
    server.answer = json(500, {});
    expect(await run(WRITE)).toMatchObject({ isError: true });
    server.answer = redirect('http://evil.test/');
    expect(await run(WRITE)).toMatchObject({ isError: true });
    expect(server.received).toHaveLength(3);
  });

  test('waits as long as the service asks, if there is time', async () => {
    server.answer = inTurn(json(429, {}, { 'retry-after': '30' }), json(200, {}));
    expect(await run(READ)).toMatchObject({ result: { status: 429 }, isError: true });
    expect(server.received).toHaveLength(1);
    server.answer = inTurn(json(429, {}, { 'retry-after': '0' }), json(200, { fine: true }));
    expect(await run(READ)).toMatchObject({ result: { fine: true } });
  });

  test('is not repeated beyond the time it has', async () => {
    server.answer = () => undefined;
    expect(await run(READ, { timeoutMs: 50 })).toEqual({
      result: 'The service did not answer within 0.05 seconds.',
      isError: true,
    });
    expect(server.received).toHaveLength(1);
  });
});

describe('a result', () => {
  const FOUND = {
    data: {
      list: [
        { time: '09:00', free: 3 },
        { time: '10:00', free: 1 },
      ],
    },
    noise: 'x'.repeat(100_000),
  };

  test('is the part the flow keeps, with its types', async () => {
    server.answer = json(200, FOUND);
    const tool = `${READ}
result:
  times: "{{ body.data.list | map: 'time' }}"
  first: "{{ body.data.list[0].free }}"
  words: "{{ body.data.list | size }} on {{ input.day }} ({{ status }})"
  none: "{{ body.nothing.there }}"
  nested: { last: "{{ body.data.list | last }}" }`;
    expect(await run(tool, { input: { day: 'Monday' } })).toEqual({
      result: {
        times: ['09:00', '10:00'],
        first: 3,
        words: '2 on Monday (200)',
        nested: { last: { time: '10:00', free: 1 } },
      },
      isError: false,
    });
    expect(await run(`${READ}\nresult: "{{ body.data.list | size }}"`)).toEqual({
      result: 2,
      isError: false,
    });
  });

  test('that is too long without a mapping is told', async () => {
    server.answer = json(200, FOUND);
    expect(await run(READ)).toMatchObject({ isError: true });
    server.answer = json(200, { ...FOUND, noise: 'x'.repeat(2_000_000) });
    expect(await run(`${READ}\nresult: "{{ body.data }}"`)).toMatchObject({
      result: "The service's answer is longer than 1048576 bytes.",
    });
  });

  test('is checked to be what the flow expects, and holds nothing else', async () => {
    const tool = `${READ}\noutput: { free: { type: array, items: { type: string } }, note: { type: string, optional: true } }`;
    server.answer = json(200, { free: ['09:00'], internal: 'id 17' });
    expect(await run(tool)).toEqual({ result: { free: ['09:00'] }, isError: false });
    server.answer = json(200, { free: '09:00' });
    expect(await run(tool)).toEqual({
      result: expect.stringMatching(
        /^The service's answer is not what was expected \(free: .*\), so it cannot be used\. Say that/,
      ),
      isError: true,
    });
    server.answer = json(200, {});
    expect((await run(tool)).result).toContain('free: is missing');
    server.answer = (response) => void response.end('<html>Sign in</html>');
    expect((await run(tool)).result).toContain('answer: ');
    expect((await run(tool.replace('reads', 'writes'))).result).toContain(
      'It may have been done all the same.',
    );
  });

  test('may be any JSON Schema', async () => {
    const tool = `${READ}\noutput: { type: array, items: { type: integer }, maxItems: 2 }`;
    server.answer = json(200, [1, 2]);
    expect(await run(tool)).toEqual({ result: [1, 2], isError: false });
    server.answer = json(200, [1, 2, 3]);
    expect(await run(tool)).toMatchObject({ isError: true });
  });

  test('whose schema or templates are wrong is a problem of the flow', () => {
    expect(problemsOf(`${READ}\noutput: { a: { type: string, pattern: "(" } }`)).toEqual([
      expect.stringContaining('the output of tool "t" is not a valid JSON Schema'),
    ]);
    expect(problemsOf(`${READ}\nresult: "{{ env.API_URL }}"`)).toEqual([
      expect.stringContaining('the template uses "env", which it cannot see'),
    ]);
  });
});

describe('where requests may go', () => {
  const literal = (host: string): string => `effect: reads\nhttp: { url: "http://${host}:${server.port}/x" }`;

  test('a private address that stands in the URL is named by that', async () => {
    expect(await run(literal('127.0.0.1'))).toMatchObject({ isError: false });
    expect(await run(literal('localhost'))).toMatchObject({ isError: false });
  });

  test('a host that the input decides must be allowed', async () => {
    const tool = `effect: reads\nhttp: { url: "http://{{ input.day }}:${server.port}/x" }`;
    const input = { day: 'localhost' };
    expect((await run(tool, { input })).result).toContain('the flow does not allow requests to "localhost:');
    expect((await run(tool, { input }, 'allow_hosts: [localhost]')).result).toContain(
      'has a private address',
    );
    expect(await run(tool, { input }, 'allow_private: [localhost]')).toMatchObject({ isError: false });
  });

  test('an input cannot lengthen the host of the flow', async () => {
    const tool = 'effect: reads\nhttp: { url: "{{ env.API_URL }}{{ input.day }}" }';
    for (const day of ['.evil.test', '@evil.test', '0', '#@evil.test', '\\@evil.test'])
      expect(await run(tool, { input: { day } })).toMatchObject({ isError: true });
    expect(server.received).toEqual([]);
  });

  test('of a tool needs exactly one kind', () => {
    const mistake = 'must have exactly one of http, mcp and function';
    expect(problemsOf('effect: reads')).toEqual([expect.stringContaining(mistake)]);
    expect(problemsOf(`${READ}\nfunction: a.ts#b`)).toEqual([expect.stringContaining(mistake)]);
  });
});
