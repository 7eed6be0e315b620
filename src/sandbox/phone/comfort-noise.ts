/**
 * The room around a caller who is not speaking: very soft noise, never digital silence, and the same in every run.
 * About −63 dBFS, some 40 dB below speech, so that no detector of speech hears a word in it.
 */
import { MULAW_TO_LINEAR } from '../../audio/mulaw.ts';
import { FRAME_BYTES } from '../../telephony/index.ts';
import type { SpokenFrame } from './caller.ts';
import { toSpokenFrame, toSpokenFrames } from './utterance.ts';

/** Largest sample of the noise; μ-law has the steps 0, 8, 16, 24 and 32 either side of zero here. */
const LOUDEST_SAMPLE = 32;
/** Frames in the pool, one second of noise. A prime stride walks them in another order for every seed. */
const POOL_FRAMES = 50;
const STRIDES = [1, 3, 7, 9, 11, 13, 17, 19] as const;

/** Small deterministic generator (xorshift32): the same seed gives the same noise on every machine. */
function randomBytes(seed: number): () => number {
  let state = seed === 0 ? 1 : seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function makePool(): readonly SpokenFrame[] {
  const softBytes = [...MULAW_TO_LINEAR.keys()].filter(
    (byte) => Math.abs(MULAW_TO_LINEAR[byte] ?? 0) <= LOUDEST_SAMPLE,
  );
  const next = randomBytes(0x5eed);
  return Array.from({ length: POOL_FRAMES }, () =>
    toSpokenFrame(
      Uint8Array.from({ length: FRAME_BYTES }, () => softBytes[next() % softBytes.length] ?? 0xff),
    ),
  );
}

/** Made once for all calls: a frame of noise costs a call nothing but a look-up. */
const pool = makePool();

/** What is heard of a caller's room while the caller is silent, 20 ms at a time. */
export interface Room {
  next(): SpokenFrame;
}

/** A room that sounds like this, over and over. */
export class SoundingRoom implements Room {
  readonly #frames: readonly SpokenFrame[];
  #at = 0;

  constructor(audio: Uint8Array) {
    this.#frames = toSpokenFrames(audio);
  }

  next(): SpokenFrame {
    const frame = this.#frames[this.#at++ % this.#frames.length];
    if (frame === undefined) throw new Error('a room that sounds needs a frame of audio at least');
    return frame;
  }
}

/** A quiet room. */
export class ComfortNoise implements Room {
  readonly #stride: number;
  #at: number;

  constructor(seed: number) {
    this.#stride = STRIDES[seed % STRIDES.length] ?? 1;
    this.#at = seed % POOL_FRAMES;
  }

  next(): SpokenFrame {
    this.#at = (this.#at + this.#stride) % POOL_FRAMES;
    const frame = pool[this.#at];
    if (frame === undefined) throw new Error('comfort noise: the pool is empty');
    return frame;
  }
}
