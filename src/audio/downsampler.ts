/**
 * Sound of any rate down to the telephone's 8 kHz, as it comes in. What would alias is filtered away first: a windowed
 * sinc (Hamming), cut off at 3.6 kHz, evaluated only where a sample of the result lies.
 */

const RATE_HZ = 8000;
const CUTOFF_HZ = 3600;
/** How far the filter reaches to each side, in samples of the result: its slope is then the same for all rates. */
const HALF_WIDTH = 11.75;
/** Where a result lies between two given samples is told this finely; far finer than μ-law can show. */
const PHASES = 64;

/** One stream of sound. Needs no closing. */
export class Downsampler {
  readonly #ratio: number;
  readonly #half: number;
  readonly #filters = new Map<number, Float64Array>();
  /** What later results still need; its first sample is number `#offset` of the sound. */
  #kept: Int16Array;
  #offset: number;
  #results = 0;

  /** @throws RangeError for a rate below the telephone's */
  constructor(rateHz: number) {
    if (!(rateHz >= RATE_HZ)) throw new RangeError(`cannot turn ${rateHz} Hz into ${RATE_HZ} Hz`);
    this.#ratio = rateHz / RATE_HZ;
    this.#half = Math.floor(HALF_WIDTH * this.#ratio);
    // Before the first sample there is silence.
    this.#kept = new Int16Array(this.#half);
    this.#offset = -this.#half;
  }

  /** The next samples; returns what is settled by them, some 12 samples of the result late. */
  push(samples: Int16Array): Int16Array {
    if (this.#ratio === 1) return samples;
    const sound = new Int16Array(this.#kept.length + samples.length);
    sound.set(this.#kept);
    sound.set(samples, this.#kept.length);
    const known = this.#offset + sound.length;
    const upTo = Math.floor((known - 1 - this.#half) / this.#ratio) + 1;
    const results = new Int16Array(Math.max(0, upTo - this.#results));
    for (let i = 0; i < results.length; i++) results[i] = this.#at(sound, (this.#results + i) * this.#ratio);
    this.#results += results.length;
    const firstNeeded = Math.max(this.#offset, Math.floor(this.#results * this.#ratio) - this.#half);
    this.#kept = sound.slice(firstNeeded - this.#offset);
    this.#offset = firstNeeded;
    return results;
  }

  /** No more will come: the last of the result. */
  end(): Int16Array {
    const total = this.#offset + this.#kept.length;
    const left = Math.floor(total / this.#ratio) - this.#results;
    const rest = this.push(new Int16Array(this.#half + Math.ceil(this.#ratio)));
    return rest.subarray(0, Math.max(0, Math.min(left, rest.length)));
  }

  #at(sound: Int16Array, place: number): number {
    const whole = Math.floor(place);
    const filter = this.#filterFor(Math.round((place - whole) * PHASES));
    const from = whole - this.#half - this.#offset;
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap++) sum += (filter[tap] ?? 0) * (sound[from + tap] ?? 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }

  #filterFor(phase: number): Float64Array {
    const known = this.#filters.get(phase);
    if (known !== undefined) return known;
    const filter = lowPass(this.#half, phase / PHASES, CUTOFF_HZ / (RATE_HZ * this.#ratio));
    this.#filters.set(phase, filter);
    return filter;
  }
}

/** `2 half + 1` taps around a place `shift` of a sample after the middle one. */
function lowPass(half: number, shift: number, cutoff: number): Float64Array {
  const taps = 2 * half + 1;
  const filter = Float64Array.from({ length: taps }, (_, tap) => {
    const x = tap - half - shift;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * (0.54 + 0.46 * Math.cos((Math.PI * x) / (half + shift)));
  });
  const gain = filter.reduce((sum, tap) => sum + tap, 0);
  return filter.map((tap) => tap / gain);
}
