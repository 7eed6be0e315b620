import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CallFlow } from '../index.ts';
import { parseFlow } from '../loader.ts';
import { TestCall } from '../test-call.ts';
import { type McpHttpServer, mcpHttpServer, POISON, STDIO_SERVER } from './testing.ts';

const SECRET = 'token-0123456789';
// Programs are started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const flows: CallFlow[] = [];
afterEach(async () => {
  await Promise.all(flows.splice(0).map((flow) => flow.close()));
});

function flowWith(server: object, env: Record<string, string> = {}): CallFlow {
  const tool = (name: string, more = ''): string =>
    `  ${name}: { description: Does ${name}., effect: reads, mcp: { server: calendar, tool: ${name} }${more} }\n`;
  const flow = parseFlow(
    `flow: test
description: A test.
secrets: [${Object.keys(env).join(', ')}]
mcp_servers:
  calendar: ${JSON.stringify(server)}
tools:
  book: { description: Books., effect: writes, mcp: { server: calendar, tool: book }, input: { day: { type: string } }, with: { by: "{{ call.from }}" } }
${tool('find_days')}${tool('say')}${tool('refuse')}${tool('environment')}${tool('huge')}${tool('flood')}${tool('never')}${tool('die')}${tool('absent')}
start: a
nodes:
  a: { type: agent, goal: Do., tools: [find_days, book, say, refuse, environment, huge, flood, never, die, absent], next: { done: b } }
  b: { type: hangup }
`,
    { file: 'f', env },
  );
  flows.push(flow);
  return flow;
}

function run(
  flow: CallFlow,
  tool: string,
  input: Record<string, unknown> = {},
  { timeoutMs = 10_000, signal = new AbortController().signal } = {},
) {
  return flow.tools.run({ tool, input, idempotencyKey: 'once', timeoutMs }, signal);
}

describe.each(['stdio', 'http'] as const)('an MCP server over %s', (kind) => {
  let server: McpHttpServer | undefined;
  const connected = async (): Promise<CallFlow> => {
    if (kind === 'stdio') return flowWith(STDIO_SERVER);
    server = await mcpHttpServer();
    return flowWith({ url: '{{ env.MCP_URL }}' }, { MCP_URL: server.url });
  };
  afterEach(async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  });

  test('answers with structure, or with texts', async () => {
    const flow = await connected();
    expect(await run(flow, 'find_days', { month: '2026-12' })).toEqual({
      result: { days: ['2026-12-01', '2026-12-02'] },
      isError: false,
    });
    expect(await run(flow, 'book', { day: 'Monday', by: '+1' })).toEqual({
      result: { booked: 'Monday', by: '+1' },
      isError: false,
    });
    expect(await run(flow, 'say', { words: 'Hello there.' })).toEqual({
      result: 'Hello there.',
      isError: false,
    });
  });

  test('refuses in its own words', async () => {
    const flow = await connected();
    expect(await run(flow, 'refuse')).toEqual({ result: 'That day is full.', isError: true });
  });

  test('is not asked what its schema does not allow', async () => {
    const flow = await connected();
    const { result, isError } = await run(flow, 'find_days', { month: 'soon' });
    expect(isError).toBe(true);
    expect(result).toMatch(/^Not run: the input is not right\. month: /);
    expect(server?.calls ?? []).toEqual([]);
  });

  test('that lacks the tool, or answers too much, is told', async () => {
    const flow = await connected();
    expect(await run(flow, 'absent')).toEqual({
      result: 'The tool is not set up: its server has no tool "absent".',
      isError: true,
    });
    expect(await run(flow, 'huge')).toEqual({
      result: "The service's answer is longer than 65536 bytes.",
      isError: true,
    });
    expect((await run(flow, 'flood')).isError).toBe(true);
    expect(await run(flow, 'say', { words: 'Still there.' })).toMatchObject({ result: 'Still there.' });
  });

  test('is not waited for longer than the tool may take, nor after the call', async () => {
    const flow = await connected();
    await run(flow, 'say', { words: 'Connect.' });
    expect(await run(flow, 'never', {}, { timeoutMs: 100 })).toEqual({
      result: 'The service did not answer within 0.1 seconds.',
      isError: true,
    });
    const controller = new AbortController();
    const running = run(flow, 'never', {}, { signal: controller.signal });
    controller.abort();
    expect(await running).toEqual({ result: 'The service could not be reached.', isError: true });
    expect(await run(flow, 'say', { words: 'Still there.' })).toMatchObject({ result: 'Still there.' });
  });

  test('tells the model what its tools take, once it is known, and none of its own advice', async () => {
    const flow = await connected();
    const call = new TestCall(flow);
    call.start();
    call.says('Hello.');
    const tools = () => call.command('ask-model').request.tools;
    expect(tools().find(({ name }) => name === 'find_days')?.input).toEqual({ type: 'object' });
    await run(flow, 'say', { words: 'Connect.' });
    call.says('Hello?');
    expect(tools().find(({ name }) => name === 'find_days')).toMatchObject({
      description: 'Does find_days.',
      input: { properties: { month: { type: 'string', description: expect.stringMatching(/^.{1,300}$/) } } },
    });
    expect(tools().find(({ name }) => name === 'book')?.input['properties']).toEqual({
      day: { type: 'string' },
    });
    const { system } = call.command('ask-model').request;
    expect(JSON.stringify(system)).not.toContain(POISON);
    expect(
      tools()
        .map(({ description }) => description)
        .join(),
    ).not.toContain(POISON);
  });

  test('is connected once, and closed with the flow', async () => {
    const flow = await connected();
    const both = ['One.', 'Two.'].map((words) => run(flow, 'say', { words }));
    expect((await Promise.all(both)).map(({ result }) => result)).toEqual(['One.', 'Two.']);
    if (server !== undefined) expect(server.sessions).toBe(1);
    await flow.close();
    if (server !== undefined) expect(server.sessions).toBe(0);
    expect(await run(flow, 'say', { words: 'Three.' })).toEqual({
      result: 'The service is shutting down.',
      isError: true,
    });
    await flow.close();
  });
});

describe('a lost connection', () => {
  test('to a program that died is made again', async () => {
    const flow = flowWith(STDIO_SERVER);
    expect(await run(flow, 'die')).toEqual({ result: 'The service could not be reached.', isError: true });
    expect(await run(flow, 'say', { words: 'Back.' })).toMatchObject({ result: 'Back.' });
  });

  test('to a server that was restarted is made again, within the same call', async () => {
    await using server = await mcpHttpServer();
    const flow = flowWith({ url: '{{ env.MCP_URL }}' }, { MCP_URL: server.url });
    await run(flow, 'say', { words: 'Connect.' });
    server.forget();
    expect(await run(flow, 'book', { day: 'Monday' })).toMatchObject({ result: { booked: 'Monday' } });
    expect(server.calls).toEqual([{ tool: 'book', input: { day: 'Monday' } }]);
    await flow.close();
  });

  test('that never was is told, and tried again', async () => {
    const gone = await mcpHttpServer();
    const flow = flowWith({ url: '{{ env.MCP_URL }}' }, { MCP_URL: gone.url });
    await gone[Symbol.asyncDispose]();
    const failed = { result: 'The service could not be reached.', isError: true };
    expect(await run(flow, 'say', { words: 'x' })).toEqual(failed);
    expect(await run(flow, 'book', { day: 'x' })).toEqual({
      result: 'The service could not be reached. Whether it was done is not known.',
      isError: true,
    });
    expect(await run(flowWith({ command: '/nowhere/at-all' }), 'say', { words: 'x' })).toEqual(failed);
  });
});

describe('secrets', () => {
  test('reach a program by name only, and come back from it never', async () => {
    process.env['NOT_DECLARED_TOKEN'] = 'another-secret';
    const flow = flowWith({ ...STDIO_SERVER, env: ['MCP_TOKEN'] }, { MCP_TOKEN: SECRET });
    const { result } = await run(flow, 'environment');
    delete process.env['NOT_DECLARED_TOKEN'];
    expect(result).toMatchObject({ MCP_TOKEN: '[hidden]' });
    expect(Object.keys(Object(result))).not.toContain('NOT_DECLARED_TOKEN');
  });

  test('are sent in headers', async () => {
    await using server = await mcpHttpServer();
    const flow = flowWith(
      { url: '{{ env.MCP_URL }}', headers: { authorization: 'Bearer {{ env.MCP_TOKEN }}' } },
      { MCP_URL: server.url, MCP_TOKEN: SECRET },
    );
    await run(flow, 'say', { words: 'x' });
    expect(server.headers.every(({ authorization }) => authorization === `Bearer ${SECRET}`)).toBe(true);
    expect(await run(flow, 'say', { words: `${SECRET}!` })).toMatchObject({ result: '[hidden]!' });
    await flow.close();
  });
});

test('a server at a private address is called where the flow or a secret names it', async () => {
  await using server = await mcpHttpServer();
  const { port } = new URL(server.url);
  const written = flowWith({ url: `http://127.0.0.1:${port}/mcp` });
  expect(await run(written, 'say', { words: 'x' })).toMatchObject({ isError: false });
  await written.close();
  const flow = flowWith({ url: 'http://{{ env.MCP_HOST }}/mcp' }, { MCP_HOST: `localhost:${port}` });
  expect(await run(flow, 'say', { words: 'x' })).toMatchObject({ isError: false });
  await flow.close();
  expect(server.headers.length).toBeGreaterThan(0);
});
