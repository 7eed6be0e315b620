/**
 * Where words lie in the audio of a voice that does not tell. A segment (a text whose audio is known to begin and end
 * somewhere) is shared out by the length of its words; while its end is not known, by the pace the voice has spoken at
 * so far. An estimate: a word or two off within a segment, right at its ends, in order, never beyond the audio there is.
 */
import type { StreamOutput } from './stream-output.ts';

/** What English voices take for a letter, before this one is known. */
const FIRST_MS_PER_WEIGHT = 66;
/** How much the latest segment changes what is known. */
const LEARNING = 0.3;
/** Shorter ones say little: half of them is the pause at their end. */
const LEAST_LEARNT_WEIGHT = 12;
/** A digit is read as a word. */
const DIGIT_WEIGHT = 4;
/** The pauses that punctuation stands for. */
const PAUSE_WEIGHTS: readonly (readonly [RegExp, number])[] = [
  [/[.?!:]["')\]]*$/, 4],
  [/[,;–—-]$/, 2],
];

/** How fast a voice speaks, learnt as it does: one for each voice of a vendor's. */
export class Pace {
  msPerWeight = FIRST_MS_PER_WEIGHT;

  learn(weight: number, lengthMs: number): void {
    if (weight < LEAST_LEARNT_WEIGHT) return;
    this.msPerWeight += LEARNING * (lengthMs / weight - this.msPerWeight);
  }
}

interface Word {
  text: string;
  /** Where it ends, in weights from the segment's begin. */
  ends: number;
}

/** The segments of one stream, one after the other. */
export class WordEstimate {
  readonly #output: StreamOutput;
  readonly #pace: Pace;
  #words: Word[] = [];
  #told = 0;
  #toldMs = 0;
  #startMs = 0;

  constructor(output: StreamOutput, pace: Pace) {
    this.#output = output;
    this.#pace = pace;
  }

  /** The next segment's audio begins where the output's ends now. */
  begin(text: string): void {
    this.#startMs = this.#output.audioMs;
    this.#toldMs = this.#startMs;
    this.#told = 0;
    let ends = 0;
    this.#words = (text.match(/\S+/g) ?? []).map((word) => {
      ends += weightOf(word);
      return { text: word, ends };
    });
  }

  /** Some of the segment's audio is there: tells the words that should be in it. */
  heard(): void {
    const { msPerWeight } = this.#pace;
    this.#tell((word) => this.#startMs + word.ends * msPerWeight);
  }

  /** The segment is over: tells the rest of its words. */
  end(): void {
    const total = this.#words.at(-1)?.ends ?? 0;
    const endMs = this.#output.audioMs;
    if (total === 0) return;
    const from = this.#words[this.#told - 1]?.ends ?? 0;
    const perWeightMs = (endMs - this.#toldMs) / Math.max(1, total - from);
    const fromMs = this.#toldMs;
    this.#tell((word) => fromMs + (word.ends - from) * perWeightMs, true);
    this.#pace.learn(total, endMs - this.#startMs);
    this.#words = [];
  }

  #tell(endOf: (word: Word) => number, isWhole = false): void {
    const { audioMs } = this.#output;
    for (let word = this.#words[this.#told]; word !== undefined; word = this.#words[this.#told]) {
      const endMs = isWhole ? Math.min(audioMs, endOf(word)) : endOf(word);
      if (endMs > audioMs) return;
      this.#told++;
      this.#output.word(word.text, this.#toldMs, endMs);
      this.#toldMs = endMs;
    }
  }
}

function weightOf(word: string): number {
  const digits = word.match(/\p{N}/gu)?.length ?? 0;
  const letters = word.match(/\p{L}/gu)?.length ?? 0;
  const pause = PAUSE_WEIGHTS.find(([sign]) => sign.test(word))?.[1] ?? 0;
  return letters + digits * DIGIT_WEIGHT + 1 + pause;
}
