/** One reply spoken by Cartesia. Normally one context; see {@link CartesiaStream} for when there are more. */
import { randomUUID } from 'node:crypto';
import type { GenerationRequest } from '@cartesia/cartesia-js/resources/tts.js';
import type { CartesiaConnection, ContextOwner } from './cartesia-connection.ts';
import { type CartesiaMessage, PROVIDER } from './cartesia-messages.ts';
import { statusError } from './http-status.ts';
import { TtsError, type TtsEvent, type TtsStream } from './index.ts';
import { isSpeakable, StreamOutput } from './stream-output.ts';

export interface CartesiaStreamOptions {
  /** What every request of this reply says; the vendor wants it unchanged within a context. */
  request: Omit<GenerationRequest, 'context_id' | 'transcript' | 'continue'>;
  signal: AbortSignal;
  patienceMs: () => number;
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
  readonly #output: StreamOutput;
  #context: Context | undefined;
  #ended = false;
  /** White space that waits for a word: alone it is nothing to speak. */
  #leadingSpace = '';
  /** Said since the last audio came. */
  #unheard = '';
  #repeated = false;
  /** The end of the last word that the vendor told of: audio up to there is owed. */
  #toldMs = 0;
  #owedSinceMs = 0;

  constructor(options: CartesiaStreamOptions) {
    this.#options = options;
    const { signal, patienceMs } = options;
    this.#output = new StreamOutput({
      provider: PROVIDER,
      signal,
      patienceMs,
      release: (end) => this.#release(end),
    });
    if (signal.aborted) this.cancel();
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent, undefined> {
    return this.#output[Symbol.asyncIterator]();
  }

  say(text: string): void {
    if (this.#output.isOver || this.#ended) return;
    const speech = this.#leadingSpace + text;
    const blank = speech.trim() === '';
    this.#leadingSpace = blank ? speech : '';
    if (!blank) this.#push(speech);
  }

  end(): void {
    if (this.#output.isOver || this.#ended) return;
    this.#ended = true;
    if (this.#context === undefined) this.#output.complete();
    else this.#pushEnd(this.#context);
  }

  cancel(): void {
    this.#output.cancel();
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
        this.onFailure(statusError(PROVIDER, message.status_code ?? 500, reason));
        return;
      }
    }
  }

  onFailure(error: TtsError): void {
    this.#output.failWith(error);
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
    if (isSpeakable(text)) this.#expectAudio();
  }

  #pushEnd({ connection, id }: Context): void {
    connection.request({ ...this.#options.request, context_id: id, transcript: '', continue: false });
    this.#expectAudio();
  }

  #begin(): Context {
    const connection = this.#options.connection();
    const context = { id: randomUUID(), connection, offsetMs: this.#output.audioMs };
    connection.begin(context.id, this);
    return context;
  }

  #hear(audio: Uint8Array): void {
    if (audio.byteLength === 0) return;
    this.#unheard = '';
    this.#repeated = false;
    this.#output.audio(audio);
    // Before the end no more is owed than the words it has told of; after it, `done` is.
    if (this.#ended || this.#toldMs > this.#output.audioMs) this.#expectAudio();
    else this.#output.expectNothing();
  }

  #place({ words, start, end }: { words: string[]; start: number[]; end: number[] }): void {
    const offsetMs = this.#context?.offsetMs ?? 0;
    for (const [index, text] of words.entries()) {
      // The lists are of one length: the schema checks it.
      const startMs = offsetMs + (start[index] ?? 0) * 1000;
      const endMs = offsetMs + (end[index] ?? 0) * 1000;
      this.#output.word(text, startMs, endMs);
      this.#toldMs = Math.max(this.#toldMs, endMs);
    }
    if (this.#toldMs > this.#output.audioMs) this.#expectAudio();
  }

  #contextDone(): void {
    const context = this.#context;
    if (context === undefined) return;
    this.#output.expectNothing();
    this.#context = undefined;
    if (isSpeakable(this.#unheard)) {
      context.connection.cancel(context.id);
      if (!this.#repeated) return this.#repeat();
      return this.#output.fail('tts-no-audio', 'a text was spoken without audio', { retryable: true });
    }
    context.connection.forget(context.id);
    // Words that it told of and did not send are left to whoever reads: a breath at the end is no reason to say them again.
    if (this.#ended) this.#output.complete();
  }

  #repeat(): void {
    const text = this.#unheard;
    this.#unheard = '';
    this.#repeated = true;
    this.#push(text);
    if (this.#ended && this.#context !== undefined) this.#pushEnd(this.#context);
  }

  #expectAudio(): void {
    this.#owedSinceMs = performance.now();
    this.#output.expectAudio();
  }

  #release(end: 'done' | 'cancelled' | TtsError): void {
    const context = this.#context;
    this.#context = undefined;
    if (context === undefined) return;
    const { connection, id } = context;
    connection.cancel(id);
    // Not a word for anybody: the connection may be dead, so the next reply should not share it.
    const hasStalled = end instanceof TtsError && end.code === 'tts-stalled';
    if (hasStalled && connection.lastMessageAtMs < this.#owedSinceMs) connection.retire();
  }
}
