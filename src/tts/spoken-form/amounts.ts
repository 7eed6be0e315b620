/** Numbers of something: money, percent, units of measure. */
import type { Currency, Language, Noun } from './language.ts';
import { numberSource, readNumber, sayNumber, type WrittenNumber } from './numbers.ts';
import { after, anyOf, before, END, group, type Rule, rule, START } from './rule.ts';

const SPACE = '[ \\u00A0\\u202F]?';

/** The number and what it counts, in its right form. */
function sayCounted(language: Language, number: WrittenNumber, noun: Noun): string {
  const [one, many, gender] = noun;
  const isOne = language.isOne(number.integer, number.fraction);
  const of = /[1-9]0{6}$/.test(number.integer) && number.fraction === '' ? language.scaleOf(many) : '';
  return `${sayNumber(language, number, gender)} ${of}${isOne ? one : many}`;
}

interface Money {
  readonly number: string;
  /** Million and the like, as written; empty: none. */
  readonly scale: string;
  /** As in "a $5 fee". */
  readonly isAttribute: boolean;
}

function sayMoney(language: Language, { major, minor }: Currency, money: Money): string {
  const number = readNumber(language, money.number);
  const { integer, fraction } = number;
  const scale = language.scales[money.scale] ?? money.scale;
  if (scale !== '') return `${sayNumber(language, number)} ${scale} ${language.scaleOf(major[1])}${major[1]}`;
  if (/^0*$/.test(fraction)) {
    const whole = { integer, fraction: '' };
    return money.isAttribute
      ? `${sayNumber(language, whole, major[2])} ${major[0]}`
      : sayCounted(language, whole, major);
  }
  if (minor === undefined || fraction.length !== 2) return sayCounted(language, number, major);
  const small = { integer: String(Number(fraction)), fraction: '' };
  if (/^0*$/.test(integer)) return sayCounted(language, small, minor);
  const { word, isNamed } = language.minorJoin;
  const end = isNamed ? sayCounted(language, small, minor) : sayNumber(language, small);
  return [sayCounted(language, { integer, fraction: '' }, major), word, end]
    .filter((part) => part !== '')
    .join(' ');
}

/** "$1,234.50", "12,50 €", "USD 20", "$3.5 million", "$10–20", "-$5". */
export function moneyRules(language: Language): Rule[] {
  const codes = Object.fromEntries(Object.keys(language.currencies).map((code) => [code, code]));
  const signs: Readonly<Record<string, string>> = { ...codes, ...language.currencySigns };
  const names = Object.keys(signs);
  const sign = anyOf(names);
  // "p" and "cent" only stand after a number.
  const leading = anyOf(names.filter((name) => !/^[\p{Ll}¢]/u.test(name)));
  const number = numberSource(language, true);
  const scale = `(?:${SPACE}(?<scale>${anyOf(Object.keys(language.scales))})${END})?`;
  const dash = `(?:[-–—]| [–—] | - (?=${leading}))`;
  const say = (match: RegExpExecArray): string | undefined => {
    const currency = language.currencies[signs[group(match, 'sign')] ?? ''];
    if (currency === undefined) return undefined;
    const isAttribute = language.isAttribute(before(match), after(match));
    const money = { number: group(match, 'n'), scale: group(match, 'scale'), isAttribute };
    const said = sayMoney(language, currency, money);
    if (group(match, 'minus') !== '') return `${language.signs.minus} ${said}`;
    const from = group(match, 'from');
    return from === ''
      ? said
      : `${sayNumber(language, readNumber(language, from))} ${language.signs.to} ${said}`;
  };
  return [
    rule(
      ['sign', 'letter'],
      `${START}(?<sign>${leading})${SPACE}(?:(?<from>${number})${dash}(?:${leading})?${SPACE})?(?<minus>[-−])?(?<n>${number})${scale}`,
      say,
    ),
    rule(['sign'], `${START}(?<minus>[-−])(?<sign>${leading})(?<n>${number})${scale}`, say),
    rule(
      ['digit'],
      `(?:(?<from>${number})${SPACE}(?:${sign})?${dash})?(?<n>${number})${scale}${SPACE}(?<sign>${sign})(?![\\p{L}\\p{N}$])`,
      say,
    ),
  ];
}

/** "20 %", "5 km", "5-min", "20°C". */
export function unitRules(language: Language): Rule[] {
  const { signs, units, perUnits } = language;
  const number = numberSource(language);
  const unit = anyOf(Object.keys(units));
  return [
    rule(['digit'], `(?<n>${number})${SPACE}%`, (match) => {
      return `${sayNumber(language, readNumber(language, group(match, 'n')))} ${signs.percent}`;
    }),
    rule(['digit'], `(?<n>${number})(?<gap>[- \\u00A0\\u202F]?)(?<unit>${unit})${END}`, (match) => {
      const noun = units[group(match, 'unit')];
      if (noun === undefined) return undefined;
      const read = readNumber(language, group(match, 'n'));
      if (group(match, 'gap') === '-') return `${sayNumber(language, read, noun[2])}-${noun[0]}`;
      return sayCounted(language, read, noun);
    }),
    rule(['sign'], `(?<=[\\p{L}\\d€£$.])/(?<unit>${anyOf(Object.keys(perUnits))})${END}`, (match) => {
      return `${signs.per} ${perUnits[group(match, 'unit')] ?? ''}`;
    }),
  ];
}
