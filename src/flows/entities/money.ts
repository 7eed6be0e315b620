/** Amounts of money: "twelve fifty", "a hundred and twenty euros", "fifty cents", "$12.50". */
import type { AnswerProgress } from '../index.ts';
import { settle } from './correction.ts';
import { type EntityResult, invalid, NONE, withinBounds } from './entity.ts';
import { withoutDaysAndTimes, withoutMoments } from './number-phrases.ts';
import { spokenNumbers } from './spoken-numbers.ts';
import { tokens } from './words.ts';

interface Rules {
  min?: number | undefined;
  max?: number | undefined;
  /** ISO 4217. */
  currency: string;
  /** "1.250" is a thousand and more; else a point is where the decimals begin. Default: false. */
  decimalComma?: boolean;
}

/** Words and signs of currencies, in the languages that numbers are understood in. */
const MAJOR: readonly (readonly [words: string, currencies: RegExp])[] = [
  [
    '\\$|dollars?|bucks?|d[oó]lar(?:es)?|dollari|dollaro|USD|CAD|AUD',
    /^(?:USD|CAD|AUD|NZD|SGD|HKD|TWD|JMD)$/,
  ],
  ['€|euros?|EUR', /^EUR$/],
  ['£|pounds?|quid|sterling|libras?|livres?|pfund|sterline|GBP', /^(?:GBP|EGP|LBP)$/],
  ['francs?|franken|stutz|franchi|CHF', /^(?:CHF|XOF|XAF)$/],
  ['¥|yen|JPY', /^JPY$/],
  ['₹|rupees?|INR', /^(?:INR|PKR|LKR|NPR)$/],
  ['R\\$|rea(?:l|is)|BRL', /^BRL$/],
  ['pesos?|MXN', /^(?:MXN|ARS|CLP|COP|PHP|UYU)$/],
  ['kron(?:or|er|a|e)|crowns?', /^(?:SEK|NOK|DKK|ISK|CZK)$/],
  ['zloty(?:ch)?|złot(?:y|e|ych)|PLN', /^PLN$/],
  ['rands?|ZAR', /^ZAR$/],
];
const ANY_MAJOR = new RegExp(
  `(?<![\\p{L}])(?:${MAJOR.map(([words]) => words).join('|')})(?![\\p{L}])`,
  'giu',
);
const MINOR =
  /(?<!\p{L})(?:cents?|penn(?:y|ies)|pence|p|¢|centimes?|c[eé]ntimos?|centavos?|centesim[oi]|c[eê]ntimos?|rappen|öre|øre)(?!\p{L})/giu;
/** "More than fifty", "fifty or sixty": no amount yet. */
const OPEN =
  /\b(?:more|less|fewer) than\b|\bat (?:least|most)\b|\bup to\b|(?<!\p{L})(?:or|between|per ?cent|percent|oder|o|ou|of|zwischen|entre)(?!\p{L})|%/iu;

/** An amount; its value is a number of whole units with as many decimals as the currency has. `said`: in numerals. */
export function parseMoney(said: string, rules: Rules): EntityResult {
  const settled = settle(plain(said, rules));
  if (settled === undefined || OPEN.test(settled.text)) return NONE;
  if (/^\W*(?:nothing|zero)\W*$/i.test(settled.text)) return within(0, rules);
  const text = withoutMoments(settled.text);
  const majors = [...text.matchAll(ANY_MAJOR)];
  if (majors.length > 0) return withUnit(text, majors, rules);
  const minors = [...text.matchAll(MINOR)];
  const numbers = spokenNumbers(
    minors.length > 0 ? text : withoutDaysAndTimes(text.replaceAll(DECIMALS, '$1 point $2')),
  );
  const [first, second] = numbers;
  if (first === undefined) return NONE;
  if (minors.length > 0) return numbers.length === 1 ? within(first / 100, rules) : NONE;
  if (second === undefined) return within(first, rules);
  return numbers.length === 2 ? priceOf(first, second, text, rules) : NONE;
}

/** An amount that says its currency; for answers that were given ahead of the question. */
export function findMoney(said: string, rules: Rules): number | undefined {
  const text = plain(said, rules);
  if (text.search(ANY_MAJOR) < 0 && text.search(MINOR) < 0) return undefined;
  const near = AMOUNT.exec(text)?.[0] ?? text;
  const result = parseMoney(near, rules);
  return result.type === 'found' ? Number(result.value) : undefined;
}

/** "Four people for fifty dollars" → "four people for": the numbers that are no amount. `said`: in numerals. */
export function withoutMoney(said: string): string {
  const text = plain(said, {});
  return text.search(ANY_MAJOR) < 0 && text.search(MINOR) < 0 ? said : text.replace(AMOUNT, ' ');
}

/** How far words are an amount: cents end one, everything else may be followed by some. */
export function moneyProgress(said: string, rules: Rules): AnswerProgress {
  const last = tokens(said).at(-1) ?? '';
  if (/^(?:and|point|und|et|y|con|e|en|komma|coma|virgule|a)$/.test(last)) return 'partial';
  const result = parseMoney(said, rules);
  if (result.type === 'none') return 'unknown';
  const isDone = result.type === 'found' && (last.search(MINOR) === 0 || /\d[.,]\d{2}\W*$/.test(said));
  return isDone ? 'whole' : 'extendable';
}

/** "12.50" may be a time; "at 12.50" is one. */
const DECIMALS = /(?<!\bat (?:about |around )?\d*)(\d)\.(\d)/gi;

/** The words around a currency that can belong to its amount, in numerals or in English. */
const NUMBER =
  '(?:[\\d.,]+k?|a|an|half|point|dozen|hundred|thousand|million|(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety))';
const AMOUNT = new RegExp(
  `(?:${NUMBER}(?:[\\s-]+(?:and\\s+)?|(?=\\D)))+(?:${ANY_MAJOR.source}|${MINOR.source})(?:\\s+(?:and |und |et |y |con |e |en )?${NUMBER}(?:[\\s-]+${NUMBER})*(?:\\s+${MINOR.source})?)?`,
  'iu',
);

/** Signs behind their numbers, decimals with a point, and no thousands marked: "$1,250.50", "1.250,50 €" → "1250.50 $". */
function plain(said: string, { decimalComma = false }: Pick<Rules, 'decimalComma'>): string {
  const signed = said
    .replaceAll(/([$€£¥₹]|R\$)\s?(\d[\d.,]*)/g, '$2 $1')
    .replaceAll(/(\d)([$€£¥₹p¢])(?!\p{L})/gu, '$1 $2')
    .replaceAll(/(\d)k\b/gi, '$1 thousand');
  const [group, point] = decimalComma ? ['.', ','] : [',', '.'];
  return signed.replaceAll(decimalComma ? COMMA_NUMBER : POINT_NUMBER, (number) =>
    number.replaceAll(group, '').replace(point, '.'),
  );
}

const POINT_NUMBER = /(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])/g;
const COMMA_NUMBER = /(?<![\d.,])(?:\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d+,\d{1,2})(?![\d,])/g;
/** "Twelve dollars and fifty cents", "twelve euros fifty" */
function withUnit(text: string, majors: readonly RegExpExecArray[], rules: Rules): EntityResult {
  const [unit] = majors;
  if (unit === undefined || majors.length > 1) return NONE;
  const known = MAJOR.find(([words]) => new RegExp(`^(?:${words})$`, 'iu').test(unit[0]));
  const before = spokenNumbers(text.slice(0, unit.index));
  const after = spokenNumbers(text.slice(unit.index + unit[0].length).replaceAll(MINOR, ' '));
  const [whole, part = 0] = [before[0], after[0]];
  if (whole === undefined || before.length > 1 || after.length > 1) return NONE;
  if (part < 0 || part > 99 || !Number.isInteger(part) || (part > 0 && !Number.isInteger(whole))) return NONE;
  if (known?.[1].test(rules.currency) !== true) return invalid(`not in ${rules.currency}`);
  return within(whole + part / 100, rules);
}

/** "Twelve fifty" is 12.50, and 1250 where only that is allowed; "nine fifty" may be either. */
function priceOf(first: number, second: number, text: string, rules: Rules): EntityResult {
  const isPrice = Number.isInteger(first) && Number.isInteger(second) && first > 0 && first < 100;
  const hasTwo = second >= 10 && second < 100;
  if (!isPrice || !hasTwo || /\d\s*,\s*\d|\band\b/.test(text)) return NONE;
  const readings = [first + second / 100, first * 100 + second];
  const fitting = readings.filter((value) => within(value, rules).type === 'found');
  const [price = 0] = readings;
  if (fitting.length === 0) return within(price, rules);
  if (fitting.length === 1) return within(fitting[0] ?? price, rules);
  return first >= 10 ? within(price, rules) : NONE;
}

function within(value: number, { currency, ...bounds }: Rules): EntityResult {
  const unit = 10 ** decimalsOf(currency);
  const amount = Math.round(value * unit) / unit;
  return Number.isFinite(amount) && amount >= 0 ? withinBounds(amount, bounds) : NONE;
}

function decimalsOf(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}
