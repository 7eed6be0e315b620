/**
 * What every recogniser must do, whoever the vendor is: one suite, run against each adapter with its vendor's stand-in in
 * real time, and against every pair of them where one dies in the middle of an utterance.
 */
import { getEventListeners } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SpeechToText, SttError, SttEvent, SttOptions, SttStream } from './index.ts';

/** How a test makes a vendor fail. */
export interface Fault {
  kind: 'refuse' | 'status' | 'stall' | 'disconnect' | 'malformed';
  status?: number;
  retryAfterSec?: number;
  times?: number;
  afterMessages?: number;
}

/** A stand-in of its own for a test, with speech that it knows. `await using` ends it. */
export interface Bench extends AsyncDisposable {
  recogniser: SpeechToText;
  /** Speaks: the audio, and when its words sound. */
  speech(text: string): Promise<{ audio: Uint8Array; words: readonly { text: string; endMs: number }[] }>;
  fails(fault: Fault): void;
  openSockets(): number;
}

export interface Conformity {
  name: string;
  model?: string;
  bench(): Promise<Bench>;
  /** The same adapter, at any server. */
  at(baseUrl: string): SpeechToText;
  /** What a request must hold, in its URL or its body, for each thing that is asked for. */
  asks: { language: RegExp; keyterm: RegExp; audio: RegExp };
  /** Whether `finalize` brings what is pending. */
  finalizes: boolean;
  /** Whether it tells words before they are final. */
  tellsInterims: boolean;
}

const FRAME = 160;
const SENTENCE = 'I would like to book a table for four people on Friday evening, please.';
const KEYTERM = 'Callwright';
/** What estimates of word times may be off by. */
const TIMES_WITHIN_MS = 700;

export const silence = (ms: number): Uint8Array => new Uint8Array(ms * 8).fill(0xff);

export interface Heard {
  events: SttEvent[];
  error: SttError | undefined;
}

/** Speaks into the stream in real time and then is silent, until `enough` has been heard or the stream has ended. */
export async function hear(
  stream: SttStream,
  audio: Uint8Array,
  enough: (event: SttEvent, events: readonly SttEvent[]) => boolean,
  during: (atMs: number) => void = () => {},
): Promise<Heard> {
  const events: SttEvent[] = [];
  let isOver = false;
  const speaking = (async () => {
    const beganAt = performance.now();
    for (let at = 0; !isOver; at += FRAME) {
      during(at / 8);
      const frame = audio.subarray(at, at + FRAME);
      stream.write(frame.length === FRAME ? frame : silence(20));
      await pause(Math.max(0, beganAt + (at / FRAME + 1) * 20 - performance.now()));
    }
  })();
  let error: SttError | undefined;
  try {
    for await (const event of stream) {
      events.push(event);
      if (enough(event, events)) break;
    }
  } catch (caught) {
    error = caught as SttError;
  }
  isOver = true;
  await speaking;
  return { events, error };
}

/** What a call makes of it: finals add up, and an interim stands until it is replaced. */
export function saidIn(events: readonly SttEvent[]): string {
  const finals: string[] = [];
  let interim = '';
  for (const event of events) {
    if (event.type === 'interim') interim = event.text;
    if (event.type !== 'final') continue;
    finals.push(event.text);
    interim = '';
  }
  return [...finals, interim].filter((text) => text !== '').join(' ');
}

/** The end of a turn that has the last word; on a busy machine a sentence may come with a pause in it. */
export const isSaid =
  (sentence: string) =>
  (event: SttEvent, events: readonly SttEvent[]): boolean =>
    event.type === 'turn-ended' && saidIn(events).endsWith(sentence.split(' ').at(-1) ?? '');

const isOver = (event: SttEvent): boolean => event.type === 'turn-ended';

export function conforms(conformity: Conformity): void {
  const { name, model, finalizes, tellsInterims } = conformity;
  const open = (
    recogniser: SpeechToText,
    options: Partial<SttOptions> = {},
  ): { stream: SttStream; abort: AbortController } => {
    const abort = new AbortController();
    const asked = { language: 'en-US', signal: abort.signal, ...options };
    return { abort, stream: recogniser.open({ ...(model === undefined ? {} : { model }), ...asked }) };
  };

  describe.concurrent(name, { timeout: 20_000 }, () => {
    it('tells the words of a turn, when they were said, and its end', async () => {
      await using bench = await conformity.bench();
      const { audio, words } = await bench.speech(SENTENCE);
      const { stream } = open(bench.recogniser);
      const { events, error } = await hear(stream, Buffer.concat([silence(400), audio]), isSaid(SENTENCE));
      expect(error).toBeUndefined();
      expect(saidIn(events)).toBe(SENTENCE);
      expect(events[0]?.type).toBe('speech-started');
      expect(events.some(({ type }) => type === 'interim')).toBe(tellsInterims);
      const told = events.flatMap((event) => (event.type === 'final' ? event.words : []));
      expect(told.map(({ text }) => text).join(' ')).toBe(SENTENCE);
      for (const [index, word] of told.entries()) {
        expect(word.startMs).toBeGreaterThanOrEqual(told[index - 1]?.startMs ?? 0);
        expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
        expect(Math.abs(word.endMs - 400 - (words[index]?.endMs ?? 0))).toBeLessThan(TIMES_WITHIN_MS);
      }
      const spokenMs = 400 + (words.at(-1)?.endMs ?? 0);
      expect(events.at(-1)).toMatchObject({ type: 'turn-ended' });
      const end = events.at(-1);
      const endMs = end?.type === 'turn-ended' ? (end.speechEndMs ?? 0) : 0;
      expect(Math.abs(endMs - spokenMs)).toBeLessThan(400);
    });

    if (finalizes)
      it('tells what is pending when it is asked to', async () => {
        await using bench = await conformity.bench();
        const { audio } = await bench.speech(SENTENCE);
        const { stream } = open(bench.recogniser);
        const half = Math.floor(audio.length / 2 / FRAME) * FRAME;
        // Somebody who never stops making a sound.
        const hum = new Uint8Array(16_000).map((_, index) => (index % 7 < 3 ? 0x15 : 0x95));
        let asked = false;
        const { events } = await hear(
          stream,
          Buffer.concat([audio.subarray(0, half), ...Array.from({ length: 4 }, () => hum)]),
          ({ type }) => type === 'final',
          (atMs) => {
            if (asked || atMs < half / 8) return;
            asked = true;
            stream.finalize();
          },
        );
        expect(SENTENCE.startsWith(saidIn(events))).toBe(true);
        expect(saidIn(events).length).toBeGreaterThan(10);
      });

    it('hears nothing while it is muted, and counts the time', async () => {
      await using bench = await conformity.bench();
      const hidden = await bench.speech('My number is four two.');
      const { audio } = await bench.speech('And that was all.');
      const { stream } = open(bench.recogniser);
      const hiddenMs = hidden.audio.length / 8;
      stream.mute(true);
      const { events } = await hear(
        stream,
        Buffer.concat([hidden.audio, silence(1000), audio]),
        isOver,
        (atMs) => stream.mute(atMs < hiddenMs + 400),
      );
      expect(saidIn(events)).toBe('And that was all.');
      const [first] = events.flatMap((event) => (event.type === 'final' ? event.words : []));
      expect(first?.startMs).toBeGreaterThan(hiddenMs + 700);
    });

    it('is asked for the language, the words to expect and the telephone’s audio', async () => {
      await using server = await listeningServer();
      const recogniser = conformity.at(server.url);
      await using bench = await conformity.bench();
      const { audio } = await bench.speech('Hello.');
      const { stream, abort } = open(recogniser, { language: 'de-DE', keyterms: [KEYTERM] });
      void hear(stream, audio, () => false);
      const request = await server.request;
      abort.abort();
      await recogniser.close();
      expect(request).toMatch(conformity.asks.language);
      expect(request).toMatch(conformity.asks.keyterm);
      expect(request).toMatch(conformity.asks.audio);
    });

    it.each([
      [401, 'stt-unauthorised', false],
      [400, 'stt-refused', false],
      [429, 'stt-refused', true],
      [503, 'stt-unreachable', true],
    ])('that is refused with %i says whether to try again', async (status, code, retryable) => {
      await using bench = await conformity.bench();
      bench.fails({ kind: 'status', status, times: 10 });
      const { audio } = await bench.speech('Hello there.');
      const { stream, abort } = open(bench.recogniser);
      const { error } = await hear(stream, audio, () => false);
      expect(error).toMatchObject({ name: 'SttError', code, retryable, provider: bench.recogniser.provider });
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    });

    it('that is asked too often tells when the vendor may be asked again', async () => {
      await using bench = await conformity.bench();
      bench.fails({ kind: 'status', status: 429, retryAfterSec: 7, times: 10 });
      const { audio } = await bench.speech('Hello there.');
      const { error } = await hear(open(bench.recogniser).stream, audio, () => false);
      expect(error).toMatchObject({ code: 'stt-refused', retryable: true, retryAfterMs: 7000 });
    });

    it('that is sent garbage has failed, and another try may work', async () => {
      await using bench = await conformity.bench();
      bench.fails({ kind: 'malformed' });
      const { audio } = await bench.speech(SENTENCE);
      const { error } = await hear(open(bench.recogniser).stream, audio, () => false);
      expect(error).toMatchObject({ code: 'stt-bad-message', retryable: true });
      expect(error?.message).not.toContain('table');
    });

    it('whose vendor hangs up in the middle has failed, and another try may work', async () => {
      await using bench = await conformity.bench();
      bench.fails({ kind: 'disconnect' });
      const { audio } = await bench.speech(SENTENCE);
      const { error } = await hear(open(bench.recogniser).stream, audio, () => false);
      expect(error).toMatchObject({
        code: expect.stringMatching(/^stt-(disconnected|unreachable)$/),
        retryable: true,
      });
    });

    it('gives signs that it is there, and leaves nothing behind when it is closed', async () => {
      await using bench = await conformity.bench();
      let signs = 0;
      const { stream, abort } = open(bench.recogniser, { onSign: () => signs++ });
      const heard = hear(stream, silence(100), () => false);
      await expect.poll(() => signs, { timeout: 5000 }).toBeGreaterThan(0);
      stream.close();
      stream.close();
      expect(await heard).toEqual({ events: [], error: undefined });
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      await bench.recogniser.close();
      await expect.poll(() => bench.openSockets(), { timeout: 5000 }).toBe(0);
    });
  });
}

/** Keeps the first request whole, its URL and its body, and refuses it. */
async function listeningServer(): Promise<{ url: string; request: Promise<string> } & AsyncDisposable> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const textOf = async (request: IncomingMessage): Promise<string> => {
    const body: Buffer[] = [];
    for await (const piece of request) body.push(piece as Buffer);
    return `${decodeURIComponent(request.url ?? '')}\n${Buffer.concat(body).toString('latin1')}`;
  };
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      resolve(text);
      response.writeHead(500).end('{}');
    });
  });
  server.on('upgrade', (request, socket) => {
    resolve(decodeURIComponent(request.url ?? ''));
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    request: promise,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
