/**
 * The beginning of a model's answer against the flow's openings, whose audio is ready: "Of course." is told apart as soon
 * as it is there, without waiting for more of the answer.
 */
import { comparable } from './comparable.ts';

/** Watches one answer. Texts are compared by their letters, however the model punctuates. */
export class OpeningMatch {
  readonly #openings: readonly string[];
  #held = '';
  #isOver: boolean;

  constructor(openings: readonly string[]) {
    this.#openings = openings.map(comparable).filter((letters) => letters !== '');
    this.#isOver = this.#openings.length === 0;
  }

  /** The next text of the answer: an opening that is complete, and what is to be spoken as it comes. */
  push(text: string): { opening?: string; rest: string } {
    if (this.#isOver) return { rest: text };
    this.#held += text;
    const said = comparable(this.#held);
    const isComplete = /[\p{L}\p{N}][^\p{L}\p{N}]+$|[^\p{L}\p{N}]\s*\S/u.test(this.#held);
    const matched = isComplete ? this.#matched() : undefined;
    if (matched !== undefined) return this.#release(matched);
    if (this.#openings.some((opening) => opening.startsWith(said))) return { rest: '' };
    return this.#release('');
  }

  /** The answer is over: what was held. */
  end(): { opening?: string; rest: string } {
    const opening = this.#isOver ? '' : (this.#matched() ?? (this.#isWhole() ? this.#held : ''));
    return this.#release(opening);
  }

  #isWhole(): boolean {
    return this.#openings.includes(comparable(this.#held));
  }

  /** The longest beginning that is an opening, with the punctuation after it. */
  #matched(): string | undefined {
    const ends = [...this.#held.matchAll(/[\p{L}\p{N}]+[^\p{L}\p{N}]+/gu)].map(
      (part) => part.index + part[0].length,
    );
    const beginnings = ends.map((end) => this.#held.slice(0, end)).reverse();
    const matched = beginnings.find((beginning) => this.#openings.includes(comparable(beginning)));
    // A longer opening may still come.
    const said = comparable(this.#held);
    const mayGrow = this.#openings.some((opening) => opening !== said && opening.startsWith(said));
    return mayGrow && matched !== undefined && comparable(matched) === said ? undefined : matched;
  }

  #release(opening: string): { opening?: string; rest: string } {
    const rest = this.#held.slice(opening.length);
    this.#isOver = true;
    this.#held = '';
    return opening === '' ? { rest } : { opening: opening.trimEnd(), rest: ` ${rest}`.replace(/^\s+/, ' ') };
  }
}
