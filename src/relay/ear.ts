/**
 * The ear of a relay: what the carrier has understood, as a recogniser tells it. There is no audio, so the only times
 * are those at which the carrier told.
 */
import { EventQueue } from '../async/event-queue.ts';
import type { SpeechToText, SttEvent, SttOptions, SttStream, SttWord } from '../stt/index.ts';
import { RELAY_PROVIDER } from './voice.ts';

/** More than a caller says between two turns of the event loop; what comes beyond it is dropped. */
const MOST_UNREAD = 200;
/** The silence after which the carrier holds an utterance to be over: its own default, as far as it shows. */
const CARRIER_WAITS_MS = 500;
/** About what a spoken word takes. */
const WORD_MS = 300;
/** How often it is told that the caller still speaks: sooner than anybody decides that it was a noise. */
const TELL_EVERY_MS = 250;
/** After the caller has stopped: their words come by then. */
const WORDS_COME_MS = 1500;
/** Whoever silenced the agent is heard of by then, where the carrier tells nothing before their last word. */
const INTERRUPTION_MS = 4000;
/** Nobody speaks for so long without a word; whatever it is, it is no reason to be silent. */
const LONGEST_MS = 10_000;

export class RelayEar implements SpeechToText {
  readonly provider = RELAY_PROVIDER;
  readonly #understand: (language: string) => void;
  #language: string;
  #stream: RelayEarStream | undefined;
  /** Told before there was a stream. */
  #early: SttEvent[] = [];
  #ticking: NodeJS.Timeout | undefined;
  #speaksUntilMs = 0;

  /** `understand`: has the carrier listen in another language than the one it began with. */
  constructor(language: string, understand: (language: string) => void) {
    this.#language = language;
    this.#understand = understand;
  }

  open({ language, signal }: SttOptions): SttStream {
    if (language !== this.#language) {
      this.#language = language;
      this.#understand(language);
    }
    const stream = new RelayEarStream(signal);
    this.#stream = stream;
    for (const event of this.#early.splice(0)) stream.tell(event);
    return stream;
  }

  async close(): Promise<void> {
    this.#stopTelling();
  }

  /**
   * The caller is speaking, and is held to until {@link said}, {@link pressed}, or {@link fellSilent} and a while.
   * `isSure`: told so, and not only that something silenced the agent.
   */
  speaks(isSure: boolean): void {
    const lengthMs = isSure ? LONGEST_MS : INTERRUPTION_MS;
    this.#speaksUntilMs = Math.max(this.#speaksUntilMs, performance.now() + lengthMs);
    this.#tell({ type: 'speech-started', atMs: this.#atMs });
    this.#ticking ??= setInterval(() => this.#goOnTelling(), TELL_EVERY_MS).unref();
  }

  /** It was a key that silenced the agent. */
  pressed(): void {
    this.#stopTelling();
  }

  fellSilent(): void {
    this.#speaksUntilMs = Math.min(this.#speaksUntilMs, performance.now() + WORDS_COME_MS);
  }

  /** A whole utterance; empty where the carrier understood nothing. */
  said(text: string): void {
    this.#stopTelling();
    const endMs = Math.max(0, this.#atMs - CARRIER_WAITS_MS);
    const spoken = text.trim().split(/\s+/).filter(Boolean);
    const words = spoken.map(
      (word, index): SttWord => ({
        text: word,
        startMs: Math.max(0, endMs - (spoken.length - index) * WORD_MS),
        endMs: Math.max(0, endMs - (spoken.length - index - 1) * WORD_MS),
        confidence: 1,
      }),
    );
    if (words.length > 0) this.#tell({ type: 'final', text: text.trim(), words, confidence: 1 });
    this.#tell({ type: 'turn-ended', speechEndMs: endMs });
  }

  get #atMs(): number {
    return this.#stream?.ageMs ?? 0;
  }

  #goOnTelling(): void {
    if (performance.now() < this.#speaksUntilMs) this.#tell({ type: 'speech-started', atMs: this.#atMs });
    else this.#stopTelling();
  }

  #stopTelling(): void {
    this.#speaksUntilMs = 0;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #tell(event: SttEvent): void {
    if (this.#stream?.isOpen === true) this.#stream.tell(event);
    else if (this.#early.length < MOST_UNREAD) this.#early.push(event);
  }
}

class RelayEarStream implements SttStream {
  readonly #events = new EventQueue<SttEvent>({ capacity: MOST_UNREAD, onAbandoned: () => this.close() });
  readonly #signal: AbortSignal;
  readonly #openedAtMs = performance.now();
  readonly #onAbort = (): void => this.close();
  #isMuted = false;
  isOpen = true;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ageMs(): number {
    return performance.now() - this.#openedAtMs;
  }

  tell(event: SttEvent): void {
    if (!this.#isMuted) this.#events.push(event);
  }

  write(): void {}

  finalize(): void {}

  /** The carrier hears all the same; nobody here is told. */
  mute(muted: boolean): void {
    this.#isMuted = muted;
  }

  close(): void {
    this.isOpen = false;
    this.#events.end();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent> {
    return this.#events[Symbol.asyncIterator]();
  }
}
