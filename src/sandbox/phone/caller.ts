/**
 * Whoever is at the phone: the carrier's stand-in passes what is heard and takes what is said, 20 ms at a time.
 *
 * `atMs` in this room is `performance.now()`: one clock for everything that happens in a sandbox's process.
 */

/** 20 ms of the caller's voice or room noise, with the form the media stream wants, so it is encoded only once. */
export interface SpokenFrame {
  /** 160 bytes of μ-law; shared between calls, never written to. */
  readonly audio: Uint8Array;
  /** The same, in base64. */
  readonly payload: string;
}

/** What reaches the caller's ear during the same 20 ms. */
export interface HeardFrame {
  /** 160 bytes of μ-law; reused by the next frame, so it is to be read at once. */
  readonly audio: Uint8Array;
  /** False: nothing is being played, and `audio` is silence. */
  readonly playing: boolean;
  /** When the service's message that holds the frame's first byte arrived; 0 when nothing is being played. */
  readonly receivedAtMs: number;
}

/** What a caller does and notices. */
export type CallerEvent =
  /** The first audible frame of an utterance goes out now. */
  | { type: 'saying'; atMs: number; text: string }
  /** The last audible frame of an utterance has gone out now. */
  | { type: 'said'; atMs: number; startedAtMs: number; text: string }
  | { type: 'pressed'; atMs: number; digit: string }
  /** The agent became audible. `receivedAtMs`: when that piece of audio arrived from the service. */
  | { type: 'heard-agent-start'; atMs: number; receivedAtMs: number }
  /** The agent is silent; `lastAudibleAtMs` is when its last audible frame had been played. */
  | { type: 'heard-agent-end'; atMs: number; startedAtMs: number; lastAudibleAtMs: number }
  /** The caller waited in vain and hangs up. `step` names what for. */
  | { type: 'stuck'; atMs: number; step: string };

/** The phone in the caller's hand, for as long as the call lasts. */
export interface Handset {
  press(digit: string): void;
  hangUp(): void;
  report(event: CallerEvent): void;
}

export interface Caller {
  /** Gets ready to speak. Awaited before the call is placed, so that it costs no time within the call. */
  prepare(): Promise<void>;
  /** The call was answered. */
  answered(handset: Handset, atMs: number): void;
  /** The next 20 ms: what is heard now, and what is said in return. Called only between `answered` and `ended`. */
  tick(heard: HeardFrame, atMs: number): SpokenFrame;
  /** The call is over. Idempotent. */
  ended(): void;
}
