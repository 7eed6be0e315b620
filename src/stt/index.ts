/**
 * Speech-to-text: what a call asks of a recogniser, whoever the vendor is.
 *
 * Audio in is 8 kHz μ-law, mono, in frames of 160 bytes (20 ms). All times are milliseconds since the first
 * frame written to the stream. Vendors live beside this file; nothing here knows them.
 */
import type { ProviderLink } from '../provider-health.ts';
import { retryAfterMs, VendorError } from '../vendor-error.ts';

/** One recognised word. `startMs` and `endMs` count from the first frame written to the stream. */
export interface SttWord {
  text: string;
  startMs: number;
  endMs: number;
  /** 0 to 1. */
  confidence: number;
}

/** What a recogniser says. Discriminated on `type`. */
export type SttEvent =
  /** The vendor heard the onset of speech; it may be a noise. */
  | { type: 'speech-started'; atMs: number }
  /** Words so far of the segment being spoken. Replaces the last interim; a later `final` replaces it. */
  | { type: 'interim'; text: string; words: SttWord[] }
  /** Words that will not change any more. Finals add up; each covers its own stretch of audio. */
  | { type: 'final'; text: string; words: SttWord[]; confidence: number }
  /** The turn is probably over (eager end of turn): a reply may be drafted, never played. */
  | { type: 'turn-likely'; text: string }
  /** The caller went on after `turn-likely`. */
  | { type: 'turn-resumed' }
  /** The vendor holds the turn to be over. `speechEndMs`: end of the last word, if known. */
  | { type: 'turn-ended'; speechEndMs?: number }
  /** Only of a chain of recognisers: one of them failed. */
  | { type: 'provider-failed'; provider: string; code: string }
  /**
   * Only of a chain: a recogniser was lost in the middle of something, and another has yet to tell what was said. `untold`:
   * some of it was not even told as an interim. Told again where that changes.
   */
  | { type: 'recognition-behind'; untold: boolean }
  /** Only of a chain: what was said up to now is told, or nobody can tell it any more. */
  | { type: 'recognition-caught-up' }
  /** Only of a chain: another listens from here on. `to` left out: none does; `from` left out: none did. */
  | { type: 'provider-switched'; from?: string; to?: string };

export interface SttOptions {
  /** BCP 47, such as `en-US`. */
  language: string;
  /** Vendor's model name; the vendor's adapter has its own default. */
  model?: string;
  /** Words the recogniser should expect: names, products. */
  keyterms?: readonly string[];
  /** Silence after which the vendor may call speech finished. */
  endpointingMs?: number;
  /** Gap between words after which an utterance is over, judged from words (robust against noise). */
  utteranceEndMs?: number;
  /** In order of preference, for whoever chooses among several; an adapter of one vendor ignores it. */
  providers?: readonly ProviderLink[] | undefined;
  /**
   * Called with every sign that the recogniser is there, for whoever watches over it: once it listens, and with whatever
   * it says, also where that is no news. One that only answers when asked gives signs by itself. Must not throw.
   */
  onSign?: (() => void) | undefined;
  /** Ends the stream; the same as `close()`. */
  signal: AbortSignal;
}

/**
 * One recogniser stream, which is one call's ear. Iterating yields events; the iteration ends after `close()` or
 * the signal, and throws {@link SttError} when the vendor fails. `open` returns at once: frames written before the
 * vendor's socket is up are kept (bounded) and sent in order.
 */
export interface SttStream extends AsyncIterable<SttEvent> {
  /** Hands over one or more whole frames. Never blocks, never throws; dropped after `close()`. */
  write(frame: Uint8Array): void;
  /** Asks for what is still pending as a `final` at once. */
  finalize(): void;
  /**
   * While muted no audio is sent to the vendor, and the vendor's connection is kept alive. Callers use it where
   * recognition must not hear (key entry of sensitive digits).
   */
  mute(muted: boolean): void;
  /** Idempotent. Closes the vendor's socket and ends the iteration without an error. */
  close(): void;
}

export interface SpeechToText {
  /** For logs, metrics and records: `deepgram`. */
  readonly provider: string;
  open(options: SttOptions): SttStream;
  /** Releases whatever outlives calls. Idempotent. */
  close(): Promise<void>;
}

export type SttErrorCode =
  | 'stt-unauthorised'
  | 'stt-refused'
  | 'stt-unreachable'
  | 'stt-disconnected'
  | 'stt-bad-message'
  /** It does not begin to listen, or does not answer, within its time. */
  | 'stt-timeout'
  /** It listens, and makes nothing of what others understand. */
  | 'stt-stalled'
  | 'stt-overflow';

/** A recogniser stream died. `retryable`: opening another at the same vendor may work. */
export class SttError extends VendorError<SttErrorCode> {
  override readonly name = 'SttError';
}

/** A request that the vendor refused; too many of them (429) may be taken later, and the vendor may say when. */
export function refusedError(
  provider: string,
  message: string,
  status: number,
  retryAfter: string | null | undefined,
  cause?: unknown,
): SttError {
  const isBusy = status === 429;
  const afterMs = isBusy ? retryAfterMs(retryAfter) : undefined;
  return new SttError('stt-refused', provider, message, { retryable: isBusy, cause, retryAfterMs: afterMs });
}
