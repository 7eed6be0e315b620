import OpenAI from 'openai';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../server.ts';

let sandbox: Sandbox | undefined;
afterEach(async () => sandbox?.close());

async function open(keys?: { openai: string }): Promise<OpenAI> {
  sandbox = await startSandbox({
    logger: pino({ level: 'silent' }),
    delays: { openai: { firstTokenMs: 0, tokensPerSecond: 100_000 } },
    ...(keys === undefined ? {} : { keys }),
  });
  return new OpenAI({ apiKey: 'any', baseURL: `${sandbox.baseUrl}/v1`, maxRetries: 0 });
}

const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'find_slots',
      description: 'Lists the free times of one day. Reads only.',
      parameters: {
        type: 'object',
        properties: { date: { type: 'string', format: 'date', description: 'The day' } },
        required: ['date'],
      },
    },
  },
];
const SYSTEM = { role: 'system' as const, content: 'You book appointments. It is now 2026-11-20T10:00.' };

it('streams text, and the usage where it is asked for', async () => {
  const client = await open();
  const chunks = await client.chat.completions.create({
    model: 'any',
    messages: [SYSTEM, { role: 'user', content: 'Hello' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let finish: string | null = null;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of chunks) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  expect(text).not.toBe('');
  expect(finish).toBe('stop');
  expect(usage?.completion_tokens).toBeGreaterThan(0);
});

it('calls tools, and goes on from their results', async () => {
  const client = await open();
  const ask = { role: 'user' as const, content: 'Find slots: which times are free on 2026-11-23?' };
  const first = await client.chat.completions.create({ model: 'any', messages: [SYSTEM, ask], tools: TOOLS });
  const [call] = first.choices[0]?.message.tool_calls ?? [];
  if (call?.type !== 'function') throw new Error('no tool was called');
  expect(call.function.name).toBe('find_slots');
  expect(JSON.parse(call.function.arguments)).toEqual({ date: '2026-11-23' });
  expect(first.choices[0]?.finish_reason).toBe('tool_calls');
  const second = await client.chat.completions.create({
    model: 'any',
    messages: [
      SYSTEM,
      ask,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: '{"slots":["09:00","15:00"]}' },
    ],
    tools: TOOLS,
  });
  expect(second.choices[0]?.message.content).toMatch(/nine|9/i);
});

it('refuses in the words of the vendor', async () => {
  const client = await open({ openai: 'the-key' });
  const body = { model: 'any', messages: [SYSTEM] };
  await expect(client.chat.completions.create(body)).rejects.toMatchObject({
    status: 401,
    code: 'invalid_api_key',
  });
  const known = client.withOptions({ apiKey: 'the-key' });
  const unanswered = {
    role: 'assistant' as const,
    content: null,
    tool_calls: [{ id: 'c1', type: 'function' as const, function: { name: 'a', arguments: '{}' } }],
  };
  await expect(
    known.chat.completions.create({ ...body, messages: [SYSTEM, unanswered] }),
  ).rejects.toMatchObject({ status: 400, param: 'messages' });
  sandbox?.faults.add({ vendor: 'openai', kind: 'status', status: 429, retryAfterSec: 1 });
  await expect(known.chat.completions.create(body)).rejects.toMatchObject({ status: 429 });
});
