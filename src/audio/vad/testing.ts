/** Sounds that are no speech, for tests: the same for the same seed. Levels are RMS in dBFS. */
import codec from 'alawmulaw';
import { FRAME_BYTES, FRAME_MS } from '../../telephony/index.ts';
import { Ear } from './ear.ts';
import type { VoiceActivityEvent, VoiceActivityOptions } from './index.ts';
import type { Silero } from './silero.ts';

const RATE_HZ = 8000;
type Samples = Float64Array<ArrayBuffer>;

/** 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const silence = (ms: number): Samples => new Float64Array((ms * RATE_HZ) / 1000);

export function whiteNoise(ms: number, levelDb: number, seed: number): Samples {
  const next = random(seed);
  return levelled(
    silence(ms).map(() => next() * 2 - 1),
    levelDb,
  );
}

/** As loud in every octave: what lines, breath and streets sound like. */
export function pinkNoise(ms: number, levelDb: number, seed: number): Samples {
  const next = random(seed);
  const poles = [0.99765, 0.963, 0.57].map((pole) => ({ pole, gain: 1.1 * (1 - pole) ** 0.4, sum: 0 }));
  const noise = silence(ms).map(() => {
    const white = next() * 2 - 1;
    for (const part of poles) part.sum = part.pole * part.sum + part.gain * white;
    return poles.reduce((sum, part) => sum + part.sum, 0);
  });
  return levelled(noise, levelDb);
}

export function tone(ms: number, levelDb: number, hz: number): Samples {
  return levelled(
    silence(ms).map((_, i) => Math.sin((2 * Math.PI * hz * i) / RATE_HZ)),
    levelDb,
  );
}

/** A burst and the turbulent air after it, coloured by a mouth. */
export function cough(ms: number, levelDb: number, seed: number): Samples {
  const next = random(seed);
  const air = whiteNoise(ms, -10, seed + 1);
  const formants = [500 + next() * 300, 1300 + next() * 500, 2400 + next() * 600].map((hz) =>
    resonance(air, hz, 200),
  );
  const sound = air.map((sample, i) => {
    const share = i / air.length;
    const envelope =
      Math.min(1, share * 40) * (Math.exp(-share * 4) + 0.35 * Math.exp(-(((share - 0.6) / 0.2) ** 2)));
    return envelope * (0.3 * sample + formants.reduce((sum, formant) => sum + (formant[i] ?? 0), 0));
  });
  return levelled(sound, levelDb);
}

export function breath(ms: number, levelDb: number, seed: number): Samples {
  const air = pinkNoise(ms, -10, seed);
  const mouth = resonance(air, 1300, 500);
  return levelled(
    air.map((sample, i) => (0.5 * sample + (mouth[i] ?? 0)) * Math.sin((Math.PI * i) / air.length) ** 2),
    levelDb,
  );
}

/** A key of a keyboard: down, and up again some 20 ms later. */
export function keystroke(levelDb: number, seed: number): Samples {
  const case_ = whiteNoise(40, -10, seed);
  const ring = resonance(case_, 2400, 300);
  const sound = case_.map((sample, i) => {
    const ms = (i * 1000) / RATE_HZ;
    return (
      (0.3 * sample + (ring[i] ?? 0)) * (Math.exp(-ms / 3) + (ms > 20 ? 0.5 * Math.exp((20 - ms) / 3) : 0))
    );
  });
  return levelled(sound, levelDb);
}

/** Adds `sound` to `scene` from `atMs` on. */
export function mix(scene: Samples, sound: Samples, atMs: number): void {
  const from = (atMs * RATE_HZ) / 1000;
  for (let i = 0; i < sound.length && from + i < scene.length; i++) {
    scene[from + i] = (scene[from + i] ?? 0) + (sound[i] ?? 0);
  }
}

export function toMulaw(samples: Samples): Uint8Array {
  return codec.mulaw.encode(
    Int16Array.from(samples, (sample) => Math.max(-32_000, Math.min(32_000, Math.round(sample * 32_768)))),
  );
}

/** What one stream hears of a whole recording that begins at 0, without a thread. */
export async function hearAlone(
  silero: Silero,
  audio: Uint8Array,
  options: VoiceActivityOptions = {},
): Promise<VoiceActivityEvent[]> {
  const events: VoiceActivityEvent[] = [];
  const emit = (event: VoiceActivityEvent): unknown => events.push(event);
  const ear = new Ear(options);
  for (let from = 0; from < audio.length; from += FRAME_BYTES) {
    ear.write(audio.subarray(from, from + FRAME_BYTES), (from / FRAME_BYTES) * FRAME_MS);
    for (let window = ear.ask(emit); window !== undefined; window = ear.ask(emit)) {
      const [probability = 0] = await silero.judge([{ memory: ear.memory, audio: window }]);
      ear.judged(probability, emit);
    }
  }
  return events;
}

function levelled(samples: Samples, levelDb: number): Samples {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const gain = 10 ** (levelDb / 20) / Math.sqrt(power);
  return samples.map((sample) => sample * gain);
}

function resonance(samples: Samples, hz: number, bandwidthHz: number): Samples {
  const radius = Math.exp((-Math.PI * bandwidthHz) / RATE_HZ);
  const turn = 2 * radius * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let last = 0;
  let before = 0;
  return samples.map((sample) => {
    const now = sample * (1 - radius) + turn * last - radius * radius * before;
    before = last;
    last = now;
    return now;
  });
}
