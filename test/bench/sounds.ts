/** Sounds of callers that mean nothing, synthesised: the same for the same seed. */
import {
  breath,
  cough,
  keystroke,
  mix,
  pinkNoise,
  random,
  silence,
  toMulaw,
  whiteNoise,
} from '../../src/audio/vad/testing.ts';

/** Line noise, about as loud as a bad line's. */
const LINE_DB = -55;

type Samples = ReturnType<typeof silence>;

export function coughSound(seed: number): Uint8Array {
  const next = random(seed);
  const sound = silence(900);
  mix(sound, cough(220 + Math.floor(next() * 120), -20 - next() * 6, seed), 40);
  mix(sound, cough(180 + Math.floor(next() * 100), -23 - next() * 6, seed + 1), 480);
  return toMulaw(sound);
}

export function breathSound(seed: number): Uint8Array {
  return toMulaw(breath(900, -34, seed));
}

export function keyboardSound(seed: number): Uint8Array {
  const sound = silence(1200);
  typing(sound, 20, seed, 8);
  return toMulaw(sound);
}

/** Minutes of a caller who coughs, breathes and types, on a noisy line. `coughs` and the like: about so many a minute. */
export function noisyRoom(ms: number, seed: number): Uint8Array {
  const next = random(seed);
  const room = pinkNoise(ms, LINE_DB, seed);
  mix(room, whiteNoise(ms, LINE_DB - 8, seed + 1), 0);
  let atMs = 500;
  while (atMs < ms - 3000) {
    const own = Math.floor(next() * 1e9);
    const kind = next();
    if (kind < 0.3) {
      const bursts = 1 + Math.floor(next() * 3);
      for (let i = 0; i < bursts; i++) {
        const lengthMs = Math.round(150 + next() * 250);
        mix(room, cough(lengthMs, -30 + next() * 12, own + i), atMs);
        atMs += lengthMs + 80 + Math.round(next() * 150);
      }
    } else if (kind < 0.65) {
      const lengthMs = Math.round(600 + next() * 1200);
      mix(room, breath(lengthMs, -48 + next() * 16, own), atMs);
      atMs += lengthMs;
    } else {
      atMs = typing(room, atMs, own, 5 + Math.floor(next() * 20));
    }
    atMs += 500 + Math.round(next() * 2000);
  }
  return toMulaw(room);
}

/** Returns when it is over. */
function typing(scene: Samples, fromMs: number, seed: number, keys: number): number {
  const next = random(seed);
  let atMs = fromMs;
  for (let i = 0; i < keys; i++) {
    mix(scene, keystroke(-36 + next() * 14, seed + i), atMs);
    atMs += 70 + Math.round(next() * 180);
  }
  return atMs;
}
