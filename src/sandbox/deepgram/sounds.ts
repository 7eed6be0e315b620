/** What a frame of the caller's audio is, to an ear that knows sounds only by having been told of them before. */
import type { Speech } from '../../tts/flite/index.ts';
import { isAudible } from '../audible.ts';
import type { KnownSpeech } from '../known-speech.ts';

/** Voiced frames in a row that make an onset; shorter is a click. */
export const ONSET_FRAMES = 3;

/**
 * `unknown`: loud, and nobody has registered it. `noise`: registered, and without words, such as a cough. `speech`:
 * registered, with words.
 */
export type Sound = 'silence' | 'unknown' | 'noise' | 'speech';

export interface HeardFrame {
  sound: Sound;
  /** Where the frame stands in registered speech; soft frames are not told apart. */
  found?: { speech: Speech; offsetMs: number };
}

/** Frames are to be given in order. */
export class Sounds {
  readonly #knownSpeech: KnownSpeech;
  /** What has been going on since the last silence. */
  #going: Sound = 'silence';

  constructor(knownSpeech: KnownSpeech) {
    this.#knownSpeech = knownSpeech;
  }

  hear(frame: Uint8Array): HeardFrame {
    if (!isAudible(frame)) {
      this.#going = 'silence';
      return { sound: 'silence' };
    }
    const found = this.#knownSpeech.find(frame);
    if (found !== undefined) {
      this.#going = found.speech.words.length > 0 ? 'speech' : 'noise';
      return { sound: this.#going, found };
    }
    // A soft frame in the middle of something is of the same kind.
    if (this.#going === 'silence') this.#going = 'unknown';
    return { sound: this.#going };
  }
}
