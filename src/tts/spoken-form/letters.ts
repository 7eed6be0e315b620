/** Letters that are no words: codes, acronyms and initials, spelled; and abbreviations, written out. */
import type { Language } from './language.ts';
import { sayDigits } from './numbers.ts';
import { after, anyOf, before, closingStop, END, group, type Rule, rule, START } from './rule.ts';

/** Two letters apart is how a voice is made to say them one by one. */
function spell(letters: string): string {
  return [...letters].join(' ');
}

/** "AB12" → "A B one two", "A4" → "A four", "covid19" → "covid nineteen". */
function sayCodePart(language: Language, text: string): string {
  const runs = text.match(/\d+|\p{L}+/gu) ?? [];
  const letters = text.replaceAll(/\d/g, '');
  const isShort = runs.length === 2 && text.length - letters.length <= 2 && !/(?:^|\D)0\d/.test(text);
  const isName = runs.length <= 2 && letters.length >= 3 && !isSpelled(language, letters);
  return runs
    .map((run) => {
      if (!/^\d/.test(run)) return isName || /^\p{Ll}{3,}$/u.test(run) ? run : spell(run);
      const isQuantity = isName ? run.length <= 4 && !run.startsWith('0') : isShort && letters.length <= 2;
      return isQuantity ? language.cardinal(run) : sayDigits(language, run);
    })
    .join(' ');
}

/** "AB12 3CD", "B7K-204", "COVID-19": codes of several parts. Before all that begins with a number. */
export function partedCodeRules(language: Language): Rule[] {
  const part = '[A-Za-z0-9]{1,16}';
  const say = ([text]: RegExpExecArray): string | undefined => {
    const parts = text.split(/[- –]/);
    if (!/\d/.test(text) || !/[A-Za-z]/.test(text)) return undefined;
    // "18-year-old", "mid-2026", "type-2": words and numbers, not a code.
    if (parts.some((one) => /^[A-Z]?[a-z]{2,}$|^\d+(?:[a-z]+|[AP]M)$/.test(one))) return undefined;
    const said = parts.map((one) => {
      if (/^\d{1,2}$/.test(one) && parts.length === 2) return language.cardinal(String(Number(one)));
      if (/^\d+$/.test(one)) return sayDigits(language, one);
      return /\d/.test(one) ? sayCodePart(language, one) : isSpelled(language, one) ? spell(one) : one;
    });
    return said.join(parts.length === 2 && said[1]?.includes(' ') !== true ? ' ' : ', ');
  };
  return [
    // A British postcode.
    rule(['letter'], `${START}[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2}${END}`, ([text]) =>
      text
        .split(' ')
        .map((half) => [...half].map((sign) => language.digits[Number(sign)] ?? sign).join(' '))
        .join(', '),
    ),
    rule(['letter', 'digit'], `${START}${part}(?:[-–]${part}){1,5}${END}(?![-–][\\p{L}\\p{N}])`, say),
  ];
}

/** Only I, V and X: others are rather initials. */
const ROMAN = /^(?:X{0,3})(?:IX|IV|V?I{0,3})$/;

/** Whether capitals are said one by one: what nobody can read, short ones, and those known for it. */
function isSpelled(language: Language, letters: string): boolean {
  const { spelled, readAsWords, spellsShortAcronyms } = language;
  if (letters !== letters.toUpperCase() || ROMAN.test(letters) || readAsWords.has(letters)) return false;
  if (spelled.has(letters)) return true;
  if (letters.length <= 3 && spellsShortAcronyms) return letters.length > 1;
  return letters.length > 1 && letters.length <= 5 && !/[AEIOUYÀ-Ü]/.test(letters);
}

/** Whether words around are in capitals, too: then it is no acronym, but somebody who shouts. */
function isShouted(match: RegExpExecArray): boolean {
  const around =
    /(?:\p{Lu}{2,} )*$/u.exec(before(match))?.[0] +
    match[0] +
    /^(?: \p{Lu}{2,}(?!\p{L}))*/u.exec(after(match))?.[0];
  const words = around.split(' ');
  return (
    words.length > 2 &&
    words.some((word) => word.length > 3 && /[AEIOUY]/.test(word)) &&
    /[AEIOUY]/.test(match[0])
  );
}

/** "A4", "5G", "abc123", "IVR", "APIs", "NHS's", "U.S.": what is spelled. After all that has a meaning. */
export function spellingRules(language: Language): Rule[] {
  const { signs } = language;
  return [
    rule(['letter'], `${START}(?<a>\\p{Lu}{1,3})&(?<b>\\p{Lu}{1,3})${END}`, (match) => {
      return `${spell(group(match, 'a'))} ${signs.and} ${spell(group(match, 'b'))}`;
    }),
    rule(
      ['letter', 'digit'],
      `${START}(?:[A-Za-z]{1,16}\\d|\\d{1,8}[A-Za-z])[A-Za-z0-9]{0,24}${END}`,
      ([text]) => sayCodePart(language, text),
    ),
    rule(['letter'], `${START}(?<letters>\\p{Lu}{2,6})(?<ending>s|['’]s)?${END}`, (match) => {
      const letters = group(match, 'letters');
      if (!isSpelled(language, letters) || isShouted(match)) return undefined;
      return `${spell(letters)}${group(match, 'ending') === '' ? '' : "'s"}`;
    }),
    rule(['letter'], `${START}(?:\\p{L}\\.){2,5}(?!\\p{L})`, (match) => {
      return /\p{Lu}/u.test(match[0])
        ? `${spell(match[0].replaceAll('.', '').toUpperCase())}${closingStop(match)}`
        : undefined;
    }),
  ];
}

/** "Dr. Smith", "No. 5", "e.g.". */
export function abbreviationRules(language: Language): Rule[] {
  const { titles, labels, abbreviations } = language;
  const short = Object.keys(abbreviations);
  return [
    rule(
      ['letter'],
      `${START}(?<label>${anyOf(Object.keys(labels))})(?<gap>[ \\u00A0]?)(?=#?\\d|\\p{Lu}?\\d)`,
      (match) => labels[group(match, 'label')],
    ),
    rule(
      ['letter'],
      `${START}(?<title>${anyOf(Object.keys(titles))})${END}\\.?(?=[ \\u00A0](?:[\\p{Lu}\\uE000]|(?:and|&) \\p{Lu}))`,
      (match) => titles[group(match, 'title')],
    ),
    rule(['letter'], `${START}(?<short>${anyOf(short)})${END}`, (match) => {
      const said = abbreviations[group(match, 'short')];
      return said === undefined ? undefined : said + closingStop(match);
    }),
  ];
}
