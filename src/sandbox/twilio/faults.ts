/** What can be made to go wrong on one call, to see how the service takes it. */
import type { Signing } from './signature.ts';

/** Standing faults, decided before the call. */
export interface CallFaults {
  /** How webhooks and callbacks are signed. Default `right`. */
  webhookSignature?: Signing;
  /** How the media stream's upgrade is signed. Default `right`. */
  streamSignature?: Signing;
  /** Changes the `<Parameter>`s on their way into `start`: leave a token out, alter it, or use another call's. */
  parameters?: (parameters: Readonly<Record<string, string>>) => Record<string, string>;
  /** Encoding named in `start`. Default `audio/x-mulaw`. */
  encoding?: string;
  /** Sends a media message before `start`. */
  mediaBeforeStart?: boolean;
  /** Sends `start` twice. */
  secondStart?: boolean;
  /** Every other pair of media messages arrives with its numbers swapped. */
  shuffledSequence?: boolean;
  /** Closes the socket without `stop` when the call ends. */
  noStop?: boolean;
  /** Marks are never returned, or this much later than they should be. */
  marks?: 'never' | { lateMs: number };
}

/** One thing that goes wrong in the middle of a call. */
export type Mischief =
  | 'malformed-json'
  | 'unknown-event'
  | 'binary-message'
  | 'oversized-frame'
  | 'second-start'
  | 'destroy-socket';

/** 1.5 MB in base64: a carrier's frame has 216 characters. */
export const OVERSIZED_FRAME_BYTES = 1_125_000;
