/** Which words of registered speech have been heard in a stream, and when. */
import { FRAME_MS } from '../../telephony/index.ts';
import type { Speech, SpokenWord } from '../../tts/flite/index.ts';

/** A word's soft end may lie beyond its last loud frame. */
const SOFT_END_MS = 60;

/** Registered speech as it lies in the stream; `first` to `last`: the part of it that was really heard. */
interface Match {
  speech: Speech;
  startMs: number;
  firstMs: number;
  lastMs: number;
}

/** Times are milliseconds of the stream. */
export class HeardWords {
  #matches: Match[] = [];

  /** The frame at `frameMs` stands at `offsetMs` of this speech. */
  hear({ speech, offsetMs }: { speech: Speech; offsetMs: number }, frameMs: number): void {
    const startMs = frameMs - offsetMs;
    const latest = this.#matches.at(-1);
    if (latest === undefined || latest.startMs !== startMs) {
      this.#matches.push({ speech, startMs, firstMs: frameMs, lastMs: frameMs + FRAME_MS });
      return;
    }
    // Two utterances that begin alike share their first frames: the later frame knows better.
    latest.speech = speech;
    latest.lastMs = frameMs + FRAME_MS;
  }

  /** Words after `sinceMs`; a word counts once most of it was heard. */
  since(sinceMs: number): SpokenWord[] {
    return this.#matches.flatMap(({ speech, startMs, firstMs, lastMs }) =>
      speech.words
        .map((word) => ({ text: word.text, startMs: word.startMs + startMs, endMs: word.endMs + startMs }))
        .filter((word) => {
          const middleMs = (word.startMs + word.endMs) / 2;
          return middleMs >= Math.max(firstMs, sinceMs) && middleMs <= lastMs;
        }),
    );
  }

  /** Forgets what ended by then. */
  forgetUntil(ms: number): void {
    this.#matches = this.#matches.filter(({ lastMs }) => lastMs > ms);
  }
}

/** Of these words, those that have sounded to their end; what has only just begun cannot be known yet. */
export function sounded(words: readonly SpokenWord[], soundEndsMs: number): SpokenWord[] {
  return words.filter((word) => word.endMs <= soundEndsMs + SOFT_END_MS);
}
