/** Spoken words as tokens, and how alike two of them are. */
import { distance } from 'fastest-levenshtein';

/** Small letters without accents or punctuation: `Café, s'il vous plaît!` → `cafe sil vous plait`. */
export function tokens(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/['’]/g, '')
    .split(/[^\p{L}\p{N}*#+]+/u)
    .filter((word) => word !== '');
}

/** True for a word that a recogniser may have meant as the other: one slip in a middling word, two in a long one. */
export function isAlike(word: string, other: string): boolean {
  if (word === other) return true;
  const length = Math.min(word.length, other.length);
  if (length < 4) return false;
  return distance(word, other) <= (length < 8 ? 1 : 2);
}

/** Where a phrase stands in a text, word by word; -1 where it does not. */
export function indexOfPhrase(
  text: readonly string[],
  phrase: readonly string[],
  alike = (a: string, b: string) => a === b,
): number {
  if (phrase.length === 0) return -1;
  for (let start = 0; start + phrase.length <= text.length; start++) {
    if (phrase.every((word, index) => alike(text[start + index] ?? '', word))) return start;
  }
  return -1;
}
