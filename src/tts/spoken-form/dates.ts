/** Days of the calendar and times of day. */
import type { CalendarDay, Language } from './language.ts';
import { anyOf, before, closingStop, END, group, type Rule, rule, START } from './rule.ts';

const LONGEST_MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function day(dayNumber: number, month: number, year?: number): CalendarDay | undefined {
  const days = LONGEST_MONTH_DAYS[month - 1];
  if (days === undefined || dayNumber < 1 || dayNumber > days) return undefined;
  return { day: dayNumber, month, ...(year !== undefined && { year }) };
}

/** "26" is a year of this century up to 49, else of the last. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length !== 2) return year;
  return year < 50 ? 2000 + year : 1900 + year;
}

/** A day written in digits only, in the region's order, or in the other where only that one is possible. */
function numericDay(
  language: Language,
  first: number,
  second: number,
  year?: number,
): CalendarDay | undefined {
  const usual = language.monthFirst ? day(second, first, year) : day(first, second, year);
  return usual ?? (language.monthFirst ? day(first, second, year) : day(second, first, year));
}

/** "2026-11-21", "11/21/2026", "21.11.2026", "on 11/21". */
function numericDateRules(language: Language): Rule[] {
  const sayDay = (match: RegExpExecArray, found: CalendarDay | undefined): string | undefined =>
    found && language.date(found, before(match));
  const number = (match: RegExpExecArray, name: string): number => Number(group(match, name));
  return [
    rule(
      ['digit'],
      '(?<y>\\d{4})-(?<m>\\d{2})-(?<d>\\d{2})(?:T(?<time>\\d{2}:\\d{2})[\\d:.]{0,12}(?:Z|[+-]\\d{2}:?\\d{2})?)?(?![\\d-])',
      (match) => {
        const date = sayDay(match, day(number(match, 'd'), number(match, 'm'), number(match, 'y')));
        const [hour, minute] = group(match, 'time').split(':').map(Number);
        if (date === undefined || hour === undefined || minute === undefined) return date;
        return `${date}, ${language.time({ hour, minute })}`;
      },
    ),
    rule(
      ['digit'],
      '(?<a>\\d{1,2})(?<sep>[/.-])(?<b>\\d{1,2})\\k<sep>(?<y>\\d{4}|\\d{2})(?![\\d/-]|[.,:]\\d)',
      (match) => {
        const [sign, year] = [group(match, 'sep'), group(match, 'y')];
        // "1.2.30" is a version where dates have no full stops, "10-12-26" may be anything.
        if (year.length === 2 && (sign === '-' || (sign === '.' && language.decimal === '.')))
          return undefined;
        return sayDay(match, numericDay(language, number(match, 'a'), number(match, 'b'), fullYear(year)));
      },
    ),
    rule(
      ['digit'],
      '(?<a>\\d{1,2})(?:/(?<b>\\d{1,2})(?![\\d/]|[.,]\\d)|\\.(?<c>\\d{1,2})\\.(?!\\d))',
      (match) => {
        const [first, second] = [number(match, 'a'), Number(group(match, 'b') || group(match, 'c'))];
        const isDay =
          (language.monthFirst ? second : first) > 12 && language.fraction(first, second) === undefined;
        if (!isDay && !language.dateCue.test(before(match))) return undefined;
        return sayDay(match, numericDay(language, first, second));
      },
    ),
  ];
}

/** "21 Nov 2026", "5 de mayo de 2026", "May 5th", "Nov. 2026". */
function namedDateRules(language: Language): Rule[] {
  const { months, ofSource, ordinalSource, hasCapitalMonths } = language;
  const monthNumbers = new Map(
    months.flatMap((names, index) => names.map((name) => [name.toLowerCase(), index + 1])),
  );
  const full = anyOf(months.map(([name]) => name));
  const short = `${anyOf(months.flatMap(([, ...others]) => others))}(?:\\.|${hasCapitalMonths ? END : '(?= \\d{4})'})`;
  const month = `(?<month>${hasCapitalMonths ? '' : '(?i:'}${full}${END}|${short}${hasCapitalMonths ? '' : ')'})${END}`;
  const year = `(?:,? (?:${ofSource})?(?<y>[12]\\d{3})(?![\\d%]|[.,:]\\d|[-–]\\d)${END})?`;
  const space = '[ \\u00A0\\u202F]';
  const read = (match: RegExpExecArray): CalendarDay | undefined => {
    const monthNumber = monthNumbers.get(group(match, 'month').replace(/\.$/, '').toLowerCase());
    const yearDigits = group(match, 'y');
    if (monthNumber === undefined) return undefined;
    return day(
      Number(group(match, 'd') || 1),
      monthNumber,
      yearDigits === '' ? undefined : Number(yearDigits),
    );
  };
  const say = (match: RegExpExecArray): string | undefined => {
    const found = read(match);
    if (found === undefined) return undefined;
    const last = group(match, 'd2');
    const range = last === '' ? {} : { lastDay: Number(last) };
    return language.date({ ...found, ...range }, before(match)) + closingStop(match);
  };
  return [
    rule(['digit'], `(?<d>\\d{1,2})(?:${ordinalSource})?${space}(?:${ofSource})?${month}${year}`, say),
    rule(
      ['letter'],
      `${month}${space}(?<d>\\d{1,2})(?:${ordinalSource})?(?<end>[ ]?[-–—][ ]?(?<d2>\\d{1,2})(?:${ordinalSource})?)?(?![\\d%]|[.,:]\\d|\\p{L})${year}`,
      say,
    ),
    rule(
      ['letter'],
      `${month},?${space}(?:${ofSource})?(?<y>[12]\\d{3})(?![\\d%]|[.,:]\\d|\\p{L})`,
      (match) => {
        const found = read(match);
        const name = found && months[found.month - 1]?.[0];
        const of = language.monthOf;
        return found?.year === undefined ? undefined : `${name ?? ''} ${of}${language.year(found.year)}`;
      },
    ),
  ];
}

/** "Mon-Fri", "Sat 21 Nov". */
function weekdayRules({ weekdays, months, signs }: Language): Rule[] {
  const names = anyOf(Object.keys(weekdays));
  return [
    rule(['letter'], `${START}(?<a>${names})\\.?[ ]?[-–—][ ]?(?<b>${names})${END}\\.?`, (match) => {
      const [first, last] = [weekdays[group(match, 'a')] ?? '', weekdays[group(match, 'b')] ?? ''];
      return `${first} ${signs.to} ${last}${closingStop(match)}`;
    }),
    rule(['letter'], `${START}(?<a>${names})\\.?(?=,? (?:\\d|${anyOf(months.flat())}))`, (match) => {
      return weekdays[group(match, 'a')];
    }),
  ];
}

/** Times of day, each language's own way of writing them. */
function timeRules(language: Language): Rule[] {
  return language.timeSources.map((source) =>
    rule(['digit'], `${source}(?<range>[ ]?[-–—][ ]?(?=\\d))?`, (match) => {
      const [hour, minute] = [Number(group(match, 'h')), Number(group(match, 'm') || 0)];
      if (hour > 24 || minute > 59) return undefined;
      const halfLetter = group(match, 'half').charAt(0).toLowerCase();
      const half = halfLetter === '' ? undefined : halfLetter === 'a' ? 'am' : 'pm';
      const said = language.time({ hour, minute, ...(half && { half }) });
      const range = group(match, 'range');
      return range === '' ? said + closingStop(match) : `${said} ${language.signs.to}`;
    }),
  );
}

/** Dates before times before everything that begins with a digit. */
export function calendarRules(language: Language): Rule[] {
  return [
    ...numericDateRules(language),
    ...namedDateRules(language),
    ...weekdayRules(language),
    ...timeRules(language),
  ];
}
