/** Numbers as they are written, and as they are said. */
import type { Gender, Language } from './language.ts';
import { after, before, END, group, literal, type Rule, rule } from './rule.ts';

/** More digits than these are never a quantity. */
const MOST_CARDINAL_DIGITS = 15;
/** From this many on, digits without separators are a reference: nobody would count that far. */
const REFERENCE_DIGITS = 7;

/** A number's digits, without sign and separators. */
export interface WrittenNumber {
  readonly integer: string;
  /** Digits after the decimal sign, as written. */
  readonly fraction: string;
}

/**
 * A regular expression for a number as the language writes it. In money the other decimal sign is taken too: models
 * and tools write "12,50" and "12.50" in every language. Two groups or more are taken with either sign: "1.000.000".
 */
export function numberSource(language: Language, isMoney = false): string {
  const { decimal, groups } = language;
  const ownSign = literal(decimal);
  const otherSign = decimal === '.' ? ',' : '\\.';
  const plain = '\\d{1,15}(?!\\d)';
  const grouped = `\\d{1,3}(?:[${groups}]\\d{3}){1,4}(?!\\d)`;
  const fraction = `(?:${ownSign}\\d{1,12}(?!\\d))?`;
  const foreign = `[1-9]\\d{0,2}(?:${ownSign}\\d{3}){2,4}(?!${ownSign}?\\d)(?:${otherSign}\\d{1,12}(?!\\d))?`;
  // Not where a third part follows, as in a date or a version.
  const other = decimal === '.' ? '\\d{1,12},\\d{2}(?![\\d,])' : '\\d{1,12}\\.\\d{1,2}(?![\\d.])';
  const allowsOther = isMoney || decimal === ',';
  return `(?:${foreign}|(?:${grouped}|(?!${allowsOther ? other : '(?!)'})${plain})${fraction}${allowsOther ? `|${other}` : ''})`;
}

/** Decimals after the sign that is not the language's own. */
const OTHER_DECIMALS = { '.': /^\d+\.\d{1,2}$/, ',': /^\d+,\d{1,2}$/ } as const;

/** Takes apart what {@link numberSource} matched. */
export function readNumber(language: Language, text: string): WrittenNumber {
  const sign = language.decimal;
  const other = sign === '.' ? ',' : '.';
  const isForeign = text.split(sign).length > 2;
  const isOther = isForeign || OTHER_DECIMALS[other].test(text);
  const at = text.lastIndexOf(isOther ? other : sign);
  const [integer, fraction] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  return { integer: integer.replaceAll(/\D/g, ''), fraction };
}

/** The number in words; before a noun with that noun's gender. */
export function sayNumber(language: Language, { integer, fraction }: WrittenNumber, gender?: Gender): string {
  if (fraction !== '')
    return `${cardinal(language, integer)} ${language.signs.point} ${sayDigits(language, fraction)}`;
  return cardinal(language, integer, gender);
}

function cardinal(language: Language, digits: string, gender?: Gender): string {
  const isQuantity = digits.length <= MOST_CARDINAL_DIGITS;
  return isQuantity ? language.cardinal(digits, gender) : sayDigits(language, digits);
}

/** Digit by digit: "zero zero four five". */
export function sayDigits({ digits }: Language, text: string): string {
  return Array.from(text, (digit) => digits[Number(digit)] ?? digit).join(' ');
}

/** Digit by digit, with pauses where somebody who writes it down needs them. */
export function sayReference(language: Language, digits: string): string {
  if (digits.length < REFERENCE_DIGITS) return sayDigits(language, digits);
  const groups = digits.length > 40 ? (digits.match(/\d{1,4}/g) ?? []) : groupsOf(digits);
  return groups.map((part) => sayDigits(language, part)).join(', ');
}

/** Groups of three or four, the longer ones last, as phone numbers are said. */
function groupsOf(digits: string): string[] {
  const count = Math.ceil(digits.length / 4);
  const least = Math.floor(digits.length / count);
  const longer = digits.length % count;
  return Array.from({ length: count }, (_, index) => {
    const start = index * least + Math.max(0, index - (count - longer));
    return digits.slice(start, start + least + (index >= count - longer ? 1 : 0));
  });
}

/** Digits with nothing between them: a year, a reference, or a quantity. */
function sayPlain(language: Language, digits: string, textBefore: string, textAfter: string): string {
  const isZeroLed = digits.length > 1 && digits.startsWith('0');
  if (isZeroLed || (digits.length >= REFERENCE_DIGITS && !/^[1-9]\d{0,2}0{6,9}$/.test(digits)))
    return sayReference(language, digits);
  const counts = /^[ \u00A0](?:\p{Ll}+s|people|men|women|children)\b/u.test(textAfter);
  if (digits.length >= 3 && !counts && language.references?.test(textBefore) === true)
    return sayReference(language, digits);
  const value = Number(digits);
  return digits.length === 4 && language.isYear(value)
    ? language.year(value)
    : cardinal(language, digits, genderAfter(language, textAfter));
}

/** What the word after a number asks of it. */
function genderAfter(language: Language, textAfter: string): Gender | undefined {
  const [, word, following = ''] = /^[ \u00A0](\p{L}+)(?:[ \u00A0](\p{L}+))?/u.exec(textAfter) ?? [];
  return word === undefined ? undefined : language.genderOf(word, following);
}

/** "3rd", "112th". Before codes, which they look like. */
export function ordinalRules(language: Language): Rule[] {
  return [
    rule(['digit'], `(?<n>\\d{1,4})(?<suffix>${language.ordinalSource})${END}`, (match) =>
      language.ordinal(Number(group(match, 'n')), group(match, 'suffix'), before(match)),
    ),
  ];
}

/** Dots between groups of three digits; four parts of an address look the same. */
const DOT_GROUPED = /^[1-9]\d{0,2}(?:\.\d{3}){2,4}$/;
const NETWORK_ADDRESS = /^\d{1,3}(?:\.(?:1\d\d|2[0-4]\d|25[0-5])){3}$/;
const VERSION_CUE = /(?<!\p{L})(?:vers\p{L}{1,4}|release|build|firmware|IP)\.? $/iu;

function isVersion(text: string, textBefore: string): boolean {
  return !DOT_GROUPED.test(text) || NETWORK_ADDRESS.test(text) || VERSION_CUE.test(textBefore);
}

/** Numbers that nothing else in the text explains, and the ends of ranges. Comes after all other rules. */
export function numberRules(language: Language): Rule[] {
  const { signs } = language;
  const number = numberSource(language);
  const say = (text: string, match: RegExpExecArray): string =>
    /^\d+$/.test(text)
      ? sayPlain(language, text, before(match), after(match))
      : sayNumber(language, readNumber(language, text), genderAfter(language, after(match)));
  return [
    // Versions and network addresses.
    rule(['digit'], `\\d{1,6}(?:\\.\\d{1,6}){2,8}(?![\\d.]\\d)`, (match) => {
      if (!isVersion(match[0], before(match))) return undefined;
      return match[0]
        .split('.')
        .map((part) => (part.startsWith('0') ? sayDigits(language, part) : cardinal(language, part)))
        .join(` ${language.decimal === '.' ? signs.point : signs.dot} `);
    }),
    rule(
      ['digit'],
      `(?<!\\d[-–—])(?<n>${number})(?:[-–—]| [–—] )(?=(?:${number})(?!\\s?[-–—/]\\d))`,
      (match) => `${say(group(match, 'n'), match)} ${signs.to}`,
    ),
    rule(['sign'], '(?<![\\p{L}\\p{N}).]|\\p{N} )[-−](?=\\d)', () => signs.minus),
    rule(
      ['sign'],
      `(?<![\\p{L}\\p{N}])[.](?<n>\\d{1,12})(?!\\d)`,
      (match) => `${signs.point} ${sayDigits(language, group(match, 'n'))}`,
    ),
    rule(['digit'], number, (match) => say(match[0], match)),
    rule(['digit'], '\\d+', ([digits]) => sayReference(language, digits)),
  ];
}
