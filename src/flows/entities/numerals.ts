/** Number words of other languages than English as numerals, so that one parser of numbers serves them all. */
import { toCardinal as german } from 'n2words/de-DE';
import { toCardinal as spanish } from 'n2words/es-ES';
import { toCardinal as french } from 'n2words/fr-FR';
import { toCardinal as italian } from 'n2words/it-IT';
import { toCardinal as dutch } from 'n2words/nl-NL';
import { toCardinal as portuguese } from 'n2words/pt-PT';
import { tokens } from './words.ts';

interface Language {
  name: (value: number) => string;
  /** The word for a hundred, where years are counted in them: "neunzehnhundertachtzig". */
  hundred?: { word: string; isJoined: boolean };
  /** Other words for the same numbers. */
  also: Readonly<Record<string, number>>;
  /** Words that are numbers only beside another one; elsewhere "a table", "half past". */
  beside: Readonly<Record<string, number>>;
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  de: {
    name: german,
    hundred: { word: 'hundert', isJoined: true },
    also: { zwo: 2, hundert: 100, tausend: 1000 },
    beside: { ein: 1, eine: 1 },
  },
  es: { name: spanish, also: { ciento: 100 }, beside: { un: 1, una: 1 } },
  fr: {
    name: french,
    hundred: { word: 'cent', isJoined: false },
    also: { septante: 70, huitante: 80, nonante: 90 },
    beside: { un: 1, une: 1 },
  },
  it: { name: italian, also: {}, beside: { un: 1, una: 1 } },
  nl: { name: dutch, hundred: { word: 'honderd', isJoined: true }, also: {}, beside: { een: 1 } },
  pt: {
    name: portuguese,
    also: { dezesseis: 16, dezessete: 17, dezenove: 19, quatorze: 14, duas: 2 },
    beside: { um: 1, uma: 1, meia: 6 },
  },
};

/** Every number to here is known by its words: hundreds for prices, two thousands for years. */
const MOST = 2099;
const LEAST_THOUSANDS = 3;
const MOST_THOUSANDS = 99;
const MOST_WORDS = 7;
/** What may stand between the words of one number. */
const GAP = /^[\s-]+$/;

interface Table {
  values: ReadonlyMap<string, number>;
  beside: ReadonlyMap<string, number>;
}

/** Made when a flow of the language is first spoken to, in a few milliseconds. */
const tables = new Map<string, Table>();

/** `le vingt-cinq décembre` → `le 25 décembre`. English and unknown languages stay as they are. `language`: BCP 47. */
export function inNumerals(said: string, language: string): string {
  const tag = language.slice(0, 2).toLowerCase();
  const table = tableOf(tag);
  if (table === undefined) return said;
  const text = partiesCounted(said, tag);
  const parts = [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    word: tokens(word).join(''),
    start: index,
    end: index + word.length,
  }));
  let left = '';
  let copied = 0;
  for (let at = 0; at < parts.length; ) {
    const number = numberAt(table, text, parts, at);
    if (number !== undefined) {
      left += text.slice(copied, parts[at]?.start) + String(number.value);
      copied = parts[at + number.length - 1]?.end ?? copied;
    }
    at += number?.length ?? 1;
  }
  return left + text.slice(copied);
}

/** "Zu zweit", "met z'n vieren" */
const PARTIES: Readonly<Record<string, readonly [said: RegExp, names: readonly string[]]>> = {
  de: [
    /(?<!\p{L})zu (zweit|dritt|viert|fünft|sechst|siebt|acht|neunt|zehnt)(?:en)?(?!\p{L})/giu,
    'zweit dritt viert fünft sechst siebt acht neunt zehnt'.split(' '),
  ],
  nl: [
    /(?<!\p{L})met (?:z['’]?n|ons) (tweeën|drieën|vieren|vijven|zessen|zevenen|achten)(?!\p{L})/giu,
    'tweeën drieën vieren vijven zessen zevenen achten'.split(' '),
  ],
};

/** `zu viert` → `4 people` */
function partiesCounted(text: string, language: string): string {
  const [said, names] = PARTIES[language] ?? [];
  if (said === undefined || names === undefined) return text;
  return text
    .normalize('NFC')
    .replaceAll(said, (_, name: string) => `${names.indexOf(name.toLowerCase()) + 2} people`);
}

/** The same for digits and numbers, where a lone "o" is no zero as it is in English. */
export function onlyNumerals(text: string, language: string): string {
  if (LANGUAGES[language.slice(0, 2).toLowerCase()] === undefined) return text;
  const numerals = inNumerals(text, language).replaceAll(/(?<![\p{L}\d])oh?(?![\p{L}\d])/giu, ' ');
  return numerals.replaceAll(/(\d) (?:coma|komma|virgule|virgola|v[ií]rgula) (\d)/giu, '$1.$2');
}

interface Part {
  word: string;
  start: number;
  end: number;
}

function numberAt(
  { values, beside }: Table,
  text: string,
  parts: readonly Part[],
  at: number,
): { value: number; length: number } | undefined {
  let words = parts[at]?.word ?? '';
  let found: { value: number; length: number } | undefined;
  for (let length = 1; length <= MOST_WORDS; length++) {
    const value = values.get(words);
    if (value !== undefined) found = { value, length };
    const [last, next] = [parts[at + length - 1], parts[at + length]];
    if (last === undefined || next === undefined || !GAP.test(text.slice(last.end, next.start))) break;
    words = `${words} ${next.word}`;
  }
  const alone = beside.get(parts[at]?.word ?? '');
  if (found !== undefined || alone === undefined) return found;
  const isNumber = (part: Part | undefined): boolean =>
    part !== undefined && (values.has(part.word) || /^\d+$/.test(part.word));
  const isBeside = parts.length === 1 || isNumber(parts[at - 1]) || isNumber(parts[at + 1]);
  return isBeside ? { value: alone, length: 1 } : undefined;
}

/** From eleven hundred to nineteen hundred and ninety-nine. */
function hundredsOf({ name, hundred }: Language): [value: number, words: string][] {
  if (hundred === undefined) return [];
  const blank = hundred.isJoined ? '' : ' ';
  return Array.from({ length: 900 }, (_, index) => {
    const value = 1100 + index;
    const rest = value % 100 === 0 ? '' : `${blank}${name(value % 100)}`;
    return [value, `${name(Math.floor(value / 100))}${blank}${hundred.word}${rest}`];
  });
}

function tableOf(language: string): Table | undefined {
  const known = tables.get(language);
  const source = LANGUAGES[language];
  if (known !== undefined || source === undefined) return known;
  const beside = new Map(Object.entries(source.beside));
  const values = new Map<string, number>();
  const add = (value: number): void => {
    const words = tokens(source.name(value)).join(' ');
    if (beside.has(words)) return;
    values.set(words, value);
    // "Hundertzwanzig" is said as often as "einhundertzwanzig".
    values.set(words.replace(/^ein(?=hundert|tausend)/, ''), value);
  };
  for (let value = 0; value <= MOST; value++) add(value);
  for (const [value, words] of hundredsOf(source)) values.set(tokens(words).join(' '), value);
  for (let thousands = LEAST_THOUSANDS; thousands <= MOST_THOUSANDS; thousands++) add(thousands * 1000);
  for (const [words, value] of Object.entries(source.also)) values.set(words, value);
  const table = { values, beside };
  tables.set(language, table);
  return table;
}
