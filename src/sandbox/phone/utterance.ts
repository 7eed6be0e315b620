/**
 * What a caller says, ready for the wire: cut into frames and encoded once, however many calls say the same.
 */
import { MULAW_SILENCE } from '../../audio/mulaw.ts';
import { FRAME_BYTES } from '../../telephony/index.ts';
import type { Speech } from '../../tts/flite/index.ts';
import { isAudible } from '../audible.ts';
import type { SpokenFrame } from './caller.ts';

export interface Utterance {
  readonly speech: Speech;
  readonly frames: readonly SpokenFrame[];
  /** Indices of the first and the last audible frame; a word's faint end may follow. */
  readonly firstAudible: number;
  readonly lastAudible: number;
}

/** A sound that may be softer than anything that counts as audible: then all of it is taken for what is heard. */
export function toSound(audio: Uint8Array, words: Speech['words']): Utterance {
  const frames = toSpokenFrames(audio);
  const audible = frames.map((frame) => isAudible(frame.audio));
  const isSoft = !audible.includes(true);
  return {
    speech: { audio, words },
    frames,
    firstAudible: isSoft ? 0 : audible.indexOf(true),
    lastAudible: isSoft ? frames.length - 1 : audible.lastIndexOf(true),
  };
}

/** Lives as long as the voice remembers the speech. */
const known = new WeakMap<Speech, Utterance>();

/** A frame of 160 bytes with its base64. */
export function toSpokenFrame(audio: Uint8Array): SpokenFrame {
  return { audio, payload: Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64') };
}

/** Audio cut into frames; the last one is filled up with silence. */
export function toSpokenFrames(audio: Uint8Array): SpokenFrame[] {
  const frames: SpokenFrame[] = [];
  for (let at = 0; at < audio.length; at += FRAME_BYTES) {
    const piece = audio.subarray(at, at + FRAME_BYTES);
    if (piece.length === FRAME_BYTES) frames.push(toSpokenFrame(piece));
    else frames.push(toSpokenFrame(Buffer.concat([piece], FRAME_BYTES).fill(MULAW_SILENCE, piece.length)));
  }
  return frames;
}

/** Throws when the speech has no sound at all: a caller who says nothing would never finish saying it. */
export function toUtterance(speech: Speech): Utterance {
  const existing = known.get(speech);
  if (existing !== undefined) return existing;
  const frames = toSpokenFrames(speech.audio);
  const audible = frames.map((frame) => isAudible(frame.audio));
  const firstAudible = audible.indexOf(true);
  if (firstAudible === -1) throw new Error('the speech has no sound');
  const utterance = { speech, frames, firstAudible, lastAudible: audible.lastIndexOf(true) };
  known.set(speech, utterance);
  return utterance;
}
