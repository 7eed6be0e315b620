/**
 * Text-to-speech: what a call asks of a voice, whoever the vendor is.
 *
 * Audio out is 8 kHz μ-law, mono, 8 bytes a millisecond, in pieces of any size. All times are milliseconds since
 * the first byte of the stream's audio.
 */
import type { ProviderLink } from '../provider-health.ts';
import { VendorError } from '../vendor-error.ts';

export type TtsEvent =
  | { type: 'audio'; audio: Uint8Array }
  /** A word and where it stands in the stream's audio. Arrives before, with or after the audio it belongs to. */
  | { type: 'word'; text: string; startMs: number; endMs: number }
  /** All text was spoken and `end()` had been called. The iteration ends after it. */
  | { type: 'done' };

export interface TtsOptions {
  /** BCP 47, such as `en-US`. */
  language: string;
  /** The vendor's voice id; the vendor's adapter has its own default. */
  voice?: string;
  /** The vendor's model name; the vendor's adapter has its own default. */
  model?: string;
  /** 1 is the voice's own pace. */
  speed?: number;
  /**
   * How long audio that is owed may be waited for from now on, in milliseconds, asked each time it is; then the stream
   * has stalled. The vendor's adapter has its own default.
   */
  patienceMs?: () => number;
  /** In order of preference, for whoever chooses among several; an adapter of one vendor ignores it. */
  providers?: readonly ProviderLink[] | undefined;
  /** Cancels the stream; the same as `cancel()`. */
  signal: AbortSignal;
}

/**
 * One reply's voice. Iterating yields events and ends after `done`, or silently after `cancel()` or the signal; it
 * throws {@link TtsError} when the vendor fails.
 */
export interface TtsStream extends AsyncIterable<TtsEvent> {
  /** Speaks this text next: a clause, a sentence or more, whitespace at its ends kept. Never blocks, never throws. */
  say(text: string): void;
  /** No more text will come. Idempotent. */
  end(): void;
  /** Stops at once, at the vendor too. Idempotent. */
  cancel(): void;
}

export interface TextToSpeech {
  /** For logs, metrics and records: `cartesia`. */
  readonly provider: string;
  /** Whether it has this language (BCP 47). Left out: whatever it is asked for. */
  speaks?(language: string): boolean;
  open(options: TtsOptions): TtsStream;
  /** Opens connections ahead of the first reply. Failing is not an error: the first reply then pays for it. */
  warm(): Promise<void>;
  /** Closes sockets that outlive replies. Idempotent. */
  close(): Promise<void>;
}

export type TtsErrorCode =
  | 'tts-unauthorised'
  | 'tts-refused'
  | 'tts-rate-limited'
  | 'tts-unreachable'
  | 'tts-disconnected'
  | 'tts-stalled'
  /** It says that it has spoken, and nothing was heard. */
  | 'tts-no-audio'
  | 'tts-bad-message';

/** A voice stream died. `retryable`: another stream at the same vendor may work. */
export class TtsError extends VendorError<TtsErrorCode> {
  override readonly name = 'TtsError';
}
