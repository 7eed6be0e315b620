/** English. */
import { toCardinal, toOrdinal } from 'n2words/en-US';
import type { CalendarDay, ClockTime, Currency, Language } from '../language.ts';
import { englishRules } from './en-rules.ts';
import { ABBREVIATIONS, LABELS, READ_AS_WORDS, REFERENCES, SPELLED, TITLES, UNITS } from './en-words.ts';
import { isMonthFirst, regionOf } from './region.ts';
import { CURRENCY_SIGNS, isExactlyOne } from './shared.ts';

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

const MONTHS: Language['months'] = [
  ['January', 'Jan'],
  ['February', 'Feb'],
  ['March', 'Mar'],
  ['April', 'Apr'],
  ['May'],
  ['June', 'Jun'],
  ['July', 'Jul'],
  ['August', 'Aug'],
  ['September', 'Sept', 'Sep'],
  ['October', 'Oct'],
  ['November', 'Nov'],
  ['December', 'Dec'],
];

const FRACTION_NAMES: Readonly<Record<number, string>> = {
  2: 'half',
  3: 'third',
  4: 'quarter',
  5: 'fifth',
  6: 'sixth',
  8: 'eighth',
};

const WEEKDAYS: Language['weekdays'] = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Tues: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Thur: 'Thursday',
  Thurs: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
  ...Object.fromEntries(
    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((name) => [
      name,
      name,
    ]),
  ),
};

const CURRENCIES: Readonly<Record<string, Currency>> = {
  USD: { major: ['dollar', 'dollars', 'm'], minor: ['cent', 'cents', 'm'] },
  CAD: { major: ['Canadian dollar', 'Canadian dollars', 'm'], minor: ['cent', 'cents', 'm'] },
  AUD: { major: ['Australian dollar', 'Australian dollars', 'm'], minor: ['cent', 'cents', 'm'] },
  NZD: { major: ['New Zealand dollar', 'New Zealand dollars', 'm'], minor: ['cent', 'cents', 'm'] },
  EUR: { major: ['euro', 'euros', 'm'], minor: ['cent', 'cents', 'm'] },
  GBP: { major: ['pound', 'pounds', 'm'], minor: ['penny', 'pence', 'm'] },
  CHF: { major: ['Swiss franc', 'Swiss francs', 'm'], minor: ['centime', 'centimes', 'm'] },
  INR: { major: ['rupee', 'rupees', 'm'], minor: ['paisa', 'paise', 'm'] },
  ZAR: { major: ['rand', 'rand', 'm'], minor: ['cent', 'cents', 'm'] },
  MXN: { major: ['Mexican peso', 'Mexican pesos', 'm'], minor: ['centavo', 'centavos', 'm'] },
  BRL: { major: ['real', 'reais', 'm'], minor: ['centavo', 'centavos', 'm'] },
  JPY: { major: ['yen', 'yen', 'm'] },
  CNY: { major: ['yuan', 'yuan', 'm'] },
  // Minor units written alone: "50¢", "99p".
  cent: { major: ['cent', 'cents', 'm'] },
  penny: { major: ['penny', 'pence', 'm'] },
};

const SCALES: Language['scales'] = {
  thousand: 'thousand',
  million: 'million',
  billion: 'billion',
  trillion: 'trillion',
  k: 'thousand',
  K: 'thousand',
  m: 'million',
  M: 'million',
  mn: 'million',
  bn: 'billion',
  B: 'billion',
  tn: 'trillion',
};

/** What money is often a kind of. */
const ATTRIBUTED =
  /^ (?:fee|charge|deposit|bill|note|coin|gift|voucher|coupon|discount|refund|credit|fine|copay|co-pay|minimum|limit|payment|tip|plan|surcharge|penalty|rebate|bonus|prepaid)\b/;

const PER_UNITS: Language['perUnits'] = {
  hour: 'hour',
  hr: 'hour',
  h: 'hour',
  day: 'day',
  night: 'night',
  week: 'week',
  wk: 'week',
  month: 'month',
  mo: 'month',
  year: 'year',
  yr: 'year',
  person: 'person',
  user: 'user',
  minute: 'minute',
  min: 'minute',
  second: 'second',
  sec: 'second',
  mile: 'mile',
  lb: 'pound',
  kg: 'kilogram',
  unit: 'unit',
  item: 'item',
};

/** What no region changes. */
const ENGLISH = {
  decimal: '.',
  groups: ',\\u00A0\\u202F',
  digits: DIGITS,
  signs: {
    point: 'point',
    minus: 'minus',
    plus: 'plus',
    equals: 'equals',
    times: 'times',
    by: 'by',
    dividedBy: 'divided by',
    less: 'less than',
    atMost: 'at most',
    atLeast: 'at least',
    power: 'to the power of',
    more: 'more than',
    about: 'about',
    percent: 'percent',
    to: 'to',
    and: 'and',
    number: 'number',
    hash: 'hashtag',
    per: 'per',
    at: 'at',
    dot: 'dot',
    slash: 'slash',
    dash: 'dash',
    underscore: 'underscore',
    colon: 'colon',
    questionMark: 'question mark',
  },
  genderOf: () => undefined,
  isYear: (year) => year >= 1700 && year < 2100,
  isOne: isExactlyOne,
  months: MONTHS,
  weekdays: WEEKDAYS,
  hasCapitalMonths: true,
  dateCue:
    /\b(?:on|until|till|before|after|since|due|dated|date:?|through|starting|of birth:?|DOB:?|born) $/i,
  ofSource: 'of ',
  monthOf: '',
  ordinalSource: 'st|nd|rd|th|ST|ND|RD|TH',
  fraction: sayFraction,
  andAHalf: 'and a half',
  timeSources: [
    '(?<h>\\d{1,2})(?:[:.](?<m>[0-5]\\d))?[ \\u00A0\\u202F]?(?<half>[AaPp](?:[Mm](?![\\p{L}\\p{N}])|\\.[ ]?[Mm](?![\\p{L}\\p{N}])\\.?))',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])',
  ],
  currencies: CURRENCIES,
  minorJoin: { word: 'and', isNamed: true },
  isAttribute: (before, after) =>
    ATTRIBUTED.test(after) || (/\b[Aa]n? $/.test(before) && /^ ?-?\p{Ll}/u.test(after)),
  scales: SCALES,
  scaleOf: () => '',
  units: UNITS,
  perUnits: PER_UNITS,
  phoneSources: [
    '(?:1[ .-])?\\d{3}[ .-]\\d{3}[ .-]\\d{4}',
    '1[ .-]\\(\\d{3}\\) ?\\d{3}[ .-]\\d{4}',
    '\\d{3}-\\d{4}',
  ],
  domainsSource: '(?:com|net|org|edu|gov|info|biz|app|dev|io|eu|uk|ca|au|nz|ie|ai|us(?=/))',
  references: REFERENCES,
  labels: LABELS,
  titles: TITLES,
  abbreviations: ABBREVIATIONS,
  spellsShortAcronyms: true,
  spelled: SPELLED,
  readAsWords: READ_AS_WORDS,
} satisfies Partial<Language>;

/** English as this region speaks it; the United States' without one. */
export function english(tag: string): Language {
  const isAmerican = ['', 'US'].includes(regionOf(tag));
  const cardinal = (digits: string): string => toCardinal(digits, { and: !isAmerican });
  const ordinal = (value: number): string => endOrdinal(cardinal(String(value)));
  const language = {
    ...ENGLISH,
    tag,
    monthFirst: isAmerican || isMonthFirst(tag),
    cardinal,
    year: (year) => sayYear(year, cardinal),
    date: (date, before) => sayDate(date, before, { isAmerican, ordinal, cardinal }),
    ordinal,
    time: (time) => sayTime(time, cardinal),
    currencySigns: { ...CURRENCY_SIGNS, $: 'USD', '¢': 'cent', ...(!isAmerican && { p: 'penny' }) },
  } satisfies Omit<Language, 'ownRules'>;
  return { ...language, ownRules: englishRules({ digits: DIGITS, cardinal, year: language.year }) };
}

/** The last word of a cardinal made ordinal: n2words leaves out the "and" in ordinals. */
function endOrdinal(cardinal: string): string {
  const last = /[a-z]+$/.exec(cardinal)?.[0] ?? '';
  const value = ORDINAL_ENDS.get(last);
  return cardinal.slice(0, cardinal.length - last.length) + (value ?? `${last}th`);
}

const ORDINAL_ENDS: ReadonlyMap<string, string> = new Map(
  [...Array(21).keys(), 30, 40, 50, 60, 70, 80, 90]
    .slice(1)
    .map((value) => [toCardinal(value), toOrdinal(value)]),
);

function sayYear(year: number, cardinal: (digits: string) => string): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  const isThousand = year % 1000 < 10;
  if (year < 1010 || year > 9999 || isThousand) return cardinal(String(year));
  if (rest === 0) return `${toCardinal(century)} hundred`;
  return `${toCardinal(century)} ${rest < 10 ? 'oh ' : ''}${toCardinal(rest)}`;
}

interface DateHabits {
  isAmerican: boolean;
  ordinal: (value: number) => string;
  cardinal: (digits: string) => string;
}

function sayDate(date: CalendarDay, before: string, { isAmerican, ordinal, cardinal }: DateHabits): string {
  const month = MONTHS[date.month - 1]?.[0] ?? '';
  const last = date.lastDay === undefined ? '' : ` to ${ordinal(date.lastDay)}`;
  const day = `${ordinal(date.day)}${last}`;
  const year = date.year === undefined ? '' : `, ${sayYear(date.year, cardinal)}`;
  if (isAmerican && !/\b[Tt]he $/.test(before)) return `${month} ${day}${year}`;
  const the = /\b[Tt]he $/.test(before) ? '' : 'the ';
  return `${the}${day} of ${month}${year}`;
}

function sayFraction(numerator: number, denominator: number): string | undefined {
  if (numerator === 0 || numerator > denominator) return undefined;
  const name = FRACTION_NAMES[denominator];
  if (name === undefined || numerator === denominator)
    return [5, 10, 100].includes(denominator)
      ? `${toCardinal(numerator)} out of ${toCardinal(denominator)}`
      : undefined;
  const plural = name === 'half' ? 'halves' : `${name}s`;
  return `${toCardinal(numerator)} ${numerator === 1 ? name : plural}`;
}

/** On the phone nobody counts to 24: hours after noon are said as such. */
function sayTime({ hour, minute, half }: ClockTime, cardinal: (digits: string) => string): string {
  const isLate = hour >= 13 && half === undefined;
  const isNight = hour % 24 === 0 && half === undefined;
  const said = cardinal(String(hour % 12 === 0 ? 12 : hour % 12));
  const ending = isLate && hour < 24 ? ' P M' : isNight ? ' A M' : '';
  const halfEnding = half === undefined ? ending : half === 'am' ? ' A M' : ' P M';
  if (minute === 0) return halfEnding === '' ? `${said} o'clock` : `${said}${halfEnding}`;
  return `${said} ${minute < 10 ? 'oh ' : ''}${toCardinal(minute)}${halfEnding}`;
}
