/** Sounds for tests of the stand-ins' ears. */
import type { Speech } from '../../tts/flite/index.ts';

const FRAME = 160;

export const silence = (frames: number) => new Uint8Array(frames * FRAME).fill(0xff);
/** Loud, and known to nobody. */
export const noise = (frames: number) =>
  Uint8Array.from({ length: frames * FRAME }, (_, i) => (i % 7 < 3 ? 0x15 : 0x95));

/** Speech of distinct loud frames, one word for every five of them. */
export function utterance(seed: number, frames: number): Speech {
  const audio = noise(frames);
  for (let frame = 0; frame < frames; frame++)
    new DataView(audio.buffer).setUint32(frame * FRAME, seed * 1000 + frame);
  const words = Array.from({ length: frames / 5 }, (_, i) => ({
    text: `w${seed}.${i}`,
    startMs: i * 100,
    endMs: i * 100 + 100,
  }));
  return { audio, words };
}

/** A sound of the caller's that is no speech, such as a cough: registered, it is heard for what it is. */
export function cough(seed: number, frames: number): Speech {
  return { ...utterance(seed, frames), words: [] };
}
