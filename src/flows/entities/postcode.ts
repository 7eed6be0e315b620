/** Postcodes, by country: "S W one A, one double A" → SW1A 1AA. */
import type { AnswerProgress } from '../index.ts';
import { settle } from './correction.ts';
import { type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenDigits, spokenNumber } from './spoken-numbers.ts';
import { tokens } from './words.ts';

interface Format {
  /** Of the whole, without blanks and dashes. */
  pattern: RegExp;
  /** As it is written. */
  write(code: string): string;
}

const digits = (count: number): Format => ({
  pattern: new RegExp(`^\\d{${count}}$`),
  write: (code) => code,
});
const parts = (pattern: RegExp, first: number, between: string): Format => ({
  pattern,
  write: (code) => `${code.slice(0, first)}${between}${code.slice(first)}`,
});

/** Formats as the Universal Postal Union lists them. */
const FORMATS: Readonly<Record<string, Format>> = {
  US: {
    pattern: /^\d{5}(?:\d{4})?$/,
    write: (code) => (code.length === 9 ? `${code.slice(0, 5)}-${code.slice(5)}` : code),
  },
  GB: {
    pattern: /^(?:GIR0AA|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRV-Y]?)\d[ABD-HJLNP-UW-Z]{2})$/,
    write: (code) => `${code.slice(0, -3)} ${code.slice(-3)}`,
  },
  CA: parts(/^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d$/, 3, ' '),
  NL: parts(/^[1-9]\d{3}(?!SA|SD|SS)[A-Z]{2}$/, 4, ' '),
  IE: parts(/^(?:D6W|[AC-FHKNPRTV-Y]\d{2})[\dAC-FHKNPRTV-Y]{4}$/, 3, ' '),
  PT: parts(/^[1-9]\d{6}$/, 4, '-'),
  BR: parts(/^\d{8}$/, 5, '-'),
  PL: parts(/^\d{5}$/, 2, '-'),
  JP: parts(/^\d{7}$/, 3, '-'),
  SE: parts(/^[1-9]\d{4}$/, 3, ' '),
  CZ: parts(/^[1-7]\d{4}$/, 3, ' '),
  SK: parts(/^[089]\d{4}$/, 3, ' '),
  GR: parts(/^[1-8]\d{4}$/, 3, ' '),
  ES: { pattern: /^(?:0[1-9]|[1-4]\d|5[0-2])\d{3}$/, write: (code) => code },
  IN: { pattern: /^[1-9]\d{5}$/, write: (code) => code },
  ...Object.fromEntries(
    ['AT', 'AU', 'BE', 'CH', 'DK', 'HU', 'LU', 'NO', 'NZ', 'SI', 'ZA'].map((country) => [country, digits(4)]),
  ),
  ...Object.fromEntries(
    ['DE', 'EE', 'FI', 'FR', 'HR', 'IT', 'KR', 'LT', 'MX', 'TR'].map((country) => [country, digits(5)]),
  ),
  ...Object.fromEntries(['CN', 'RO', 'SG', 'CO'].map((country) => [country, digits(6)])),
};
/** Elsewhere: anything a postcode can look like. */
const ANY: Format = { pattern: /^(?=.*\d)[A-Z\d]{3,10}$/, write: (code) => code };

/** NATO, and what a recogniser writes for the names of letters. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ...'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu alfa juliett whisky'
    .split(' ')
    .map((word) => [word, word.slice(0, 1)] as const),
  ...Object.entries({
    zed: 'z',
    zee: 'z',
    you: 'u',
    are: 'r',
    see: 'c',
    tea: 't',
    tee: 't',
    bee: 'b',
    pea: 'p',
    queue: 'q',
    cue: 'q',
    why: 'y',
    eye: 'i',
    ex: 'x',
    el: 'l',
    em: 'm',
    en: 'n',
    es: 's',
    ess: 's',
    jay: 'j',
    kay: 'k',
    gee: 'g',
    dee: 'd',
    aitch: 'h',
  }),
]);
const REPEATS = new Map(Object.entries({ double: 2, triple: 3, doppel: 2, doble: 2, dubbel: 2 }));
/** "Oh" is a nought or the letter; the format knows which. */
const EITHER = '?';
const MOST_EITHER = 4;
const MOST_OTHER_WORDS = 8;
/** Words of two letters that are no letters of a code. */
const SHORT_WORDS = new Set(
  'is it im my at in to on of so no ok um uh er we us be me he do go if or an as by am up el la de le du il un et ja zu das ist es en ik em na'.split(
    ' ',
  ),
);
const SAID_OF_LETTERS =
  /(?<!\p{L})(\p{L})(?:,)? (?:as in|like|for|wie|comme|como|come|van) (\1\p{L}+)(?!\p{L})/giu;

/** A postcode as it is written in its country. `said`: in numerals. `country`: ISO 3166. */
export function parsePostcode(said: string, country: string): EntityResult {
  const settled = settle(said);
  if (settled === undefined) return NONE;
  const format = FORMATS[country] ?? ANY;
  const { runs, otherWords } = runsOf(settled.text);
  const matches = new Set(candidates(runs, format));
  const [code] = matches;
  if (matches.size === 1 && code !== undefined) return found(format.write(code));
  const asNumber = spokenNumber(settled.text);
  if (matches.size === 0 && asNumber !== undefined && format.pattern.test(String(asNumber)))
    return found(format.write(String(asNumber)));
  const text = runs.join('');
  const isTried =
    matches.size === 0 && text.length >= 3 && /\d/.test(text) && otherWords <= MOST_OTHER_WORDS / 2;
  return isTried ? invalid('not a postcode as they are written there') : NONE;
}

/** True for a text whose postcode is nothing else: it has letters in its country, or the caller says what it is. */
export function isNamedPostcode(said: string, country: string): boolean {
  const hasLetters = FORMATS[country]?.pattern.source.includes('A') === true;
  return (
    hasLetters ||
    /\b(?:zip|post(?: ?code|al)|plz|postleitzahl|c[oó]digo postal|code postal|cap)\b/i.test(said)
  );
}

export function postcodeProgress(said: string, country: string): AnswerProgress {
  const result = parsePostcode(said, country);
  const longer = country === 'US' || country === 'GB' || FORMATS[country] === undefined;
  if (result.type === 'found') return longer ? 'extendable' : 'whole';
  return runsOf(said).runs.some((run) => /\d/.test(run)) ? 'partial' : 'unknown';
}

/** The codes that the runs make by themselves; else those that neighbours or all make together. */
function candidates(runs: readonly string[], { pattern }: Format): string[] {
  const alone = runs.flatMap(readings).filter((code) => pattern.test(code));
  if (alone.length > 0) return longestOf(alone);
  const pairs = runs.slice(1).map((run, index) => `${runs[index]}${run}`);
  return [...pairs, runs.join('')].flatMap(readings).filter((code) => pattern.test(code));
}

function longestOf(codes: readonly string[]): string[] {
  const most = Math.max(...codes.map(({ length }) => length));
  return codes.filter(({ length }) => length === most);
}

/** Every way to read the "oh"s of a run; and the run without what may be an article or a pronoun before it. */
function readings(run: string): string[] {
  const all = /^[AI]./.test(run) ? [run, run.slice(1)] : [run];
  return all.flatMap((text) => {
    let codes = [''];
    const isOften = text.split(EITHER).length - 1 > MOST_EITHER;
    for (const sign of text)
      codes =
        sign === EITHER && !isOften
          ? codes.flatMap((code) => [`${code}0`, `${code}O`])
          : codes.map((code) => code + (sign === EITHER ? '0' : sign));
    return codes;
  });
}

/** Letters and digits as they follow each other, apart where other words are between them. */
function runsOf(said: string): { runs: string[]; otherWords: number } {
  const text = said.replaceAll(SAID_OF_LETTERS, '$1');
  const words = tokens(text.replaceAll(/[-–]/g, ' ').replaceAll(/(?<=\d)\.(?=\d)/g, ' '));
  const runs: string[] = [''];
  let otherWords = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    // "1012 AM": two letters after digits, at the end, are letters whatever word they make.
    const isEnd = at === words.length - 1 && /\d$/.test(runs.at(-1) ?? '');
    const isPair = /^[a-z]{2}$/.test(word) && !LETTERS.has(word) && spokenDigits(word).digits === '';
    if (isPair && (isEnd || !SHORT_WORDS.has(word))) {
      runs.push(`${runs.pop() ?? ''}${word.toUpperCase()}`);
      continue;
    }
    const repeat = REPEATS.get(word);
    const sign = repeat === undefined ? undefined : signsOf(words[at + 1] ?? '', '');
    if (repeat !== undefined && sign?.signs.length === 1) {
      runs.push(`${runs.pop() ?? ''}${sign.signs.repeat(repeat)}`);
      at++;
      continue;
    }
    const own = signsOf(word, words[at + 1] ?? '');
    if (own === undefined) {
      otherWords++;
      if (runs.at(-1) !== '') runs.push('');
      continue;
    }
    runs.push(`${runs.pop() ?? ''}${own.signs}`);
    at += own.words - 1;
  }
  return { runs: runs.filter((run) => run !== ''), otherWords };
}

/** What a word stands for, with the next where they are one number ("twenty five"). */
function signsOf(word: string, next: string): { signs: string; words: number } | undefined {
  if (word === 'oh' || word === 'o') return { signs: EITHER, words: 1 };
  if (/^(?=.*\d)[a-z\d]{1,10}$/.test(word)) return { signs: word.toUpperCase(), words: 1 };
  if (/^[a-z]$/.test(word)) return { signs: word.toUpperCase(), words: 1 };
  const letter = LETTERS.get(word);
  if (letter !== undefined) return { signs: letter.toUpperCase(), words: 1 };
  const { digits: own } = spokenDigits(word);
  if (own === '') return undefined;
  const { digits: both, otherWords } = spokenDigits(`${word} ${next}`);
  const isOne =
    next !== '' && otherWords === 0 && both.length === own.length && own.endsWith('0') && own.length === 2;
  return isOne ? { signs: both, words: 2 } : { signs: own, words: 1 };
}
