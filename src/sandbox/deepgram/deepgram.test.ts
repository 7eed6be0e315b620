import { once } from 'node:events';
import { DeepgramClient } from '@deepgram/sdk';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Speech } from '../../tts/flite/index.ts';
import { KnownSpeech } from '../known-speech.ts';
import { type Sandbox, startSandbox } from '../server.ts';
import { type Hearing, Recogniser } from './recogniser.ts';

const FRAME = 160;
const silence = (frames: number) => new Uint8Array(frames * FRAME).fill(0xff);
/** Loud, and known to nobody. */
const noise = (frames: number) =>
  Uint8Array.from({ length: frames * FRAME }, (_, i) => (i % 7 < 3 ? 0x15 : 0x95));

describe('over the wire, with the official SDK', () => {
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
      vi.waitUntil(() => messages.find(found));
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

describe('the recogniser', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Speech of distinct loud frames, one word for every five of them. */
  function utterance(seed: number, frames: number): Speech {
    const audio = noise(frames);
    for (let frame = 0; frame < frames; frame++)
      new DataView(audio.buffer).setUint32(frame * FRAME, seed * 1000 + frame);
    const words = Array.from({ length: frames / 5 }, (_, i) => ({
      text: `w${seed}.${i}`,
      startMs: i * 100,
      endMs: i * 100 + 100,
    }));
    return { audio, words };
  }

  function recogniser(options: Partial<ConstructorParameters<typeof Recogniser>[0]> = {}) {
    const heard: Hearing[] = [];
    const knownSpeech = new KnownSpeech();
    const ear = new Recogniser({
      knownSpeech,
      onHearing: (hearing) => heard.push(hearing),
      interimMs: 200,
      endOfSpeechMs: 300,
      utteranceEndMs: undefined,
      ...options,
    });
    /** In real time, in pieces of an awkward size. */
    const play = (audio: Uint8Array) => {
      for (let start = 0; start < audio.length; start += FRAME) {
        ear.write(audio.subarray(start, start + 100));
        ear.write(audio.subarray(start + 100, start + FRAME));
        vi.advanceTimersByTime(20);
      }
    };
    const words = (kind: string) =>
      heard.flatMap((h) =>
        h.type === 'segment' && h.kind === kind ? [h.words.map(({ text }) => text).join(' ')] : [],
      );
    return { ear, heard, knownSpeech, play, words };
  }

  test('ends speech after the wanted pause, counted from the last loud frame, and not in shorter pauses', () => {
    const { knownSpeech, play, words, heard } = recogniser();
    const [first, second] = [utterance(1, 20), utterance(2, 10)];
    knownSpeech.register(first);
    knownSpeech.register(second);
    play(first.audio);
    play(silence(13));
    play(second.audio);
    play(silence(13));
    expect(words('pause')).toEqual([]);
    play(silence(2));
    expect(words('pause')).toEqual(['w1.0 w1.1 w1.2 w1.3 w2.0 w2.1']);
    expect(words('interim').slice(0, 2)).toEqual(['w1.0 w1.1', 'w1.0 w1.1 w1.2 w1.3']);
    play(silence(50));
    expect(heard.at(-1)).toMatchObject({ kind: 'pause' });
  });

  test('reports each word as final once, whatever is said next', () => {
    const { ear, knownSpeech, play, words } = recogniser();
    const speech = utterance(1, 20);
    knownSpeech.register(speech);
    play(speech.audio.subarray(0, 10 * FRAME));
    ear.finalize();
    play(speech.audio.subarray(10 * FRAME));
    play(silence(20));
    expect(words('asked')).toEqual(['w1.0 w1.1']);
    expect(words('pause')).toEqual(['w1.2 w1.3']);
  });

  test('tells two utterances apart that begin alike', () => {
    const { knownSpeech, play, words } = recogniser();
    const long = utterance(1, 20);
    const short = {
      audio: long.audio.slice(0, 10 * FRAME),
      words: [{ text: 'short', startMs: 0, endMs: 200 }],
    };
    knownSpeech.register(long);
    knownSpeech.register(short);
    play(long.audio);
    play(silence(20));
    expect(words('pause')).toEqual(['w1.0 w1.1 w1.2 w1.3']);
  });

  test('takes a click for nothing, and hears on after speech that was cut', () => {
    const { heard, knownSpeech, play, words } = recogniser();
    play(noise(2));
    play(silence(30));
    expect(heard).toEqual([]);
    const speech = utterance(3, 30);
    knownSpeech.register(speech);
    play(speech.audio.subarray(0, 12 * FRAME));
    play(silence(20));
    expect(words('pause')).toEqual(['w3.0 w3.1']);
  });

  test('ends an utterance by its words though noise goes on', () => {
    const { heard, knownSpeech, play, words } = recogniser({ utteranceEndMs: 500 });
    const speech = utterance(1, 10);
    knownSpeech.register(speech);
    play(speech.audio);
    play(noise(40));
    expect(words('plain')).toEqual(['w1.0 w1.1']);
    expect(heard.filter(({ type }) => type === 'utterance-end')).toEqual([
      { type: 'utterance-end', lastWordEndMs: 200 },
    ]);
  });

  test('without endpointing, what was said is final but the speech is not over', () => {
    const { knownSpeech, play, words } = recogniser({ endOfSpeechMs: undefined });
    const speech = utterance(1, 10);
    knownSpeech.register(speech);
    play(speech.audio);
    play(silence(60));
    expect([words('plain'), words('pause')]).toEqual([['w1.0 w1.1'], []]);
  });
});
