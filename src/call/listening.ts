/**
 * The ear of one call: keeps a recogniser stream open, opens another when one dies, and turns what it says into events
 * with the call's own times.
 */
import type { SpeechToText, SttEvent, SttOptions, SttStream } from '../stt/index.ts';
import { SttError } from '../stt/index.ts';
import { BYTES_PER_MS } from '../telephony/index.ts';
import { KeptAudio } from './kept-audio.ts';

export interface ListeningOptions {
  recogniser: SpeechToText;
  options: Omit<SttOptions, 'signal'>;
  signal: AbortSignal;
  nowMs(): number;
  /** `toCallMs` turns the event's stream times into the call's. */
  onEvent(event: SttEvent, toCallMs: (streamMs: number) => number): void;
  onTrouble(code: string, provider: string): void;
}

/** Waits between streams: the first dropped socket is nothing unusual, further ones are. The last wait repeats. */
const RECONNECT_AFTER_MS = [0, 250, 500, 1000, 2000] as const;
const LONGEST_WAIT_MS = 4000;
/** A stream that lived this long had worked, so the waits begin anew. */
const HEALTHY_AFTER_MS = 10_000;
/** Audio kept for the next recogniser, should this one die: longer than an utterance, and than most reconnects. */
const KEPT_MS = 10_000;
/** Frames of a quiet line go out by the half dozen, 100 ms: a write for each would be a fifth of the service's work. */
const QUIET_FRAMES = 5;

export class Listening {
  readonly #options: ListeningOptions;
  #stream: SttStream | undefined;
  #writtenMs = 0;
  /** What no final has covered yet. */
  readonly #kept = new KeptAudio(KEPT_MS);
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
    this.#kept.covered(Number.POSITIVE_INFINITY);
    if (this.#stream === undefined) return;
    this.#reopening = true;
    this.#stream.close();
  }

  /** `atMs`: when the frame began, in the call's time. `isQuiet`: nothing was heard for long, so it is in no hurry. */
  write(frame: Uint8Array, atMs: number, isQuiet: boolean): void {
    this.#writtenMs += frame.length / BYTES_PER_MS;
    this.#kept.push(frame, atMs);
    if (this.#stream === undefined) return;
    this.#waiting.push(frame);
    if (isQuiet && this.#waiting.length < QUIET_FRAMES) return;
    this.#stream.write(this.#waiting.length === 1 ? frame : Buffer.concat(this.#waiting));
    this.#waiting = [];
  }

  /** Listens until the signal aborts, or the vendor says that trying again is no use: then only keys are left. */
  async run(): Promise<void> {
    const { signal, onTrouble, recogniser, nowMs } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      await pause(RECONNECT_AFTER_MS[failures] ?? LONGEST_WAIT_MS, signal);
      if (signal.aborted) return;
      const openedMs = nowMs();
      try {
        await this.#listen(openedMs);
      } catch (error) {
        onTrouble(error instanceof SttError ? error.code : 'stt-failed', recogniser.provider);
        if (error instanceof SttError && !error.retryable) return;
        if (nowMs() - openedMs > HEALTHY_AFTER_MS) failures = 0;
      } finally {
        this.#stream?.close();
        this.#stream = undefined;
      }
      // Asked for, so nothing failed.
      if (this.#reopening) failures = -1;
      this.#reopening = false;
    }
  }

  /** A new stream first hears what its predecessor left without a final. */
  async #listen(openedMs: number): Promise<void> {
    const { recogniser, signal, onEvent } = this.#options;
    const beganMs = this.#kept.beganMs ?? openedMs;
    const toCallMs = (streamMs: number): number => beganMs + streamMs;
    this.#stream = recogniser.open({ ...this.#recognition, signal });
    this.#stream.mute(this.#muted);
    this.#waiting = [];
    for (const audio of this.#kept.audio()) this.#stream.write(audio);
    for await (const event of this.#stream) {
      if (event.type === 'final') this.#kept.covered(toCallMs(event.words.at(-1)?.endMs ?? 0));
      onEvent(event, toCallMs);
    }
  }
}

/** Resolves after the time, or at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
