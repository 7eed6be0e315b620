/** Deepgram's part of the conversation, for tests: the server's side is played by hand. */
import { pino } from 'pino';
import { expect } from 'vitest';
import { LoopbackServer, type Peer } from '../async/testing.ts';
import { createDeepgram, type DeepgramOptions } from './deepgram.ts';
import type { SttError, SttEvent, SttOptions, SttStream } from './index.ts';

const logger = pino({ level: 'silent' });

export interface ResultsOptions {
  is_final?: boolean;
  speech_final?: boolean;
  /** Where the first word begins; each word takes half a second. */
  startSec?: number;
}

/** A `Results` message; no text is silence. */
export function results(text: string, { startSec = 0, ...flags }: ResultsOptions = {}) {
  const words = text.split(' ').filter((word) => word !== '');
  return {
    type: 'Results',
    channel_index: [0, 1],
    start: startSec,
    duration: words.length / 2,
    is_final: false,
    speech_final: false,
    ...flags,
    channel: {
      alternatives: [
        {
          transcript: text,
          confidence: words.length > 0 ? 0.9 : 0,
          words: words.map((word, index) => ({
            word,
            start: startSec + index / 2,
            end: startSec + (index + 1) / 2,
            confidence: 0.9,
          })),
        },
      ],
    },
  };
}

export interface Ear extends AsyncDisposable {
  server: LoopbackServer;
  stream: SttStream;
  abort: AbortController;
}

export function openAt(
  baseUrl: string,
  settings: Partial<DeepgramOptions> = {},
  options: Partial<SttOptions> = {},
) {
  const abort = new AbortController();
  const stt = createDeepgram({ apiKey: 'KEY', baseUrl, logger, closeTimeoutMs: 1000, ...settings });
  const stream = stt.open({ language: 'en-US', signal: abort.signal, ...options });
  return { stt, stream, abort };
}

/** A stream against a server of its own, both gone at the end of the test. */
export async function listen(
  settings: Partial<DeepgramOptions> = {},
  options: Partial<SttOptions> = {},
): Promise<Ear> {
  const server = await LoopbackServer.start();
  const { stt, stream, abort } = openAt(server.url, { closeTimeoutMs: 20, ...settings }, options);
  return {
    server,
    stream,
    abort,
    async [Symbol.asyncDispose]() {
      await stt.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export async function all(stream: SttStream): Promise<SttEvent[]> {
  const events: SttEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

export async function failure(stream: SttStream): Promise<SttError> {
  return await all(stream).then(
    () => expect.fail('the stream ended without an error'),
    (error) => error,
  );
}

/** 20 ms of audio that can be told from the others. */
export function frame(number: number): Buffer {
  const bytes = Buffer.alloc(160);
  bytes.writeUInt32BE(number);
  return bytes;
}

export const numberOf = (message: string | Buffer) =>
  typeof message === 'string' ? JSON.parse(message).type : message.readUInt32BE();

/** The server's side of a stream that is known to be open on the client's side as well. */
export async function connected(ear: { server: LoopbackServer; stream: SttStream }): Promise<Peer> {
  const peer = await ear.server.accept();
  ear.stream.write(frame(0));
  await peer.receive();
  return peer;
}

export async function receive(peer: Peer, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  while (messages.length < count) messages.push(numberOf(await peer.receive()));
  return messages;
}
