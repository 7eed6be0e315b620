import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpeechWatch } from './speech-watch.ts';
import type { SpeechToText, SttEvent } from './stt/index.ts';
import { SttError } from './stt/index.ts';
import { type TextToSpeech, TtsError, type TtsEvent } from './tts/index.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Vendors that work, or do not, as they are told. */
function setUp() {
  const works = { stt: true, tts: true };
  const opened = { stt: 0, tts: 0 };
  const retryable = { stt: true };
  async function* hear(): AsyncGenerator<SttEvent, undefined> {
    if (!works.stt) throw new SttError('stt-unreachable', 'deepgram', 'gone', { retryable: retryable.stt });
    yield { type: 'speech-started', atMs: 0 };
  }
  async function* speak(): AsyncGenerator<TtsEvent, undefined> {
    if (!works.tts) throw new TtsError('tts-unreachable', 'cartesia', 'gone', { retryable: true });
    yield { type: 'audio', audio: new Uint8Array(160) };
    yield { type: 'done' };
  }
  async function* sound(): AsyncGenerator<TtsEvent, undefined> {
    yield { type: 'audio', audio: new Uint8Array(1600) };
  }
  const recogniser: SpeechToText = {
    provider: 'deepgram',
    close: async () => {},
    open: () => {
      opened.stt++;
      const events = hear();
      return {
        write: () => {},
        finalize: () => {},
        mute: () => {},
        close: () => {},
        [Symbol.asyncIterator]: () => events,
      };
    },
  };
  const voice: TextToSpeech = {
    provider: 'cartesia',
    warm: async () => {},
    close: async () => {},
    open: () => {
      opened.tts++;
      const events = speak();
      return { say: () => {}, end: () => {}, cancel: () => {}, [Symbol.asyncIterator]: () => events };
    },
  };
  const sample = {
    ...voice,
    open: () => ({ say: () => {}, end: () => {}, cancel: () => {}, [Symbol.asyncIterator]: sound }),
  };
  const watch = new SpeechWatch({
    recogniser,
    voice,
    sample,
    logger: pino({ level: 'silent' }),
    probeEveryMs: 1000,
  });
  const changes: boolean[] = [];
  watch.onChange(() => changes.push(watch.isDown));
  const signal = new AbortController().signal;
  /** A call listens, or speaks, once. */
  const use = async (stage: 'stt' | 'tts'): Promise<void> => {
    const stream =
      stage === 'stt'
        ? watch.recogniser.open({ language: 'en-US', signal })
        : watch.voice.open({ language: 'en-US', signal });
    try {
      for await (const _ of stream);
    } catch {}
  };
  return { watch, works, retryable, opened, changes, use };
}

describe('the watch over speech', () => {
  it.each(['stt', 'tts'] as const)(
    'calls %s down after two failures in a row, and up when a trial works',
    async (stage) => {
      const { watch, works, changes, use, opened } = setUp();
      works[stage] = false;
      await use(stage);
      works[stage] = true;
      await use(stage);
      works[stage] = false;
      await use(stage);
      expect(watch.isDown).toBe(false);
      await use(stage);
      expect(changes).toEqual([true]);
      const before = opened[stage];
      await vi.advanceTimersByTimeAsync(3500);
      expect(opened[stage]).toBe(before + 3);
      expect(watch.isDown).toBe(true);
      works[stage] = true;
      await vi.advanceTimersByTimeAsync(1100);
      expect(changes).toEqual([true, false]);
      const after = opened[stage];
      await vi.advanceTimersByTimeAsync(10_000);
      expect(opened[stage]).toBe(after);
      watch.close();
    },
  );

  it('tries once more at once where the call does not', async () => {
    const { watch, works, retryable, use } = setUp();
    works.stt = false;
    retryable.stt = false;
    await use('stt');
    await vi.advanceTimersByTimeAsync(10);
    expect(watch.isDown).toBe(true);
    watch.close();
  });

  it('leaves no timer behind', async () => {
    const { watch, works, use } = setUp();
    works.tts = false;
    await use('tts');
    await use('tts');
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
