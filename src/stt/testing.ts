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

/** A `TurnInfo` message; each word takes half a second. */
export function turnInfo(
  event: string,
  transcript: string,
  { turn = 0, startSec = 0 }: { turn?: number; startSec?: number } = {},
) {
  const words = transcript.split(' ').filter((word) => word !== '');
  return {
    type: 'TurnInfo',
    request_id: '00000000-0000-0000-0000-000000000000',
    sequence_id: 1,
    event,
    turn_index: turn,
    audio_window_start: 0,
    audio_window_end: startSec + words.length / 2,
    transcript,
    words: words.map((word, index) => ({
      word,
      confidence: 0.9,
      start: startSec + index / 2,
      end: startSec + (index + 1) / 2,
    })),
    end_of_turn_confidence: 0.1,
  };
}

/** What the two endpoints do alike, in the words of each. */
export interface Endpoint {
  model: string;
  path: string;
  /** Frames a message of audio. */
  framesPerMessage: number;
  /** What `finalize` sends, if anything. */
  finalize: string[];
  /** The message that stands for `speech-started` at this time. */
  onset(atSec: number): object;
  /** The message that brings a `final` with this text. */
  final(text: string): object;
  /** A message of a known type and the wrong shape. */
  misshapen: object;
}

export const endpoints: Endpoint[] = [
  {
    model: 'nova-3',
    path: '/v1/listen',
    framesPerMessage: 1,
    finalize: ['Finalize'],
    onset: (atSec) => ({ type: 'SpeechStarted', timestamp: atSec }),
    final: (text) => results(text, { is_final: true }),
    misshapen: { type: 'Results', is_final: 'yes' },
  },
  {
    model: 'flux-general-en',
    path: '/v2/listen',
    framesPerMessage: 4,
    finalize: [],
    onset: (atSec) => turnInfo('StartOfTurn', 'so', { startSec: atSec }),
    final: (text) => turnInfo('EndOfTurn', text),
    misshapen: { type: 'TurnInfo', event: 'Update' },
  },
];

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

/** As many frames as make a message. */
export function writeMessage(stream: SttStream, endpoint: Endpoint, number: number): void {
  for (let count = 0; count < endpoint.framesPerMessage; count++) stream.write(frame(number));
}

/** The server's side of a stream that is known to be open on the client's side as well. */
export async function connected(ear: { server: LoopbackServer; stream: SttStream }): Promise<Peer> {
  const peer = await ear.server.accept();
  // A whole message of either endpoint: Nova's are frames.
  const count = peer.request.url?.startsWith('/v2/') ? 1 : 4;
  for (let frames = 0; frames < 4; frames++) ear.stream.write(frame(0));
  await receive(peer, count);
  return peer;
}

export async function receive(peer: Peer, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  while (messages.length < count) messages.push(numberOf(await peer.receive()));
  return messages;
}
