/** A server that speaks the protocol without the SDK, line by line, and not always well. */
import { expect, test } from 'vitest';
import { parseFlow } from '../loader.ts';

const SERVER = `
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const TOOLS = ['good', 'refuses', 'strange', 'babbles', 'never', 'dies'];
const results = {
  good: { content: [{ type: 'text', text: '{"free":2}' }] },
  refuses: { content: [{ type: 'text', text: 'We are full.' }], isError: true },
  strange: { contents: 5 },
  babbles: { content: [] },
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize')
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'hand', version: '1' } } });
  if (method === 'tools/list')
    send({ id, result: { tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } })) } });
  if (method !== 'tools/call') return;
  if (params.name === 'dies') process.exit(3);
  if (params.name === 'babbles') process.stdout.write('this is no JSON\\n');
  const result = results[params.name];
  if (result !== undefined) send({ id, result });
});`;

test('answers, refuses, answers nonsense, falls silent, dies, and is there again', async () => {
  const tools = ['good', 'refuses', 'strange', 'babbles', 'never', 'dies'];
  const flow = parseFlow(
    JSON.stringify({
      flow: 'by-hand',
      description: 'Asks a server.',
      mcp_servers: { hand: { command: process.execPath, args: ['-e', SERVER] } },
      tools: Object.fromEntries(
        tools.map((tool) => [tool, { description: 'x', effect: 'reads', mcp: { server: 'hand', tool } }]),
      ),
      start: 'a',
      nodes: {
        a: { type: 'agent', goal: 'Help.', tools, next: { done: 'b' } },
        b: { type: 'hangup' },
      },
    }),
    { file: 'by-hand.yaml' },
  );
  const ask = (tool: string, timeoutMs = 15_000): Promise<unknown> =>
    flow.tools.run({ tool, input: {}, idempotencyKey: 'k', timeoutMs }, AbortSignal.timeout(20_000));
  try {
    expect(await ask('good')).toEqual({ result: { free: 2 }, isError: false });
    expect(await ask('refuses')).toEqual({ result: 'We are full.', isError: true });
    expect(await ask('strange')).toEqual({
      result: 'The service answered something that is no result.',
      isError: true,
    });
    expect(await ask('babbles')).toEqual({ result: { ok: true }, isError: false });
    expect(await ask('never', 200)).toMatchObject({
      result: expect.stringContaining('did not answer within'),
      isError: true,
    });
    expect(await ask('dies')).toMatchObject({ isError: true });
    expect(await ask('good')).toEqual({ result: { free: 2 }, isError: false });
  } finally {
    await flow.close();
  }
}, 60_000);
