/**
 * Audible energy on the line: whether the caller is making a sound at all, words or not. It decides no turns; it is
 * the witness of last resort when the recogniser says nothing (it may have died), and it finds ends of speech for
 * latency figures. The noise floor follows the line, so a fan or a street does not count as speech.
 */
import { BYTES_PER_MS, FRAME_MS } from '../telephony/index.ts';
import { rms } from './mulaw.ts';

/** Ratio over the noise floor (about 10 dB) that counts as sound. */
const OVER_FLOOR = 3.2;
/** About −40 dBFS: the least level that counts as sound on any line. */
const LEAST_SOUND_RMS = 300;
/** A sound starts after this much of it, ends after this much silence; the hangover outlasts a stop consonant. */
const ONSET_MS = 120;
const HANGOVER_MS = 400;
/**
 * The floor is the softest frame of the last five seconds: speech has a gap in as many, so it never becomes the floor,
 * and its soft ends are not lost under it.
 */
const FLOOR_SPANS = 10;
const FLOOR_SPAN_FRAMES = 25;
/** Where in a frame a sound ends is told to this. */
const WINDOW_BYTES = 5 * BYTES_PER_MS;

export type EnergyChange = 'started' | 'stopped';

export class EnergyDetector {
  /** The softest frame of each span that is over, and of all of them. */
  #spans: number[] = [LEAST_SOUND_RMS / OVER_FLOOR];
  #softest = LEAST_SOUND_RMS / OVER_FLOOR;
  /** Of the present span. */
  #spanSoftest = Number.POSITIVE_INFINITY;
  #spanFrames = 0;
  #loudMs = 0;
  #quietMs = 0;
  #sounding = false;
  #isLoud = false;
  #lastLoudAtMs = 0;

  get isSounding(): boolean {
    return this.#sounding;
  }

  /** The last frame was loud. */
  get isLoud(): boolean {
    return this.#isLoud;
  }

  /** When the sound ended last: the end of the caller's energy, without the hangover. */
  get lastLoudAtMs(): number {
    return this.#lastLoudAtMs;
  }

  /** Takes the next frame, which began at `atMs`; tells when sound starts or stops. */
  push(frame: Uint8Array, atMs: number): EnergyChange | undefined {
    const level = rms(frame);
    const leastRms = Math.max(LEAST_SOUND_RMS, Math.min(this.#softest, this.#spanSoftest) * OVER_FLOOR);
    this.#follow(level);
    const wasLoud = this.#isLoud;
    this.#isLoud = level > leastRms;
    if (wasLoud || this.#isLoud) {
      const endBytes = endOfSound(frame, leastRms);
      if (endBytes > 0) this.#lastLoudAtMs = atMs + endBytes / BYTES_PER_MS;
    }
    if (this.#isLoud) {
      this.#quietMs = 0;
      this.#loudMs += FRAME_MS;
      if (this.#sounding || this.#loudMs < ONSET_MS) return undefined;
      this.#sounding = true;
      return 'started';
    }
    this.#quietMs += FRAME_MS;
    if (this.#quietMs < HANGOVER_MS) return undefined;
    this.#loudMs = 0;
    if (!this.#sounding) return undefined;
    this.#sounding = false;
    return 'stopped';
  }

  #follow(level: number): void {
    this.#spanSoftest = Math.min(this.#spanSoftest, level);
    if (++this.#spanFrames < FLOOR_SPAN_FRAMES) return;
    this.#spans.push(this.#spanSoftest);
    if (this.#spans.length >= FLOOR_SPANS) this.#spans.shift();
    this.#softest = Math.min(...this.#spans);
    this.#spanSoftest = Number.POSITIVE_INFINITY;
    this.#spanFrames = 0;
  }
}

/** Where the last window of at least this level ends, in bytes; 0: there is none. */
function endOfSound(frame: Uint8Array, leastRms: number): number {
  for (let end = frame.length; end > 0; end -= WINDOW_BYTES)
    if (rms(frame.subarray(Math.max(0, end - WINDOW_BYTES), end)) > leastRms) return end;
  return 0;
}

/** Where the first audible window begins, in bytes; undefined: all is silence. */
export function startOfSound(audio: Uint8Array): number | undefined {
  for (let at = 0; at < audio.length; at += WINDOW_BYTES)
    if (rms(audio.subarray(at, at + WINDOW_BYTES)) > LEAST_SOUND_RMS) return at;
  return undefined;
}
