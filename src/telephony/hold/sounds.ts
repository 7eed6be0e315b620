/**
 * What a caller hears while waiting, made here so that nobody's licence goes with it: soft music of a small synthesiser,
 * or a noise just loud enough to tell that the line is open. Each is a loop without a seam: what would sound on after
 * its end sounds at its beginning.
 */

/** Length of each loop. */
export const HOLD_LOOP_MS = 24_000;

const RATE_HZ = 8000;
const LOOP_SAMPLES = (HOLD_LOOP_MS * RATE_HZ) / 1000;

/** Root mean square, full scale being 32768: music 24 dB below, softer than speech; noise 50 dB below. */
const MUSIC_RMS = 2070;
const NOISE_RMS = 104;

/** One bar each, as MIDI notes within what a telephone carries well. The last leads back to the first. */
const CHORDS = [
  [60, 64, 67],
  [60, 64, 69],
  [60, 65, 69],
  [59, 62, 67],
  [60, 64, 67],
  [59, 64, 67],
  [60, 65, 69],
  [62, 65, 67],
] as const;
const BAR_MS = HOLD_LOOP_MS / CHORDS.length;
/** Which note of the chord is plucked, an octave higher, on each eighth of a bar; `undefined` is a rest. */
const PLUCKS = [0, undefined, 2, 1, undefined, 2, 1, undefined] as const;

/** How a note grows and fades, sample by sample, and how loud its first, second and third partial are. */
interface Timbre {
  envelope: Float32Array;
  partials: readonly number[];
}

/** 16-bit samples at 8 kHz. The same on every machine. */
export function renderMusic(): Int16Array {
  const mix = new Float32Array(LOOP_SAMPLES);
  // Strings that swell into the next chord, and something plucked.
  const pad = { envelope: envelopeOf(700, BAR_MS - 700, 1500), partials: [0.2, 0.05] };
  const pluck = { envelope: envelopeOf(12, 0, 1800), partials: [0.5, 0.16, 0.06] };
  for (const [bar, chord] of CHORDS.entries()) {
    const barMs = bar * BAR_MS;
    for (const note of chord) addNote(mix, note, barMs, pad);
    for (const [eighth, index] of PLUCKS.entries()) {
      const note = index === undefined ? undefined : chord[index];
      if (note !== undefined) addNote(mix, note + 12, barMs + (eighth * BAR_MS) / PLUCKS.length, pluck);
    }
  }
  return levelled(mix, MUSIC_RMS);
}

/** The same, of comfort noise: hushed, as a room is. */
export function renderNoise(): Int16Array {
  const random = xorshift(0x9e3779b9);
  const white = Float32Array.from({ length: LOOP_SAMPLES }, () => random() * 2 - 1);
  const mix = new Float32Array(LOOP_SAMPLES);
  // A low-pass at 640 Hz. Going round twice, its beginning remembers the loop's end.
  let last = 0;
  for (let i = -LOOP_SAMPLES; i < LOOP_SAMPLES; i++) {
    last += 0.4 * ((white[i < 0 ? i + LOOP_SAMPLES : i] ?? 0) - last);
    if (i >= 0) mix[i] = last;
  }
  return levelled(mix, NOISE_RMS);
}

function addNote(mix: Float32Array, midiNote: number, startMs: number, { envelope, partials }: Timbre): void {
  const hertz = 440 * 2 ** ((midiNote - 69) / 12);
  const start = samplesOf(startMs);
  for (const [i, loudness] of partials.entries()) {
    // A sine by recurrence: each sample follows from the two before it.
    const step = (2 * Math.PI * hertz * (i + 1)) / RATE_HZ;
    const factor = 2 * Math.cos(step);
    let before = -Math.sin(step);
    let now = 0;
    for (let n = 0, at = start; n < envelope.length; n++, at++) {
      if (at === LOOP_SAMPLES) at = 0;
      mix[at] = (mix[at] ?? 0) + now * (envelope[n] ?? 0) * loudness;
      const next = factor * now - before;
      before = now;
      now = next;
    }
  }
}

/** From silence to silence, by way of full loudness. */
function envelopeOf(attackMs: number, holdMs: number, fadeMs: number): Float32Array {
  const attack = samplesOf(attackMs);
  const fadesFrom = attack + samplesOf(holdMs);
  const fade = samplesOf(fadeMs);
  return Float32Array.from({ length: fadesFrom + fade }, (_, i) => {
    if (i < attack) return 0.5 - 0.5 * Math.cos((Math.PI * i) / attack);
    if (i < fadesFrom) return 1;
    const faded = (i - fadesFrom) / fade;
    // To a thousandth exponentially, and the rest of the way in a straight line.
    return 0.001 ** faded * (1 - faded);
  });
}

function levelled(mix: Float32Array, rms: number): Int16Array {
  const gain = rms / Math.sqrt(mix.reduce((sum, sample) => sum + sample * sample, 0) / mix.length);
  return Int16Array.from(mix, (sample) => Math.max(-32_000, Math.min(32_000, Math.round(sample * gain))));
}

function samplesOf(ms: number): number {
  return Math.round((ms * RATE_HZ) / 1000);
}

/** Numbers from 0 to 1, the same for the same seed (xorshift32). */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
