/** The end of what was said, as plain words: all that endpointing looks at, so that a long turn costs no more than a short one. */

/** Longer than any phrase that matters at the end of a turn; a few sentences of speech. */
const TAIL_CHARS = 160;

/** The text without what lies too far back, begun at a whole word. */
export function tailOf(text: string): string {
  const whole = text.trimEnd();
  if (whole.length <= TAIL_CHARS) return whole;
  const tail = whole.slice(-TAIL_CHARS);
  return tail.slice(tail.indexOf(' ') + 1);
}

/** Small letters and digits, without accents; apostrophes join: `Um, I'd like…` → `um id like`. */
export function wordsOf(text: string): string[] {
  const isAscii = /^[\x20-\x7e]*$/.test(text);
  const plain = isAscii ? text : text.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const words = plain.toLowerCase().replaceAll(/['’]/g, '');
  return words.match(isAscii ? /[a-z0-9]+/g : /[\p{L}\p{N}]+/gu) ?? [];
}

/** A list as it is written in the files of words, `and, or, I'd like`, as phrases of plain words. */
export function phrasesOf(list: string): string[] {
  return list.split(',').map((phrase) => wordsOf(phrase).join(' '));
}

/** The longest phrase of a table that stands at a place in the words. */
export function phraseAt<T>(
  table: ReadonlyMap<string, T>,
  words: readonly string[],
  at: number,
): { value: T; length: number } | undefined {
  for (let length = Math.min(MOST_PHRASE_WORDS, words.length - at); length > 0; length--) {
    const value = table.get(words.slice(at, at + length).join(' '));
    if (value !== undefined) return { value, length };
  }
  return undefined;
}

/** The longest phrase of a table that the words end in. */
export function phraseAtEnd<T>(table: ReadonlyMap<string, T>, words: readonly string[]): T | undefined {
  for (let length = Math.min(MOST_PHRASE_WORDS, words.length); length > 0; length--) {
    const value = table.get(words.slice(-length).join(' '));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** No phrase of the tables is longer. */
const MOST_PHRASE_WORDS = 5;

/** One entry a language; English where a language has none. `language`: BCP 47. */
export function ofLanguage<T>(tables: Readonly<Record<string, T>> & { en: T }, language: string): T {
  return tables[language.slice(0, 2).toLowerCase()] ?? tables.en;
}
