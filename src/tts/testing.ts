/** Cartesia's part of the conversation, for tests: the server's side is played by hand. */
import { pino } from 'pino';
import { expect } from 'vitest';
import { LoopbackServer, type Peer } from '../async/testing.ts';
import { type CartesiaOptions, createCartesia } from './cartesia.ts';
import type { TextToSpeech, TtsError, TtsEvent, TtsOptions, TtsStream } from './index.ts';

export const logger = pino({ level: 'silent' });
/** Longer than any of these tests takes, so that only a test that means to wait does. */
const NEVER_MS = 60_000;

/** A voice against a server of its own. `await using` ends both. */
export class Voice implements AsyncDisposable {
  readonly server: LoopbackServer;
  readonly tts: TextToSpeech;

  constructor(server: LoopbackServer, settings: Partial<CartesiaOptions>) {
    this.server = server;
    this.tts = createCartesia({
      apiKey: 'KEY',
      baseUrl: server.url,
      logger,
      firstByteTimeoutMs: NEVER_MS,
      ...settings,
    });
  }

  static async start(settings: Partial<CartesiaOptions> = {}, serverOptions = {}): Promise<Voice> {
    return new Voice(await LoopbackServer.start(serverOptions), settings);
  }

  open(options: Partial<TtsOptions> = {}): TtsStream {
    return this.tts.open({ language: 'en-US', signal: new AbortController().signal, ...options });
  }

  /** A reply of one sentence that has reached the vendor, and the vendor's side of it. */
  async speaking(options: Partial<TtsOptions> = {}): Promise<{ stream: TtsStream; peer: Peer; id: unknown }> {
    const stream = this.open(options);
    stream.say('Hello.');
    const peer = await this.server.accept();
    return { stream, peer, id: (await peer.receiveJson())['context_id'] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.tts.close();
  }
}

export async function all(stream: TtsStream): Promise<TtsEvent[]> {
  const events: TtsEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

export async function failure(stream: TtsStream): Promise<TtsError> {
  return await all(stream).then(
    () => expect.fail('the stream ended without an error'),
    (error) => error,
  );
}

export const chunk = (contextId: unknown, ...bytes: number[]) => ({
  type: 'chunk',
  context_id: contextId,
  data: Buffer.from(bytes).toString('base64'),
  done: false,
  status_code: 206,
  step_time: 1,
});
export const words = (contextId: unknown, text: string, start: number, end: number) => ({
  type: 'timestamps',
  context_id: contextId,
  word_timestamps: { words: [text], start: [start], end: [end] },
  done: false,
  status_code: 206,
});
export const done = (contextId: unknown) => ({
  type: 'done',
  context_id: contextId,
  done: true,
  status_code: 206,
});
export const audio = (...bytes: number[]) => ({ type: 'audio', audio: Buffer.from(bytes) });

/** Waits until the vendor's messages so far have been read, by asking for one more answer after them. */
export async function settled(peer: Peer): Promise<void> {
  const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
  peer.socket.ping();
  await pong;
}
