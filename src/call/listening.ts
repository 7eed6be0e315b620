/**
 * The ear of one call: keeps a recogniser stream open, another one where other options are asked for, and turns what it
 * says into events with the call's own times. That one recogniser takes the place of another is the stream's own affair
 * (`stt/fallback.ts`).
 */
import type { SpeechToText, SttEvent, SttOptions, SttStream } from '../stt/index.ts';
import { SttError } from '../stt/index.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';

export interface ListeningOptions {
  recogniser: SpeechToText;
  options: Omit<SttOptions, 'signal'>;
  signal: AbortSignal;
  /** `toCallMs` turns the event's stream times into the call's. */
  onEvent(event: SttEvent, toCallMs: (streamMs: number) => number): void;
}

/** Frames of a quiet line go out by the half dozen, 100 ms: a write for each would be a fifth of the service's work. */
const QUIET_FRAMES = 5;
/** Frames that are so far from where the audio ended begin after a hole. */
const HOLE_MS = 60;
/** A line with more holes than this has none that matter any more: the earliest are forgotten. */
const MOST_HOLES = 1000;

export class Listening {
  readonly #options: ListeningOptions;
  #stream: SttStream | undefined;
  #writtenMs = 0;
  /** Of the stream. */
  #streamMs = 0;
  /** From `streamMs` on the call's time is ahead of the stream's by `byMs`. */
  #ahead: { streamMs: number; byMs: number }[] = [];
  /** Of a quiet line, not yet sent. */
  #waiting: Uint8Array[] = [];
  #muted = false;
  #recognition: Omit<SttOptions, 'signal'>;
  /** The stream was closed for another to be opened with other options. */
  #reopening = false;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#recognition = options.options;
  }

  /** Milliseconds of audio given to recognisers. */
  get recognisedMs(): number {
    return this.#writtenMs;
  }

  /** While muted nothing is sent to the vendor, whichever stream is open. */
  mute(muted: boolean): void {
    this.#muted = muted;
    this.#stream?.mute(muted);
  }

  /** Goes on with a stream of other options. What was said so far was said to the one before. */
  reopen(options: Omit<SttOptions, 'signal'>): void {
    this.#recognition = options;
    if (this.#stream === undefined) return;
    this.#reopening = true;
    this.#stream.close();
  }

  /** `atMs`: when the frame began, in the call's time. `isQuiet`: nothing was heard for long, so it is in no hurry. */
  write(frame: Uint8Array, atMs: number, isQuiet: boolean): void {
    this.#writtenMs += frame.length / BYTES_PER_MS;
    if (this.#stream === undefined) return;
    this.#follow(atMs);
    this.#streamMs += frame.length / BYTES_PER_MS;
    this.#waiting.push(frame);
    if (isQuiet && this.#waiting.length < QUIET_FRAMES) return;
    this.#stream.write(this.#waiting.length === 1 ? frame : Buffer.concat(this.#waiting));
    this.#waiting = [];
  }

  /** Listens until the signal aborts, or nothing ever will be heard again: then only keys are left. Never rejects. */
  async run(): Promise<void> {
    const { signal, onEvent, recogniser } = this.#options;
    const { provider } = recogniser;
    do {
      this.#reopening = false;
      try {
        await this.#listen();
      } catch (error) {
        const code = error instanceof SttError ? error.code : 'stt-failed';
        onEvent({ type: 'provider-failed', provider, code }, (ms) => ms);
        onEvent({ type: 'provider-switched', from: provider }, (ms) => ms);
      } finally {
        this.#stream?.close();
        this.#stream = undefined;
      }
    } while (this.#reopening && !signal.aborted);
  }

  async #listen(): Promise<void> {
    const { recogniser, signal, onEvent } = this.#options;
    const stream = recogniser.open({ ...this.#recognition, signal });
    this.#stream = stream;
    this.#streamMs = 0;
    this.#ahead = [];
    this.#waiting = [];
    stream.mute(this.#muted);
    for await (const event of stream) onEvent(event, (streamMs) => this.#toCallMs(streamMs));
  }

  #follow(atMs: number): void {
    const byMs = atMs - this.#streamMs;
    const last = this.#ahead.at(-1);
    if (last !== undefined && Math.abs(byMs - last.byMs) <= HOLE_MS) return;
    this.#ahead.push({ streamMs: this.#streamMs, byMs });
    if (this.#ahead.length > MOST_HOLES) this.#ahead.shift();
  }

  #toCallMs(streamMs: number): number {
    const ahead = this.#ahead.findLast((entry) => entry.streamMs <= streamMs) ?? this.#ahead[0];
    return streamMs + (ahead?.byMs ?? 0);
  }
}
