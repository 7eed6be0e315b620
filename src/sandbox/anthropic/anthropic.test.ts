import Anthropic from '@anthropic-ai/sdk';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from '../server.ts';

let sandbox: Sandbox;
let client: Anthropic;
beforeAll(async () => {
  sandbox = await startSandbox({
    logger: pino({ level: 'silent' }),
    delays: { anthropic: { firstTokenMs: 10, tokensPerSecond: 5000 } },
  });
  client = new Anthropic({ apiKey: 'any', baseURL: sandbox.baseUrl, maxRetries: 0 });
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

const REQUEST = {
  model: 'claude-haiku-5-5',
  max_tokens: 200,
  system: [
    { type: 'text' as const, text: 'It is 2026-11-20T10:00.', cache_control: { type: 'ephemeral' as const } },
  ],
  tools: [
    {
      name: 'find_slots',
      description: 'Free times on a date.',
      input_schema: {
        type: 'object' as const,
        properties: { date: { type: 'string', format: 'date', description: 'Which date?' } },
        required: ['date'],
      },
    },
  ],
};

test('streams text, with usage that tells a first use of a prefix from a second', async () => {
  const ask = () =>
    client.messages.stream({ ...REQUEST, messages: [{ role: 'user', content: 'Hello.' }] }).finalMessage();
  const first = await ask();
  expect(first.content).toEqual([{ type: 'text', text: 'How can I help you?' }]);
  expect(first.stop_reason).toBe('end_turn');
  expect(first.usage.cache_creation_input_tokens).toBeGreaterThan(0);
  expect(first.usage.output_tokens).toBeGreaterThan(3);
  const second = await ask();
  expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
  const wire = sandbox.wire.events.slice(-2);
  expect(wire.map(({ type, text }) => [type, text])).toEqual([
    ['llm-request-received', 'Hello.'],
    ['llm-first-token-sent', 'Hello.'],
  ]);
});

test('tells those who follow the wire of the first pieces of an answer, and keeps nothing of them', async () => {
  const sent: unknown[] = [];
  const unfollow = sandbox.wire.follow(({ type, text, sentText }) => {
    if (type === 'llm-text-sent') sent.push([text, sentText]);
  });
  const system = 'Our opening hours on Sunday are, as on every other day of the week, from nine to five.';
  const messages = [{ role: 'user' as const, content: 'What are your opening hours on Sunday?' }];
  const whole = await client.messages.stream({ ...REQUEST, tools: [], system, messages }).finalMessage();
  unfollow();
  const text = whole.content.find((block) => block.type === 'text')?.text ?? '';
  expect(text.split(' ').length).toBeGreaterThan(8);
  expect(sent).toEqual(
    Array.from({ length: 8 }, (_, i) => [
      messages[0]?.content,
      text
        .split(' ')
        .slice(0, i + 1)
        .join(' '),
    ]),
  );
  expect(sandbox.wire.events.some(({ type }) => type === 'llm-text-sent')).toBe(false);
});

test('streams a tool call, and goes on from its result', async () => {
  const user = { role: 'user' as const, content: 'What is free tomorrow?' };
  const asked = await client.messages.stream({ ...REQUEST, messages: [user] }).finalMessage();
  expect(asked.stop_reason).toBe('tool_use');
  const call = asked.content[0];
  if (call?.type !== 'tool_use') throw new Error('no tool call');
  expect(call).toMatchObject({ name: 'find_slots', input: { date: '2026-11-21' } });
  const told = await client.messages.create({
    ...REQUEST,
    messages: [
      user,
      { role: 'assistant', content: [{ type: 'tool_use', id: call.id, name: call.name, input: call.input }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call.id, content: '{"slots":["10:00"]}' }],
      },
    ],
  });
  expect(told.content).toEqual([
    { type: 'text', text: 'Slots: 10:00. Is there anything else I can help you with?' },
  ]);
});

test('cuts a tool call short at max_tokens, as the vendor does', async () => {
  const messages = [{ role: 'user' as const, content: 'What is free tomorrow?' }];
  const cut = await client.messages.create({ ...REQUEST, max_tokens: 2, messages });
  expect(cut.stop_reason).toBe('max_tokens');
});

const toolUse = {
  role: 'assistant' as const,
  content: [{ type: 'tool_use' as const, id: 't1', name: 'find_slots', input: {} }],
};

test.each([
  [
    'a tool call without its result',
    { messages: [{ role: 'user', content: 'Hi' }, toolUse, { role: 'user', content: 'Hm' }] },
    'tool_use',
  ],
  ['a first message of the assistant', { messages: [{ role: 'assistant', content: 'Hi' }] }, 'first message'],
  ['an empty text', { messages: [{ role: 'user', content: '' }] }, 'non-empty'],
  ['a temperature', { temperature: 0.3, messages: [{ role: 'user', content: 'Hi' }] }, 'temperature'],
  ['a field that does not exist', { mood: 'good', messages: [{ role: 'user', content: 'Hi' }] }, 'mood'],
  [
    'prefilling',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'I' },
      ],
    },
    'prefill',
  ],
])('refuses %s', async (_name, change, message) => {
  const body = { ...REQUEST, ...change } as Anthropic.MessageCreateParamsNonStreaming;
  await expect(client.messages.create(body)).rejects.toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    message: expect.stringContaining(message),
  });
});

test('wants a key and a version', async () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${sandbox.baseUrl}/v1/messages`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', ...headers },
    });
  expect((await post({})).status).toBe(401);
  const noVersion = await post({ 'x-api-key': 'any' });
  expect(noVersion.status).toBe(400);
  expect(await noVersion.text()).toContain('anthropic-version');
  expect((await fetch(sandbox.baseUrl, { method: 'HEAD' })).status).toBe(200);
});

test('faults: overloaded, cut in the middle, stalled before the head', async () => {
  const stream = () =>
    client.messages.stream({ ...REQUEST, messages: [{ role: 'user', content: 'Hello.' }] });
  sandbox.faults.add({ vendor: 'anthropic', kind: 'status', status: 529 });
  await expect(stream().finalMessage()).rejects.toMatchObject({ status: 529, type: 'overloaded_error' });
  sandbox.faults.add({ vendor: 'anthropic', kind: 'status', status: 429, retryAfterSec: 7 });
  const limited = await stream()
    .finalMessage()
    .catch((error: unknown) => error);
  expect(limited instanceof Anthropic.RateLimitError && limited.headers.get('retry-after')).toBe('7');
  sandbox.faults.add({ vendor: 'anthropic', kind: 'disconnect', afterMessages: 4 });
  await expect(stream().finalMessage()).rejects.toThrow();
  sandbox.faults.add({ vendor: 'anthropic', kind: 'stall' });
  const stalled = stream();
  const ended = stalled.finalMessage().catch((error: unknown) => error);
  await vi.waitUntil(() => sandbox.faults.list().length === 0, { timeout: 10_000 });
  expect((await stream().finalMessage()).stop_reason).toBe('end_turn');
  stalled.abort();
  expect(await ended).toBeInstanceOf(Anthropic.APIUserAbortError);
});
