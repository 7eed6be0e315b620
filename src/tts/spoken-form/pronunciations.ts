/** The flow's own word list: what is found in it is said as it says, before any rule, and never looked at again. */
import { END, literal, START } from './rule.ts';

/** More entries, or longer ones, are a mistake in the flow. */
const MOST_ENTRIES = 2_000;
const LONGEST_ENTRY = 200;

/** Stands in the text for what the list has settled: no rule knows it. */
const HELD = '\uE000';

export interface PronouncedSpan {
  readonly at: number;
  readonly length: number;
  readonly spoken: string;
}

export type Pronounce = (text: string) => { text: string; spans: readonly PronouncedSpan[] };

/**
 * A finder of the list's words: whole words, the longest first, in any case unless the entry has capitals beyond its
 * first letter. What it gives has the text's length, each word found being covered.
 *
 * @throws RangeError for a list past its limits
 */
export function pronouncer(list: Readonly<Record<string, string>>): Pronounce {
  const entries = Object.entries(list)
    .map(([word, spoken]) => ({ word: word.trim().replaceAll(/\s+/g, ' '), spoken: spoken.trim() }))
    .filter(({ word }) => word !== '')
    .toSorted((a, b) => b.word.length - a.word.length);
  if (entries.length > MOST_ENTRIES || entries.some(({ word }) => word.length > LONGEST_ENTRY))
    throw new RangeError(
      `a pronunciation list has ${MOST_ENTRIES} entries of ${LONGEST_ENTRY} characters at most`,
    );
  if (entries.length === 0) return (text) => ({ text, spans: [] });

  const exact = new Map(entries.map(({ word, spoken }) => [word, spoken]));
  const anyCase = new Map(
    entries.filter(({ word }) => !isExact(word)).map(({ word, spoken }) => [word.toLowerCase(), spoken]),
  );
  const pattern = new RegExp(entries.map(({ word }) => entrySource(word)).join('|'), 'gu');
  return (text) => {
    const spans: PronouncedSpan[] = [];
    const covered = text.replaceAll(pattern, (found: string, at: number) => {
      const word = found.replaceAll(/\s+/g, ' ');
      const spoken = exact.get(word) ?? anyCase.get(word.toLowerCase()) ?? found;
      spans.push({ at, length: found.length, spoken });
      return HELD.repeat(found.length);
    });
    return { text: covered, spans };
  };
}

function isExact(word: string): boolean {
  return /\p{Lu}/u.test(word.slice(1));
}

function entrySource(word: string): string {
  const source = word.split(' ').map(literal).join('\\s+');
  const start = /^[\p{L}\p{N}]/u.test(word) ? START : '';
  const end = /[\p{L}\p{N}]$/u.test(word) ? END : '';
  return `${start}${isExact(word) ? source : `(?i:${source})`}${end}`;
}
