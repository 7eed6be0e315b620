/**
 * What counts as sound on the sandbox's telephone: one measure for the phone that speaks and listens and for the
 * recogniser's stand-in, so that all of them agree on when somebody began and ended.
 */
import { rms } from '../audio/mulaw.ts';

/** About −42 dBFS: above any comfort noise, below the softest speech on a phone. */
const AUDIBLE_RMS = 250;

/** Whether this piece of μ-law audio can be heard. */
export function isAudible(audio: Uint8Array): boolean {
  return rms(audio) >= AUDIBLE_RMS;
}
