/**
 * The voice of last resort: speech made in this process, so that something is heard when no vendor can be reached.
 * Plain, and English only.
 */
import { EventQueue } from '../async/event-queue.ts';
import { type TextToSpeech, TtsError, type TtsEvent, type TtsOptions, type TtsStream } from './index.ts';

/** Whatever turns a text into μ-law with word times. */
export interface Synthesiser {
  speak(text: string): Promise<{
    audio: Uint8Array;
    words: readonly { text: string; startMs: number; endMs: number }[];
  }>;
  close(): Promise<void>;
}

const PROVIDER = 'in-process';
const BYTES_PER_MS = 8;
/** Events of one reply that nobody has read: a reply has a few hundred words. */
const MOST_UNREAD = 5000;

/** Closing it closes the synthesiser. */
export function createInProcessVoice(synthesiser: Synthesiser): TextToSpeech {
  return {
    provider: PROVIDER,
    open: (options) => new InProcessStream(synthesiser, options),
    warm: async () => {},
    close: () => synthesiser.close(),
  };
}

class InProcessStream implements TtsStream {
  readonly #synthesiser: Synthesiser;
  readonly #signal: AbortSignal;
  readonly #events = new EventQueue<TtsEvent>({ capacity: MOST_UNREAD, onAbandoned: () => this.cancel() });
  readonly #onAbort = (): void => this.cancel();
  #spokenMs = 0;
  #over = false;
  #ended = false;
  #speaking: Promise<void> = Promise.resolve();

  constructor(synthesiser: Synthesiser, { signal }: TtsOptions) {
    this.#synthesiser = synthesiser;
    this.#signal = signal;
    if (signal.aborted) this.cancel();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  say(text: string): void {
    if (!this.#over && !this.#ended) this.#speaking = this.#speaking.then(() => this.#speak(text));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#speaking.then(() => {
      if (this.#over) return;
      this.#events.push({ type: 'done' });
      this.#events.end();
      this.#release();
    });
  }

  cancel(): void {
    if (this.#over) return;
    this.#events.discard();
    this.#release();
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  async #speak(text: string): Promise<void> {
    if (this.#over || text.trim() === '') return;
    try {
      const { audio, words } = await this.#synthesiser.speak(text);
      if (this.#over) return;
      for (const word of words) {
        const startMs = this.#spokenMs + word.startMs;
        this.#events.push({ type: 'word', text: word.text, startMs, endMs: this.#spokenMs + word.endMs });
      }
      this.#events.push({ type: 'audio', audio });
      this.#spokenMs += audio.length / BYTES_PER_MS;
    } catch (cause) {
      this.#events.fail(
        new TtsError('tts-refused', PROVIDER, 'cannot speak this', { retryable: false, cause }),
      );
      this.#release();
    }
  }

  #release(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
