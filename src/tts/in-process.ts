/**
 * Voices made in this process, so that something is heard when no vendor can be reached: whatever turns a text into sound
 * here becomes a voice like any vendor's.
 */
import { EventQueue } from '../async/event-queue.ts';
import { type TextToSpeech, TtsError, type TtsEvent, type TtsOptions, type TtsStream } from './index.ts';

/** What comes of a text. Times are milliseconds since the first byte of the text's audio. */
export type SpokenPiece = Exclude<TtsEvent, { type: 'done' }>;

/** How a text is to be spoken. */
export interface Manner {
  /** BCP 47. */
  language: string;
  /** 1 is the voice's own pace. */
  speed: number;
  /** Nobody listens any more: the rest need not be made. */
  signal: AbortSignal;
}

/** Whatever turns a text into 8 kHz μ-law with word times, off the event loop. */
export interface Synthesiser {
  /** For logs, metrics and records. */
  readonly provider: string;
  /** Whether it has this language (BCP 47). */
  speaks(language: string): boolean;
  /** Speaks a text, in pieces as they are made. The iteration throws where it cannot be spoken. */
  speak(text: string, manner: Manner): AsyncIterable<SpokenPiece>;
  /** Gets ready ahead of the first text. Failing is not an error: the first text then tells. */
  warm?(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

const BYTES_PER_MS = 8;
/** Events of one reply that nobody has read: minutes of it. */
const MOST_UNREAD = 10_000;

/** Closing it closes the synthesiser. */
export function createInProcessVoice(synthesiser: Synthesiser): TextToSpeech {
  let isClosed = false;
  return {
    provider: synthesiser.provider,
    speaks: (language) => synthesiser.speaks(language),
    open: (options) => new InProcessStream(synthesiser, options, () => isClosed),
    warm: async () => synthesiser.warm?.(),
    close: async () => {
      isClosed = true;
      await synthesiser.close();
    },
  };
}

class InProcessStream implements TtsStream {
  readonly #synthesiser: Synthesiser;
  readonly #options: TtsOptions;
  readonly #isClosed: () => boolean;
  readonly #abort = new AbortController();
  readonly #events = new EventQueue<TtsEvent>({ capacity: MOST_UNREAD, onAbandoned: () => this.cancel() });
  readonly #onAbort = (): void => this.cancel();
  #spokenMs = 0;
  #over = false;
  #ended = false;
  #speaking: Promise<void> = Promise.resolve();

  constructor(synthesiser: Synthesiser, options: TtsOptions, isClosed: () => boolean) {
    this.#synthesiser = synthesiser;
    this.#options = options;
    this.#isClosed = isClosed;
    if (options.signal.aborted) this.cancel();
    else options.signal.addEventListener('abort', this.#onAbort, { once: true });
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
    const { language, speed = 1 } = this.#options;
    const fromMs = this.#spokenMs;
    try {
      const manner = { language, speed, signal: this.#abort.signal };
      for await (const piece of this.#synthesiser.speak(text, manner)) {
        if (this.#over) return;
        if (piece.type === 'audio') this.#spokenMs += piece.audio.length / BYTES_PER_MS;
        const event =
          piece.type === 'audio'
            ? piece
            : { ...piece, startMs: fromMs + piece.startMs, endMs: fromMs + piece.endMs };
        if (!this.#events.push(event)) throw new Error('nobody reads the audio');
      }
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #fail(cause: unknown): void {
    if (this.#over) return;
    const { provider } = this.#synthesiser;
    this.#events.fail(
      this.#isClosed()
        ? new TtsError('tts-unreachable', provider, 'the voice is closed', { retryable: false, cause })
        : new TtsError('tts-refused', provider, 'cannot speak this', { retryable: false, cause }),
    );
    this.#release();
  }

  #release(): void {
    this.#over = true;
    this.#abort.abort();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}
