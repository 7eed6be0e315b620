/** Phone numbers, and digits grouped like them: said digit by digit, with a pause between groups. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Language } from './language.ts';
import { sayDigits, sayReference } from './numbers.ts';
import { after, anyOf, type Rule, rule } from './rule.ts';

/** The shortest local number; and the longest that is written in such groups, a payment card's. */
const FEWEST_DIGITS = 7;
const MOST_DIGITS = 19;

const GAP = '[ \\u00A0\\u202F.\\-‑/]';
const LOOSE_GAP = '[ \\u00A0\\u202F.\\-‑/()]{0,3}';

/** Digits after the country code where all numbers have as many: what follows is no part of the number then. */
const NATIONAL_DIGITS: Readonly<Record<string, string>> = {
  '1': '10',
  '31': '9',
  '33': '9',
  '34': '9',
  '351': '9',
  '44': '9,10',
  '52': '10',
  '55': '10,11',
  '61': '9',
};

/** "+44 20 7946 0958", "(555) 010-0123", "0800 123 456", "123-45-6789", and the country's own shapes. */
export function phoneRules(language: Language): Rule[] {
  const isQuantity = quantityTest(language);
  const say = (match: RegExpExecArray): string | undefined => {
    const groups = match[0].match(/\d+|[A-Z]/g) ?? [];
    const { length } = groups.join('');
    const isPhone = length >= FEWEST_DIGITS && length <= MOST_DIGITS && !isQuantity(match);
    return isPhone ? sayGroups(language, groups) : undefined;
  };
  const national = Object.entries(NATIONAL_DIGITS).map(
    ([code, count]) => `${code}(?:${LOOSE_GAP}\\d){${count}}(?!\\d)`,
  );
  const shapes = [
    `0\\d{1,5}(?:${GAP}\\d{2,8}){1,5}(?!\\d)`,
    '\\d{2,4}[-‑]\\d{2,4}[-‑]\\d{2,6}(?![-‑]?\\d)',
    '\\d{4}[ -]\\d{4}[ -]\\d{4}[ -]\\d{1,4}',
    // The numbers of persons and firms in Spain and South America, with what checks them.
    '\\d{1,3}(?:\\.\\d{3}){2}(?:/\\d{4})?-(?:\\d{1,2}|[A-Z])(?![\\p{L}\\p{N}]|[.,]\\d)',
    ...language.phoneSources.map((source) => `${source}(?![-‑]?\\d)`),
  ];
  return [
    rule(['sign'], `\\+(?:${national.join('|')}|\\d(?:${LOOSE_GAP}\\d){6,14}(?!\\d))`, ([text]) => {
      const written = text.match(/\d+/g) ?? [];
      const groups = written.length === 1 ? parted(text) : written;
      return `${language.signs.plus} ${sayGroups(language, groups)}`;
    }),
    rule(['sign'], `\\(0?\\d{1,5}\\)${GAP}?\\d{2,8}(?:${GAP}\\d{2,5}){0,3}(?!\\d)`, say),
    rule(['digit'], `(?:${shapes.join('|')})`, say),
  ];
}

/** Whether groups of three digits are rather an amount: round millions, or before a currency. */
function quantityTest({ currencies, currencySigns }: Language): (match: RegExpExecArray) => boolean {
  const nouns = Object.values(currencies).map(({ major: [, many] }) => many);
  const counted = anyOf([...Object.keys(currencies), ...Object.keys(currencySigns), ...nouns, '%']);
  const unit = new RegExp(`^[ \\u00A0\\u202F]?${counted}(?![\\p{L}\\p{N}])`, 'u');
  return (match) =>
    /^[1-9]\d{0,2}\.000\.000$/.test(match[0]) ||
    (/^[1-9]\d{0,2}([ \u00A0\u202F.])\d{3}(?:\1\d{3})+$/.test(match[0]) && unit.test(after(match)));
}

/** The groups of a number that was written without any. */
function parted(text: string): string[] {
  return (
    parsePhoneNumberFromString(text)?.formatInternational().match(/\d+/g) ?? [text.replaceAll(/\D/g, '')]
  );
}

function sayGroups(language: Language, groups: readonly string[]): string {
  return groups
    .map(
      (digits) =>
        language.phoneGroup?.(digits) ??
        (digits.length > 5 ? sayReference(language, digits) : sayDigits(language, digits)),
    )
    .join(', ');
}

/** For languages whose digits are left as digits: only what cannot be taken for anything else. */
export function neutralPhoneRules(): Rule[] {
  const say = ([text]: RegExpExecArray): string => {
    const plus = text.startsWith('+') ? '+' : '';
    const written = text.match(/\d+/g) ?? [];
    const groups = written.length === 1 && plus !== '' ? parted(text) : written;
    return plus + groups.map((digits) => [...digits].join(' ')).join(', ');
  };
  return [
    rule(['sign'], `\\+\\d(?:${LOOSE_GAP}\\d){6,14}(?!\\d)`, say),
    rule(['sign'], `\\(0?\\d{1,5}\\)${GAP}?\\d{2,8}(?:${GAP}\\d{2,5}){0,3}(?!\\d)`, say),
    rule(['digit'], `0\\d{1,5}(?:[ \\u00A0\\-/]\\d{2,8}){1,5}(?!\\d)`, (match) =>
      match[0].replaceAll(/\D/g, '').length < FEWEST_DIGITS ? undefined : say(match),
    ),
  ];
}
