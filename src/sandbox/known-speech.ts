/**
 * What the sandbox's own phone has said, found again by its sound.
 *
 * The stand-in recogniser cannot recognise speech. Whoever speaks in the sandbox registers what is spoken, and the
 * recogniser looks up the frames that reach it: the words it reports are those of the audio it was really sent, however
 * late, cut or mixed with silence, and nothing else tells it about calls.
 */
import { rms } from '../audio/mulaw.ts';
import { FRAME_BYTES, FRAME_MS } from '../telephony/index.ts';
import type { Speech } from '../tts/flite/index.ts';

/** Quieter frames look alike in every utterance; speech sits at about ten times this. */
const DISTINCTIVE_RMS = 300;
/** Ten minutes of speech; the utterances registered first are forgotten first. */
const MAX_FRAMES = 30_000;

/** Bounded. Frames always start at frame boundaries of their utterance: a phone sends whole frames. */
export class KnownSpeech {
  /** Key: the frame's bytes as a Latin-1 string, so two different frames never meet. */
  readonly #frames = new Map<string, { speech: Speech; offsetMs: number }>();

  /** Registers an utterance. Known again (the same audio): the newer one is found from now on. */
  register(speech: Speech): void {
    for (let start = 0; start + FRAME_BYTES <= speech.audio.length; start += FRAME_BYTES) {
      const frame = speech.audio.subarray(start, start + FRAME_BYTES);
      if (rms(frame) < DISTINCTIVE_RMS) continue;
      const key = keyOf(frame);
      this.#frames.delete(key);
      this.#frames.set(key, { speech, offsetMs: (start / FRAME_BYTES) * FRAME_MS });
    }
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= MAX_FRAMES) break;
      this.#frames.delete(oldest);
    }
  }

  /** The utterance this 160-byte frame belongs to, and where it stands in it; undefined for silence and noise. */
  find(frame: Uint8Array): { speech: Speech; offsetMs: number } | undefined {
    return this.#frames.get(keyOf(frame));
  }
}

function keyOf(frame: Uint8Array): string {
  // Both zeros of μ-law are the same sound, and one of them is lost where audio goes through PCM.
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    .toString('latin1')
    .replaceAll('\x7f', '\xff');
}
