/**
 * What every voice's stream gives back, whoever the vendor is: its events, its end, and the watch over audio that does
 * not come. An adapter puts in what it hears from the vendor.
 */
import { EventQueue } from '../async/event-queue.ts';
import { TtsError, type TtsEvent, type TtsOptions } from './index.ts';

/** μ-law at 8 kHz. */
const BYTES_PER_MS = 8;
/** Minutes of speech in the smallest pieces that vendors send, which is more than any reply has: nobody is reading. */
const MOST_UNREAD_EVENTS = 10_000;
/** Text that cannot be spoken (an ellipsis, a dash) owes no audio. */
const SPEAKABLE = /[\p{L}\p{N}]/u;
/** From here on two pieces of speech that are byte for byte alike are one that came twice: 20 ms. */
const LEAST_TWIN_BYTES = 160;

export interface StreamOutputOptions {
  provider: string;
  signal: AbortSignal;
  /** How long owed audio is waited for. */
  patienceMs: () => number;
  /** It is over: lets go of the vendor. Called once, with what ended it. */
  release(end: 'done' | 'cancelled' | TtsError): void;
}

/** How long a stream waits for audio: what its owner says, else the adapter's own. */
export function patienceOf({ patienceMs }: TtsOptions, defaultMs: number): () => number {
  return patienceMs ?? (() => defaultMs);
}

/** Whether there is anything in it to be spoken. */
export function isSpeakable(text: string): boolean {
  return SPEAKABLE.test(text);
}

/** The events of one stream. Iterate it once. Nothing of it is left after its end: no timer, no listener. */
export class StreamOutput implements AsyncIterable<TtsEvent, undefined> {
  readonly #options: StreamOutputOptions;
  readonly #events = new EventQueue<TtsEvent>({
    capacity: MOST_UNREAD_EVENTS,
    onAbandoned: () => this.cancel(),
  });
  readonly #onAbort = (): void => this.cancel();
  #isOver = false;
  #audioBytes = 0;
  #last: Uint8Array = new Uint8Array();
  #lastWord = { text: '', startMs: Number.NEGATIVE_INFINITY };
  #stall: NodeJS.Timeout | undefined;

  constructor(options: StreamOutputOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Of audio so far. */
  get audioMs(): number {
    return this.#audioBytes / BYTES_PER_MS;
  }

  [Symbol.asyncIterator](): AsyncIterator<TtsEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  /** μ-law from the vendor. A piece that came before, byte for byte, was sent twice and is left out. */
  audio(audio: Uint8Array): void {
    if (audio.byteLength === 0 || this.#isTwin(audio)) return;
    this.#last = audio;
    this.#audioBytes += audio.byteLength;
    this.#emit({ type: 'audio', audio });
  }

  /** Where a word lies. What is told twice, or out of its order, is left out. */
  word(text: string, startMs: number, endMs: number): void {
    const { startMs: lastMs, text: lastText } = this.#lastWord;
    const isNext = startMs > lastMs || (startMs === lastMs && text !== lastText);
    if (!isNext || !(endMs >= startMs)) return;
    this.#lastWord = { text, startMs };
    this.#emit({ type: 'word', text, startMs, endMs });
  }

  /** Audio is owed from now on. */
  expectAudio(): void {
    clearTimeout(this.#stall);
    if (this.#isOver) return;
    const waitMs = this.#options.patienceMs();
    this.#stall = setTimeout(
      () => this.fail('tts-stalled', `no audio for ${Math.round(waitMs)} ms`, { retryable: true }),
      waitMs,
    );
  }

  expectNothing(): void {
    clearTimeout(this.#stall);
  }

  /** All was spoken. */
  complete(): void {
    if (this.#isOver) return;
    this.#emit({ type: 'done' });
    this.#end('done');
    this.#events.end();
  }

  fail(code: TtsError['code'], message: string, options: { retryable: boolean; cause?: unknown }): void {
    this.failWith(new TtsError(code, this.#options.provider, message, options));
  }

  failWith(error: TtsError): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#events.fail(error);
  }

  /** Nothing more is heard of it. Idempotent. */
  cancel(): void {
    if (this.#isOver) return;
    this.#end('cancelled');
    this.#events.discard();
  }

  #end(end: 'done' | 'cancelled' | TtsError): void {
    this.#isOver = true;
    clearTimeout(this.#stall);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#options.release(end);
  }

  #emit(event: TtsEvent): void {
    if (this.#isOver || this.#events.push(event)) return;
    this.fail('tts-stalled', 'nobody reads the audio', { retryable: false });
  }

  /** Speech never repeats itself to the byte; silence does. */
  #isTwin(audio: Uint8Array): boolean {
    const last = this.#last;
    if (audio.byteLength < LEAST_TWIN_BYTES || audio.byteLength !== last.byteLength) return false;
    return audio.some((byte) => byte !== audio[0]) && Buffer.compare(audio, last) === 0;
  }
}
