/** What every voice must do, against a vendor that can be made to fail in every way: one suite for all adapters. */
import { getEventListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultInput, Vendor } from '../sandbox/faults.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import type { TextToSpeech, TtsError, TtsEvent, TtsOptions, TtsStream } from './index.ts';
import { logger } from './testing.ts';

export interface VoiceUnderTest {
  /** In the sandbox's faults; left out: it needs no vendor, so that none can fail. */
  vendor?: Vendor;
  create(sandbox: Sandbox): TextToSpeech;
  /** One connection serves all replies, and outlives them. */
  sharesConnection?: boolean;
  /** What it receives is sound alone, in which garbage cannot be told. */
  bareAudio?: boolean;
}

const TEXT = 'Your appointment is on Tuesday, at half past three. Shall I book it for you?';
const BYTES_PER_MS = 8;
/** Longer than any of these tests takes, so that only a test that means to wait does. */
const NEVER_MS = 60_000;

interface Heard {
  audioMs: number;
  words: { text: string; startMs: number; endMs: number }[];
  isDone: boolean;
  error: TtsError | undefined;
}

/** Everything that comes of a stream, in the end. */
async function hear(stream: TtsStream, onEvent?: (event: TtsEvent) => void): Promise<Heard> {
  const heard: Heard = { audioMs: 0, words: [], isDone: false, error: undefined };
  try {
    for await (const event of stream) {
      onEvent?.(event);
      if (event.type === 'audio') heard.audioMs += event.audio.length / BYTES_PER_MS;
      else if (event.type === 'word') heard.words.push(event);
      else heard.isDone = true;
    }
  } catch (error) {
    heard.error = error as TtsError; // what streams throw
  }
  return heard;
}

/** Declares the suite. The voices are made once for all tests. */
export function conformsAsVoice(name: string, under: VoiceUnderTest): void {
  describe(name, () => {
    let sandbox: Sandbox;
    let voice: TextToSpeech;
    beforeAll(async () => {
      const fast = { firstByteMs: 10, realTimeFactor: 100 };
      sandbox = await startSandbox({ logger, delays: { cartesia: fast, otherVoices: fast } });
      voice = under.create(sandbox);
    });
    afterEach(() => sandbox.faults.clear());
    afterAll(async () => {
      await voice.close();
      await sandbox.close();
    });

    const open = (options: Partial<TtsOptions> = {}): TtsStream =>
      voice.open({
        language: 'en-US',
        patienceMs: () => NEVER_MS,
        signal: new AbortController().signal,
        ...options,
      });
    const say = (text: string, options: Partial<TtsOptions> = {}): TtsStream => {
      const stream = open(options);
      stream.say(text);
      stream.end();
      return stream;
    };
    /** Declares what only a vendor's side can do wrong. */
    const withVendor = under.vendor === undefined ? undefined : it;
    const holdsSockets = under.vendor !== undefined && under.sharesConnection !== true;
    const fails = (fault: { kind: FaultInput['kind']; status?: number; afterMessages?: number }): void => {
      sandbox.faults.add({ vendor: under.vendor, ...fault } as FaultInput); // put together again
    };
    const openSockets = async (): Promise<number> => {
      const state = await (await fetch(`${sandbox.baseUrl}/sandbox/state`)).json();
      return (
        (state as { vendors: Record<string, { openSockets: number }> }).vendors[under.vendor ?? '']
          ?.openSockets ?? 0
      );
    };

    it('speaks all of a text, and tells where each word lies within the audio', async () => {
      const { audioMs, words, isDone, error } = await hear(say(TEXT));
      expect(error).toBeUndefined();
      expect(isDone).toBe(true);
      expect(words.map(({ text }) => text)).toEqual(TEXT.split(' '));
      // About three words a second, whoever speaks.
      expect(audioMs).toBeGreaterThan(3000);
      expect(audioMs).toBeLessThan(7000);
      let lastMs = 0;
      for (const { startMs, endMs } of words) {
        expect(startMs).toBeGreaterThanOrEqual(lastMs - 1);
        expect(endMs).toBeGreaterThanOrEqual(startMs);
        expect(endMs).toBeLessThanOrEqual(audioMs + 1);
        lastMs = startMs;
      }
      expect(words.at(-1)?.endMs).toBeGreaterThan(audioMs * 0.9);
    });

    it('takes a text in pieces, also while it speaks, and blanks between them', async () => {
      const stream = open();
      stream.say('Good morning, ');
      stream.say(' ');
      const heard = hear(stream, (event) => {
        if (event.type === 'audio') stream.say('this is the dental practice.');
        if (event.type === 'audio') stream.end();
      });
      const { words, isDone } = await heard;
      expect(words.map(({ text }) => text).join(' ')).toBe('Good morning, this is the dental practice.');
      expect(isDone).toBe(true);
    });

    it('has nothing to do where nothing is said', async () => {
      const stream = open();
      stream.say(' ');
      stream.end();
      stream.end();
      expect(await hear(stream)).toMatchObject({ audioMs: 0, isDone: true });
    });

    it('speaks at another pace where it is asked to', async () => {
      expect(await hear(say('Hello there.', { speed: 1.1 }))).toMatchObject({ isDone: true });
    });

    it('is cancelled at once, at the vendor too, and leaves nothing', async () => {
      const abort = new AbortController();
      const stream = say(TEXT, { signal: abort.signal });
      let pieces = 0;
      const heard = await hear(stream, (event) => {
        if (event.type === 'audio' && ++pieces === 2) stream.cancel();
      });
      expect(heard).toMatchObject({ isDone: false, error: undefined });
      expect(heard.audioMs).toBeLessThan(2000);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      if (holdsSockets) await vi.waitUntil(async () => (await openSockets()) === 0, { timeout: 10_000 });
    });

    it('is cancelled by its signal, before as after', async () => {
      const abort = new AbortController();
      const stream = say(TEXT, { signal: abort.signal });
      const heard = await hear(stream, (event) => event.type === 'audio' && abort.abort());
      expect(heard).toMatchObject({ isDone: false, error: undefined });
      expect(await hear(say('Never.', { signal: AbortSignal.abort() }))).toMatchObject({
        audioMs: 0,
        isDone: false,
      });
      if (holdsSockets) await vi.waitUntil(async () => (await openSockets()) === 0, { timeout: 10_000 });
    });

    withVendor?.each([
      [401, 'tts-unauthorised', false],
      [402, 'tts-refused', false],
      [429, 'tts-rate-limited', true],
      [503, 'tts-unreachable', true],
    ])('tells a refusal with %i apart', async (status, code, retryable) => {
      await fresh();
      fails({ kind: 'status', status });
      const { error } = await hear(say('Hello.'));
      expect(error).toMatchObject({ code, retryable, provider: voice.provider });
    });

    withVendor?.('tells that nobody is there', async () => {
      await fresh();
      fails({ kind: 'refuse' });
      expect((await hear(say('Hello.'))).error).toMatchObject({ code: 'tts-unreachable', retryable: true });
    });

    withVendor?.('gives up when no audio comes in the time that the reply has', async () => {
      fails({ kind: 'stall' });
      const { error, audioMs } = await hear(say('Hello.', { patienceMs: () => 200 }));
      expect(error).toMatchObject({ code: 'tts-stalled', retryable: true });
      expect(audioMs).toBe(0);
    });

    withVendor?.('gives up when the audio stops in mid-sentence, and has told the words before', async () => {
      fails({ kind: 'stall', afterMessages: 12 });
      const { error, audioMs, words } = await hear(say(TEXT, { patienceMs: () => 300 }));
      expect(error).toMatchObject({ code: 'tts-stalled' });
      expect(audioMs).toBeGreaterThan(0);
      expect(words.length).toBeGreaterThan(0);
    });

    withVendor?.('tells a loss in mid-sentence', async () => {
      fails({ kind: 'disconnect', afterMessages: 12 });
      const { error, audioMs } = await hear(say(TEXT));
      expect(error).toMatchObject({ code: 'tts-disconnected', retryable: true });
      expect(audioMs).toBeGreaterThan(0);
    });

    if (under.bareAudio !== true)
      withVendor?.('takes garbage for a failure', async () => {
        fails({ kind: 'malformed', afterMessages: 3 });
        expect((await hear(say(TEXT))).error).toMatchObject({ code: 'tts-bad-message', retryable: true });
      });

    withVendor?.('plays nothing twice that came twice', async () => {
      const { audioMs } = await hear(say(TEXT));
      fails({ kind: 'duplicate', afterMessages: 8 });
      const twice = await hear(say(TEXT));
      expect(twice.error).toBeUndefined();
      if (under.bareAudio !== true || under.vendor !== 'openai-tts') expect(twice.audioMs).toBe(audioMs);
    });

    withVendor?.('lives with a byte less than there should be', async () => {
      fails({ kind: 'wrong-audio-length' });
      expect(await hear(say(TEXT))).toMatchObject({ isDone: true, error: undefined });
    });

    it('speaks no more once it is closed', async () => {
      const closed = under.create(sandbox);
      await closed.close();
      await closed.close();
      const stream = closed.open({ language: 'en', signal: new AbortController().signal });
      stream.say('Hello.');
      expect((await hear(stream)).error).toMatchObject({ code: 'tts-unreachable', retryable: false });
    });

    /** A connection that is there already is refused nothing. */
    async function fresh(): Promise<void> {
      if (under.sharesConnection !== true) return;
      await voice.close();
      voice = under.create(sandbox);
    }
  });
}
