/**
 * Text for the ear: numbers, money, dates, times, phone numbers, addresses, codes and acronyms in the words a person
 * would say, in the flow's language. Languages without words here get only what needs none: phone numbers with pauses,
 * and no markup or emoji.
 */
import { pronouncer } from './pronunciations.ts';
import { LOOK_BACK } from './rule.ts';
import { rulesFor } from './rules.ts';
import { type SpokenToken, scan } from './scan.ts';

export type { SpokenToken } from './scan.ts';

export interface SpokenFormOptions {
  /** BCP 47: the region decides what 11/12 means, and what a dollar is. */
  language: string;
  /**
   * Words to how they are said, of this flow: whole words, the longest first, in any case unless the entry has capitals
   * beyond its first letter. They come before every rule, and what they say is never changed.
   */
  pronunciations?: Readonly<Record<string, string>>;
}

/** Pure: the same text always gives the same. */
export interface SpokenForm {
  /**
   * The text as tokens: put together, `written` is the text itself, and `spoken` is what the voice is given. Clauses may
   * be rendered one by one, if none ends within an expression; `before` is then what was said up to here, as written
   * (its last words are enough): after "Your code is: " digits are read one by one.
   */
  render(text: string, before?: string): SpokenToken[];
  /** What the voice is given for the whole text. */
  spokenText(text: string): string;
}

/**
 * Made once a flow: it compiles the pronunciations.
 *
 * @throws RangeError for a language tag that is none, or a pronunciation list past its limits
 */
export function createSpokenForm({ language, pronunciations = {} }: SpokenFormOptions): SpokenForm {
  const rules = rulesFor(language);
  const pronounce = pronouncer(pronunciations);
  const render = (text: string, before = ''): SpokenToken[] => {
    const context = before.slice(-LOOK_BACK);
    const { text: covered, spans } = pronounce(text);
    const shifted = spans.map((span) => ({ ...span, at: span.at + context.length }));
    return scan(context + text, context + covered, shifted, rules, context.length);
  };
  return {
    render,
    spokenText: (text) =>
      render(text)
        .map(({ spoken }) => spoken)
        .join(''),
  };
}
