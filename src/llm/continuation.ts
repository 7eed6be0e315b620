/**
 * What was said of an answer so far, so that another model can go on with it: words are passed on once they are whole,
 * and what a model says again of what was said before it is left out.
 */

/** In scripts that part words by blanks: a word whose end may still be to come. */
const OPEN_WORD =
  /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}\p{N}'’]+$/u;
/** A word, with what stands before it. */
const WORDS = /[^\p{L}\p{N}]*[\p{L}\p{N}'’]+/gu;
const STARTS_A_WORD =
  /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{Script=Hebrew}\p{N}]/u;

export class Continuation {
  #said = '';
  /** Heard from the model and not passed on: the beginning of a word, or what may be said again. */
  #held = '';
  /** The words before which this model's own begin; undefined for the first model, and once it says something new. */
  #before: string[] | undefined;

  /** All that was passed on. */
  get said(): string {
    return this.#said;
  }

  /** The next piece of the model's text. Returns what can be passed on. */
  take(text: string): string {
    this.#held += text;
    if (this.#before !== undefined && !this.#leaveOutRepeated(this.#before, false)) return '';
    const open = OPEN_WORD.exec(this.#held)?.[0] ?? '';
    return this.#pass(this.#held.length - open.length);
  }

  /** The model has said all there is. Returns what was still held. */
  end(): string {
    if (this.#before !== undefined) this.#leaveOutRepeated(this.#before, true);
    return this.#pass(this.#held.length);
  }

  /** The model is gone: another goes on. What was held of a word is forgotten with it. */
  interrupt(): void {
    this.#held = '';
    this.#before = this.#said === '' ? undefined : wordsIn(this.#said).map(plain);
  }

  #pass(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#said += text;
    return text;
  }

  /**
   * False while it is not clear whether what is held repeats what was said. A model may begin anywhere in that: at the
   * very start, at the last sentence, or at the last word.
   */
  #leaveOutRepeated(before: readonly string[], isAll: boolean): boolean {
    const pieces = wordsIn(this.#held);
    // The last word may be cut in the middle.
    const isOpen = !isAll && OPEN_WORD.test(this.#held);
    const words = pieces.slice(0, isOpen ? -1 : undefined).map(plain);
    const starts = before
      .map((_, at) => at)
      .filter((at) =>
        words.every((word, index) => at + index >= before.length || word === before[at + index]),
      );
    const begun = starts[0];
    if (begun !== undefined && !isAll && words.length < before.length - begun) return false;
    const repeated = begun === undefined ? 0 : Math.min(words.length, before.length - begun);
    const left = this.#held.slice(pieces.slice(0, repeated).join('').length);
    this.#held = joined(this.#said, repeated === 0 ? left : withoutStop(left, this.#said));
    this.#before = undefined;
    return true;
  }
}

/** What follows with one blank between it and what was said, where there must be one. */
function joined(said: string, text: string): string {
  if (/\s$/.test(said)) return text.trimStart();
  return STARTS_A_WORD.test(text) ? ` ${text}` : text;
}

/** A stop that stands at the end of what was said does not come again before what follows. */
function withoutStop(text: string, said: string): string {
  return /[.,;:!?…]\s*$/.test(said) ? text.replace(/^[.,;:!?…]+/, '') : text;
}

function wordsIn(text: string): string[] {
  return text.match(WORDS) ?? [];
}

function plain(word: string): string {
  return word.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}
