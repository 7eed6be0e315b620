/** How a name is written, said beside it: "with a y", "with two n", "without an h"; and its letters one by one. */
import { isAlike, tokens } from './words.ts';

const LETTER = '(\\p{L}|ypsilon|why)';
const ARTICLE = '(?:an? |einem |einer |un |une |una |uma? |een )?';
const WITH = new RegExp(
  `[\\s,]+(?:(?:spelled|spelt|written) )?(with|mit|avec|con|com|met|without|ohne|sans|sin|senza|sem|zonder) ${ARTICLE}(two |double |zwei |doppel-? ?|deux |dos |due |dois |twee )?${LETTER}(?:['’]?s)?[\\s.!]*$`,
  'iu',
);
/** Letters that are heard as one another. */
const HEARD_AS: Readonly<Record<string, readonly string[]>> = {
  y: ['i'],
  i: ['y', 'ee'],
  c: ['k'],
  k: ['c'],
  z: ['s'],
  s: ['z'],
  f: ['ph', 'v'],
  v: ['f', 'w'],
  w: ['v'],
  d: ['t'],
  t: ['d'],
};

/** `Smith with a y` → `Smyth`; anything else stays as it is. */
export function asWritten(said: string): string {
  const match = WITH.exec(said);
  if (match === null) return said;
  const [, preposition = '', two, named = ''] = match;
  const letter = /^(?:ypsilon|why)$/i.test(named) ? 'y' : named.toLowerCase();
  const name = said.slice(0, match.index);
  if (/^(?:without|ohne|sans|sin|senza|sem|zonder)$/i.test(preposition))
    return replacedLast(name, letter, '');
  if (two !== undefined)
    return hasInLastWord(name, letter.repeat(2)) ? name : replacedLast(name, letter, letter.repeat(2));
  if (hasInLastWord(name, letter)) return name;
  const heard = HEARD_AS[letter]?.find((other) => hasInLastWord(name, other));
  return heard === undefined ? name + letter : replacedLast(name, heard, letter);
}

function hasInLastWord(name: string, letters: string): boolean {
  return (name.split(' ').at(-1) ?? '').toLowerCase().includes(letters);
}

/** The last of such letters; a capital stays one. */
function replacedLast(name: string, letters: string, by: string): string {
  const at = name.toLowerCase().lastIndexOf(letters);
  if (at < 0) return name;
  const isCapital = name[at] !== name[at]?.toLowerCase();
  const written = isCapital ? by.slice(0, 1).toUpperCase() + by.slice(1) : by;
  return name.slice(0, at) + written + name.slice(at + letters.length);
}

/** A name with the word in it that was spelled as something like it; undefined where none is like it. */
export function withSpelling(name: string, spelled: string): string | undefined {
  const words = name.split(/\s+/);
  const own = tokens(spelled).join('');
  const at = words.findLastIndex((word) => isAlike(tokens(word).join(''), own));
  return at < 0 ? undefined : words.with(at, spelled).join(' ');
}
