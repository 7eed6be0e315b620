/** One context of the Cartesia stand-in: text in pieces, audio out in order and at a pace. */
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { BYTES_PER_MS } from '../../telephony/index.ts';
import { type Speech, type SpokenWord, type Voice, VoiceError } from '../../tts/flite/index.ts';
import type { Delays } from '../delays.ts';

const CHUNK_MS = 100;
/** Audio after which a context without new input ends (vendor's docs: "Contexts"). */
const EXPIRY_MS = 1000;
/** Text that waits to be spoken is bounded; far more than any reply. */
const MAX_BUFFERED_CHARS = 5000;

/** What a context says; times are milliseconds since the context's first byte of audio. */
export type ContextEvent =
  | { type: 'audio'; audio: Uint8Array; flushId: number }
  | { type: 'words'; words: SpokenWord[] }
  | { type: 'flushed'; flushId: number }
  /** Always last, unless the context is cancelled or fails. */
  | { type: 'done' }
  | { type: 'failed'; status: number; message: string };

export interface ContextOptions {
  voice: Voice;
  voiceName: string;
  /** How long text may wait for the rest of its sentence. */
  maxBufferDelayMs: number;
  /** Whether it ends a second after its last audio. @defaultValue true */
  expires?: boolean;
  delays: Delays['cartesia'];
  /** Must not throw. */
  onEvent: (event: ContextEvent) => void;
}

/** Either text to speak or the point where a flush is acknowledged. */
type Job = { text: string } | { flush: true };

export class Context {
  readonly #options: ContextOptions;
  #buffer = '';
  #bufferTimer: NodeJS.Timeout | undefined;
  readonly #jobs: Job[] = [];
  #working = false;
  #inputEnded = false;
  #ended = false;
  #firstTextAt: number | undefined;
  #flushId = 1;
  #sentMs = 0;
  /** The last text spoken, which decides the pause before the next. */
  #spoken = '';
  /** Paces the audio. */
  #timer: NodeJS.Timeout | undefined;
  /** Runs while there is nothing to say. */
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  /** Audio or its end is still to come; false once `done`, cancelled or failed. */
  get open(): boolean {
    return !this.#ended;
  }

  /** Takes one input. `last`: no more will follow. */
  push(input: { transcript: string; flush: boolean; last: boolean }): void {
    clearTimeout(this.#expiry);
    if (input.transcript !== '') this.#firstTextAt ??= performance.now();
    this.#buffer += input.transcript;
    if (this.#buffer.length > MAX_BUFFERED_CHARS) {
      this.#fail(400, 'too much text is waiting to be spoken');
      return;
    }
    const { maxBufferDelayMs } = this.#options;
    if (input.last || input.flush || maxBufferDelayMs === 0 || /[.?!]\s*$/.test(this.#buffer))
      this.#release();
    else this.#bufferTimer ??= setTimeout(() => this.#release(), maxBufferDelayMs);
    if (input.flush) this.#jobs.push({ flush: true });
    this.#inputEnded ||= input.last;
    this.#next();
  }

  /** Nothing more is said, not even `done`. Idempotent. */
  cancel(): void {
    this.#ended = true;
    this.#jobs.length = 0;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    clearTimeout(this.#bufferTimer);
  }

  #release(): void {
    clearTimeout(this.#bufferTimer);
    this.#bufferTimer = undefined;
    if (this.#buffer.trim() !== '') this.#jobs.push({ text: this.#buffer });
    this.#buffer = '';
    this.#next();
  }

  #next(): void {
    if (this.#working || this.#ended) return;
    const job = this.#jobs.shift();
    if (job === undefined) {
      this.#rest();
      return;
    }
    if ('flush' in job) {
      this.#options.onEvent({ type: 'flushed', flushId: this.#flushId++ });
      this.#next();
      return;
    }
    this.#working = true;
    this.#options.voice.speak(job.text, this.#options.voiceName).then(
      (speech) => this.#play(job.text, speech),
      (error: unknown) => this.#failSpeaking(error),
    );
  }

  /** Nothing to say: that is the end, or may become it. */
  #rest(): void {
    if (this.#inputEnded) {
      this.#finish();
      return;
    }
    // A context that was never heard does not expire.
    const mayExpire = this.#options.expires !== false && this.#sentMs > 0 && this.#buffer === '';
    if (mayExpire) this.#expiry = setTimeout(() => this.#finish(), EXPIRY_MS);
  }

  #play(text: string, speech: Speech): void {
    if (this.#ended) return;
    const pauseMs = pauseAfter(this.#spoken);
    const audio = new Uint8Array(pauseMs * BYTES_PER_MS + speech.audio.length).fill(MULAW_SILENCE);
    audio.set(speech.audio, pauseMs * BYTES_PER_MS);
    this.#spoken = text;
    const shiftMs = this.#sentMs + pauseMs;
    const words = speech.words.map((word) => ({
      text: word.text,
      startMs: word.startMs + shiftMs,
      endMs: word.endMs + shiftMs,
    }));
    const waitMs =
      this.#sentMs > 0 ? 0 : (this.#firstTextAt ?? 0) + this.#options.delays.firstByteMs - performance.now();
    this.#timer = setTimeout(() => this.#send(audio, 0, words), Math.max(0, waitMs));
  }

  /** Sends the audio from this byte on, chunk by chunk; the words go with the first chunk. */
  #send(audio: Uint8Array, from: number, words: SpokenWord[]): void {
    const { onEvent, delays } = this.#options;
    const chunk = audio.subarray(from, from + CHUNK_MS * BYTES_PER_MS);
    if (chunk.length === 0) {
      this.#working = false;
      this.#next();
      return;
    }
    const chunkMs = chunk.length / BYTES_PER_MS;
    this.#sentMs += chunkMs;
    onEvent({ type: 'audio', audio: chunk, flushId: this.#flushId });
    if (from === 0 && words.length > 0) onEvent({ type: 'words', words });
    this.#timer = setTimeout(
      () => this.#send(audio, from + chunk.length, words),
      chunkMs / delays.realTimeFactor,
    );
  }

  #finish(): void {
    this.cancel();
    this.#options.onEvent({ type: 'done' });
  }

  #failSpeaking(error: unknown): void {
    const busy = error instanceof VoiceError && error.code === 'voice-busy';
    this.#fail(busy ? 429 : 500, error instanceof Error ? error.message : 'the voice failed');
  }

  #fail(status: number, message: string): void {
    if (this.#ended) return;
    this.cancel();
    this.#options.onEvent({ type: 'failed', status, message });
  }
}

/** Milliseconds of silence that a speaker leaves after this text; none before the first. */
function pauseAfter(text: string): number {
  if (/[.?!]["')\]]?\s*$/.test(text)) return 240;
  return /[,;:–—-]\s*$/.test(text) ? 120 : 0;
}
