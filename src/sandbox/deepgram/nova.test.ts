import { once } from 'node:events';
import { DeepgramClient } from '@deepgram/sdk';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Sandbox, startSandbox } from '../server.ts';
import { noise, silence } from './testing.ts';

describe('Nova over the wire, with the official SDK', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({
      logger: pino({ level: 'silent' }),
      keys: { deepgram: 'good-key' },
      delays: { deepgram: { endOfSpeechMs: 40 } },
    });
  });
  afterEach(() => sandbox.faults.clear());
  afterAll(() => sandbox.close());

  async function listen(options: object = {}) {
    const client = new DeepgramClient({ apiKey: 'good-key', baseUrl: sandbox.baseUrl });
    const connection = await client.listen.v1.connect({
      model: 'nova-3',
      encoding: 'mulaw',
      sample_rate: 8000,
      interim_results: 'true',
      vad_events: 'true',
      smart_format: 'true',
      endpointing: 300,
      utterance_end_ms: 1000,
      reconnectAttempts: 0,
      ...options,
    });
    const messages: { type: string; [field: string]: unknown }[] = [];
    const closed = Promise.withResolvers<void>();
    connection.on('message', (message) => messages.push({ ...message }));
    connection.on('close', () => closed.resolve());
    connection.on('error', () => closed.resolve());
    connection.connect();
    await connection.waitForOpen();
    const until = (found: (message: (typeof messages)[number]) => boolean) =>
      vi.waitUntil(() => messages.find(found), { timeout: 10_000 });
    return { connection, messages, until, closed: closed.promise };
  }

  test('tells the onset, the words so far and the words of known speech', async () => {
    const speech = await sandbox.voice.speak('Good morning, my name is Anna.', 'rms');
    sandbox.knownSpeech.register(speech);
    const { connection, messages, until, closed } = await listen();
    connection.sendMedia(silence(10));
    connection.sendMedia(speech.audio);
    connection.sendMedia(silence(2));
    const final = await until((message) => message['speech_final'] === true);
    expect(messages[0]).toMatchObject({ type: 'SpeechStarted', channel: [0, 1] });
    const interims = messages.filter((message) => message['is_final'] === false);
    expect(interims.length).toBeGreaterThan(2);
    expect(final).toMatchObject({
      type: 'Results',
      is_final: true,
      from_finalize: false,
      channel: { alternatives: [{ transcript: 'Good morning, my name is Anna.' }] },
    });
    const words = (
      final as unknown as { channel: { alternatives: [{ words: { word: string; start: number }[] }] } }
    ).channel.alternatives[0].words;
    expect(words.map(({ word }) => word)).toEqual(['good', 'morning', 'my', 'name', 'is', 'anna']);
    expect(words[0]?.start).toBeCloseTo(0.2, 1);
    const wire = sandbox.wire.events.slice(-2);
    expect(wire.map(({ type }) => type)).toEqual(['stt-speech-end', 'stt-final-sent']);
    expect((wire[1]?.atMs ?? 0) - (wire[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(39);
    connection.sendCloseStream({ type: 'CloseStream' });
    expect(await until((message) => message.type === 'Metadata')).toMatchObject({ channels: 1 });
    await closed;
  });

  test('hears noise as speech without words, and answers Finalize', async () => {
    const { connection, until } = await listen();
    connection.sendMedia(noise(20));
    connection.sendMedia(silence(2));
    expect(await until((message) => message['speech_final'] === true)).toMatchObject({
      channel: { alternatives: [{ transcript: '', words: [] }] },
    });
    connection.sendFinalize({ type: 'Finalize' });
    await until((message) => message['from_finalize'] === true);
    connection.close();
  });

  test('refuses a wrong key, and says why in a header', async () => {
    const socket = new WebSocket(`${sandbox.baseUrl}/v1/listen?encoding=mulaw&sample_rate=8000`, {
      headers: { authorization: 'Token wrong' },
    });
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      import('node:http').IncomingMessage,
    ];
    expect(response.statusCode).toBe(401);
    expect(response.headers['dg-error']).toBe('Invalid credentials.');
    response.resume();
  });

  test.each([
    ['encoding=linear16&sample_rate=8000', 'encoding'],
    ['encoding=mulaw&sample_rate=16000', 'sample_rate'],
    ['encoding=mulaw&sample_rate=8000&endpointing=soon', 'endpointing'],
    ['encoding=mulaw&sample_rate=8000&keywords=a', 'keyterm'],
    ['encoding=mulaw&sample_rate=8000&model=flux-general-en', 'v2'],
  ])('refuses ?%s, naming %s', async (query, field) => {
    const socket = new WebSocket(`${sandbox.baseUrl}/v1/listen?${query}`, {
      headers: { authorization: 'Token good-key' },
    });
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      import('node:http').IncomingMessage,
    ];
    expect(response.statusCode).toBe(400);
    expect(response.headers['dg-error']).toContain(field);
    response.resume();
  });

  test('faults: refused, answered with a status, cut, stalled', async () => {
    sandbox.faults.add({ vendor: 'deepgram', kind: 'refuse' });
    await expect(listen()).rejects.toThrow();
    sandbox.faults.add({ vendor: 'deepgram', kind: 'status', status: 429, retryAfterSec: 3 });
    await expect(listen()).rejects.toThrow();
    sandbox.faults.add({ vendor: 'deepgram', kind: 'disconnect', afterMessages: 1 });
    const cut = await listen();
    cut.connection.sendMedia(noise(40));
    await cut.closed;
    expect(cut.messages).toHaveLength(1);
    sandbox.faults.add({ vendor: 'deepgram', kind: 'stall' });
    const stalled = await listen();
    stalled.connection.sendMedia(noise(40));
    stalled.connection.sendFinalize({ type: 'Finalize' });
    const healthy = await listen();
    healthy.connection.sendFinalize({ type: 'Finalize' });
    await healthy.until((message) => message['from_finalize'] === true);
    expect(stalled.messages).toEqual([]);
    stalled.connection.close();
    healthy.connection.close();
  });
});
