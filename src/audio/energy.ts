/**
 * Audible energy on the line: whether the caller is making a sound at all, words or not. It decides no turns; it is
 * the witness of last resort when the recogniser says nothing (it may have died), and it finds ends of speech for
 * latency figures. The noise floor follows the line, so a fan or a street does not count as speech.
 */
import { FRAME_MS } from '../telephony/index.ts';
import { rms } from './mulaw.ts';

/** Ratio over the noise floor (about 10 dB) and the least level (about −40 dBFS) that count as sound. */
const OVER_FLOOR = 3.2;
const LEAST_RMS = 300;
/** A sound starts after this much of it, ends after this much silence; the hangover outlasts a stop consonant. */
const ONSET_MS = 120;
const HANGOVER_MS = 400;
/** How fast the floor follows: quickly down to a new quiet, slowly up so that speech does not become the floor. */
const FLOOR_DOWN = 0.2;
const FLOOR_UP = 0.005;

export type EnergyChange = 'started' | 'stopped';

export class EnergyDetector {
  #floorRms = LEAST_RMS / OVER_FLOOR;
  #loudMs = 0;
  #quietMs = 0;
  #sounding = false;
  #lastLoudAtMs = 0;

  get isSounding(): boolean {
    return this.#sounding;
  }

  /** When the last loud frame ended: the end of the caller's energy, without the hangover. */
  get lastLoudAtMs(): number {
    return this.#lastLoudAtMs;
  }

  /** Takes the next frame, which began at `atMs`; tells when sound starts or stops. */
  push(frame: Uint8Array, atMs: number): EnergyChange | undefined {
    const level = rms(frame);
    const loud = level > Math.max(LEAST_RMS, this.#floorRms * OVER_FLOOR);
    this.#floorRms += (level - this.#floorRms) * (level < this.#floorRms ? FLOOR_DOWN : FLOOR_UP);
    if (loud) {
      this.#lastLoudAtMs = atMs + FRAME_MS;
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
}
