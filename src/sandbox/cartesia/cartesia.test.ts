import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import type { Cartesia as CartesiaType } from '@cartesia/cartesia-js';
import type { TTSWS as TTSWSType } from '@cartesia/cartesia-js/resources/tts/ws';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Sandbox, startSandbox } from '../server.ts';

// The package's ESM build cannot open its WebSocket in Node; its CommonJS build can.
const require = createRequire(import.meta.url);
const { Cartesia } = require('@cartesia/cartesia-js') as { Cartesia: typeof CartesiaType };
const { TTSWS } = require('@cartesia/cartesia-js/resources/tts/ws') as { TTSWS: typeof TTSWSType };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    logger: pino({ level: 'silent' }),
    delays: { cartesia: { firstByteMs: 20, realTimeFactor: 100 } },
  });
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

const OPTIONS = {
  model_id: 'sonic-3',
  voice: 'some-voice',
  language: 'en',
  output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 },
  add_timestamps: true,
  max_buffer_delay_ms: 0,
} as const;

async function connect() {
  const client = new Cartesia({ apiKey: 'any', baseURL: sandbox.baseUrl });
  const port = sandbox.port;
  const tts = new TTSWS(client, {
    perMessageDeflate: false,
    createConnection: () => net.connect(port, '127.0.0.1'),
  });
  tts.on('error', () => undefined);
  await tts.connect();
  return tts;
}

type Context = ReturnType<Awaited<ReturnType<typeof connect>>['context']>;

async function receive(context: Context) {
  let bytes = 0;
  const types: string[] = [];
  const words: { word: string; start: number; end: number }[] = [];
  for await (const event of context.receive({ timeout: 3000 })) {
    types.push(event.type);
    if (event.type === 'chunk') bytes += Buffer.from(event.data, 'base64').length;
    if (event.type === 'timestamps') {
      event.word_timestamps?.words.forEach((word, i) => {
        const { start = [], end = [] } = event.word_timestamps ?? {};
        words.push({ word, start: start[i] ?? -1, end: end[i] ?? -1 });
      });
    }
  }
  return { bytes, types, words };
}

test('speaks pieces in order, with word times that run on, acknowledges the flush and is done', async () => {
  const tts = await connect();
  const context = tts.context({ ...OPTIONS, contextId: 'turn-1' });
  await context.push({ transcript: 'Hello there. ' });
  await context.push({ transcript: 'How can I help you?', flush: true });
  await context.no_more_inputs();
  const { bytes, types, words } = await receive(context);
  expect(types.at(-1)).toBe('done');
  expect(types.at(-2)).toBe('flush_done');
  expect(words.map(({ word }) => word)).toEqual(['Hello', 'there.', 'How', 'can', 'I', 'help', 'you?']);
  words.forEach((word, i) => {
    expect(word.start).toBeGreaterThanOrEqual(words[i - 1]?.end ?? 0);
  });
  expect(words.at(-1)?.end).toBeLessThanOrEqual(bytes / 8000);
  const wire = sandbox.wire.events.filter(({ text }) => text === 'Hello there. ');
  expect(wire.map(({ type }) => type)).toEqual(['tts-first-text-received', 'tts-first-byte-sent']);
  expect((wire[1]?.atMs ?? 0) - (wire[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(19);
  tts.close();
});

test('speaks several contexts at once on one socket', async () => {
  const tts = await connect();
  const results = ['One of them.', 'And the other one.'].map(async (transcript) => {
    const context = tts.context(OPTIONS);
    await context.push({ transcript });
    await context.no_more_inputs();
    return (await receive(context)).words.map(({ word }) => word).join(' ');
  });
  expect(await Promise.all(results)).toEqual(['One of them.', 'And the other one.']);
  tts.close();
});

test('says nothing more in a cancelled context', async () => {
  const tts = await connect();
  const seen: string[] = [];
  tts.on('event', (event) => seen.push(`${event.type} ${'context_id' in event ? event.context_id : ''}`));
  const cancelled = tts.context({ ...OPTIONS, contextId: 'cancelled' });
  await cancelled.push({ transcript: 'This will not be heard, for it is cancelled at once.' });
  await cancelled.cancel();
  const next = tts.context({ ...OPTIONS, contextId: 'next' });
  await next.push({ transcript: 'This will.' });
  await next.no_more_inputs();
  await receive(next);
  expect(seen.filter((entry) => entry.endsWith('cancelled'))).toEqual([]);
  tts.close();
});

test('a context without further input is done a second after its audio, and cannot be used again', async () => {
  const tts = await connect();
  const context = tts.context({ ...OPTIONS, contextId: 'forgotten' });
  await context.push({ transcript: 'Hello.' });
  const { types } = await receive(context);
  expect(types.at(-1)).toBe('done');
  const again = tts.context({ ...OPTIONS, contextId: 'forgotten' });
  await again.push({ transcript: 'Hello again.' });
  await expect(receive(again)).rejects.toThrow('the context has ended');
  tts.close();
});

test.each([
  ['an unknown model', { model_id: 'tenor-1' }, 'there is no model tenor-1'],
  [
    'another format',
    { output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 8000 } as const },
    'pcm_mulaw',
  ],
  ['no voice', { voice: '' }, 'voice'],
])('answers %s with an error of that context', async (_name, change, message) => {
  const tts = await connect();
  const context = tts.context({ ...OPTIONS, ...change } as typeof OPTIONS);
  await context.push({ transcript: 'Hello.' });
  await expect(receive(context)).rejects.toThrow(message);
  tts.close();
});

test.each([
  [{}, 401],
  [{ authorization: 'Bearer any' }, 400],
])('refuses the headers %j with %i', async (headers, status) => {
  const socket = new WebSocket(`${sandbox.baseUrl}/tts/websocket`, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    import('node:http').IncomingMessage,
  ];
  expect(response.statusCode).toBe(status);
  response.resume();
});

test('faults: malformed, doubled and shortened messages, a cut in the middle', async () => {
  const raw = async () => {
    const socket = new WebSocket(`${sandbox.baseUrl}/tts/websocket`, {
      headers: { authorization: 'Bearer any', 'cartesia-version': '2026-08-14' },
    });
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'open');
    socket.send(JSON.stringify({ ...OPTIONS, context_id: 'a', transcript: 'Hello.', continue: false }));
    await new Promise((resolve) => {
      socket.on('close', resolve);
      socket.on('message', (data) => String(data).includes('"done":true') && resolve(undefined));
    });
    socket.terminate();
    return messages;
  };
  const audioOf = (message: string | undefined) =>
    Buffer.from(String(JSON.parse(message ?? '{}').data), 'base64').length;
  const healthy = await raw();
  sandbox.faults.add({ vendor: 'cartesia', kind: 'malformed' });
  const [broken] = await raw();
  expect(() => JSON.parse(broken ?? '') as unknown).toThrow();
  sandbox.faults.add({ vendor: 'cartesia', kind: 'duplicate' });
  expect(await raw()).toEqual([healthy[0], ...healthy]);
  sandbox.faults.add({ vendor: 'cartesia', kind: 'reorder' });
  expect(await raw()).toEqual([healthy[1], healthy[0], ...healthy.slice(2)]);
  sandbox.faults.add({ vendor: 'cartesia', kind: 'wrong-audio-length' });
  expect(audioOf((await raw())[0])).toBe(audioOf(healthy[0]) - 1);
  sandbox.faults.add({ vendor: 'cartesia', kind: 'disconnect', afterMessages: 2 });
  expect(await raw()).toEqual(healthy.slice(0, 2));
  expect(sandbox.faults.list()).toEqual([]);
});
