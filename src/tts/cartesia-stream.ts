/** One reply spoken by Cartesia. Normally one context; see {@link CartesiaStream} for when there are more. */
import { randomUUID } from 'node:crypto';
import type { GenerationRequest } from '@cartesia/cartesia-js/resources/tts.js';
import { EventQueue } from '../async/event-queue.ts';
import type { CartesiaConnection, ContextOwner } from './cartesia-connection.ts';
import { type CartesiaMessage, PROVIDER, statusError } from './cartesia-messages.ts';
import { TtsError, type TtsEvent, type TtsStream } from './index.ts';

/** μ-law at 8 kHz. */
const BYTES_PER_MS = 8;
/** Minutes of speech in Cartesia's usual pieces, which is more than any reply has: nobody is reading. */
const MAX_UNREAD_EVENTS = 10_000;
/** Text that cannot be spoken (an ellipsis, a dash) owes no audio. */
const SPEAKABLE = /[\p{L}\p{N}]/u;

export interface CartesiaStreamOptions {
  /** What every request of this reply says; the vendor wants it unchanged within a context. */
  request: Omit<GenerationRequest, 'context_id' | 'transcript' | 'continue'>;
  signal: AbortSignal;
  firstByteTimeoutMs: number;
  /** A connection that takes new contexts. Throws TtsError when there can be none. */
  connection: () => CartesiaConnection;
}

interface Context {
  id: string;
  connection: CartesiaConnection;
  /** Where its audio begins in the stream's. */
  offsetMs: number;
}

/**
 * The vendor ends a context one second after its last audio, and takes no more text for it. A reply that pauses longer
 * (the model waits for a tool) therefore goes on in a new context, whose times are shifted to follow the audio so far.
 * Text that crossed the vendor's `done` on the wire, so that no audio came of it, is said again there, once.
 */
export class CartesiaStream implements TtsStream, ContextOwner {
  readonly #options: CartesiaStreamOptions;
  readonly #events = new EventQueue<TtsEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.cancel(),
  });
  readonly #onAbort = () => this.cancel();
  #context: Context | undefined;
  #ended = false;
  #finished = false;
  /** White space that waits for a word: alone it is nothing to speak. */
  #leadingSpace = '';
  /** Said since the last audio came. */
  #unheard = '';
  #repeated = false;
  #audioBytes = 0;
  #stall: NodeJS.Timeout | undefined;
  #stallArmedAtMs = 0;

  constructor(options: CartesiaStreamOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.cancel();
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  say(text: string): void {
    if (this.#finished || this.#ended) return;
    const speech = this.#leadingSpace + text;
    const blank = speech.trim() === '';
    this.#leadingSpace = blank ? speech : '';
    if (!blank) this.#push(speech);
  }

  end(): void {
    if (this.#finished || this.#ended) return;
    this.#ended = true;
    if (this.#context === undefined) this.#complete();
    else this.#pushEnd(this.#context);
  }

  cancel(): void {
    if (this.#finished) return;
    this.#finish();
    this.#events.discard();
  }

  onMessage(message: CartesiaMessage): void {
    switch (message.type) {
      case 'chunk':
        this.#hear(Buffer.from(message.data, 'base64'));
        return;
      case 'timestamps':
        this.#place(message.word_timestamps);
        return;
      case 'done':
        this.#contextDone();
        return;
      case 'error': {
        const reason = message.message ?? message.title ?? message.error_code ?? 'an error without a reason';
        this.#context?.connection.forget(this.#context.id);
        this.#context = undefined;
        this.onFailure(statusError(message.status_code ?? 500, reason));
        return;
      }
    }
  }

  onFailure(error: TtsError): void {
    if (this.#finished) return;
    this.#finish();
    this.#events.fail(error);
  }

  #push(text: string): void {
    try {
      this.#context ??= this.#begin();
    } catch (error) {
      if (!(error instanceof TtsError)) throw error;
      this.onFailure(error);
      return;
    }
    const { connection, id } = this.#context;
    connection.request({ ...this.#options.request, context_id: id, transcript: text, continue: true });
    this.#unheard += text;
    if (SPEAKABLE.test(text)) this.#expectAudio();
  }

  #pushEnd({ connection, id }: Context): void {
    connection.request({ ...this.#options.request, context_id: id, transcript: '', continue: false });
    this.#expectAudio();
  }

  #begin(): Context {
    const connection = this.#options.connection();
    const context = { id: randomUUID(), connection, offsetMs: this.#audioBytes / BYTES_PER_MS };
    connection.begin(context.id, this);
    return context;
  }

  #hear(audio: Uint8Array): void {
    if (audio.byteLength === 0) return;
    this.#audioBytes += audio.byteLength;
    this.#unheard = '';
    this.#repeated = false;
    // Before the end nothing more is owed now; after it, `done` is.
    if (this.#ended) this.#expectAudio();
    else this.#expectNothing();
    this.#emit({ type: 'audio', audio });
  }

  #place({ words, start, end }: { words: string[]; start: number[]; end: number[] }): void {
    const offsetMs = this.#context?.offsetMs ?? 0;
    for (const [index, text] of words.entries()) {
      // The lists are of one length: the schema checks it.
      const startMs = offsetMs + (start[index] ?? 0) * 1000;
      const endMs = offsetMs + (end[index] ?? 0) * 1000;
      this.#emit({ type: 'word', text, startMs, endMs });
    }
  }

  #contextDone(): void {
    const context = this.#context;
    if (context === undefined) return;
    this.#expectNothing();
    this.#context = undefined;
    if (!this.#repeated && SPEAKABLE.test(this.#unheard)) {
      context.connection.cancel(context.id);
      this.#repeat();
      return;
    }
    context.connection.forget(context.id);
    if (this.#ended) this.#complete();
  }

  #repeat(): void {
    const text = this.#unheard;
    this.#unheard = '';
    this.#repeated = true;
    this.#push(text);
    if (this.#ended && this.#context !== undefined) this.#pushEnd(this.#context);
  }

  #complete(): void {
    this.#emit({ type: 'done' });
    this.#finish();
    this.#events.end();
  }

  #emit(event: TtsEvent): void {
    if (this.#events.push(event)) return;
    this.onFailure(new TtsError('tts-stalled', PROVIDER, 'nobody reads the audio', { retryable: false }));
  }

  #expectAudio(): void {
    this.#stallArmedAtMs = performance.now();
    if (this.#stall === undefined) {
      this.#stall = setTimeout(() => this.#stalled(), this.#options.firstByteTimeoutMs);
    } else {
      this.#stall.refresh();
    }
  }

  #expectNothing(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #stalled(): void {
    const connection = this.#context?.connection;
    // Not a word for anybody: the connection may be dead, so the next reply should not share it.
    if (connection !== undefined && connection.lastMessageAtMs < this.#stallArmedAtMs) connection.retire();
    const waitedMs = this.#options.firstByteTimeoutMs;
    this.onFailure(new TtsError('tts-stalled', PROVIDER, `no audio for ${waitedMs} ms`, { retryable: true }));
  }

  #finish(): void {
    this.#finished = true;
    this.#expectNothing();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#context?.connection.cancel(this.#context.id);
    this.#context = undefined;
  }
}
