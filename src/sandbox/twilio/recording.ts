/**
 * What was really said and heard on a call, frame by frame: both channels grow together, so they are aligned.
 */
import { BYTES_PER_MS, FRAME_BYTES } from '../../telephony/index.ts';

/** Enough for half a minute; doubled when it is full. */
const FIRST_BYTES = 30_000 * BYTES_PER_MS;
/** An hour a call. What comes after is not recorded. */
const LARGEST_BYTES = 3_600_000 * BYTES_PER_MS;

export interface StereoAudio {
  /** When the first frame was, as `performance.now()`; undefined: the call was never answered. */
  readonly startedAtMs: number | undefined;
  /** μ-law at 8 kHz: what the caller said. The left channel. */
  readonly caller: Uint8Array;
  /** μ-law at 8 kHz, of the same length: what the caller heard. The right channel. */
  readonly agent: Uint8Array;
}

export class Recording {
  #startedAtMs: number | undefined;
  #caller = new Uint8Array(0);
  #agent = new Uint8Array(0);
  #bytes = 0;

  /** Copies both frames. */
  add(caller: Uint8Array, agent: Uint8Array, atMs: number): void {
    if (this.#bytes >= LARGEST_BYTES) return;
    this.#startedAtMs ??= atMs;
    if (this.#bytes + FRAME_BYTES > this.#caller.length) {
      const size = Math.max(FIRST_BYTES, this.#caller.length * 2);
      this.#caller = grown(this.#caller, size);
      this.#agent = grown(this.#agent, size);
    }
    this.#caller.set(caller, this.#bytes);
    this.#agent.set(agent, this.#bytes);
    this.#bytes += FRAME_BYTES;
  }

  /** The audio so far, without a copy. */
  audio(): StereoAudio {
    return {
      startedAtMs: this.#startedAtMs,
      caller: this.#caller.subarray(0, this.#bytes),
      agent: this.#agent.subarray(0, this.#bytes),
    };
  }
}

function grown(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(old);
  return larger;
}
