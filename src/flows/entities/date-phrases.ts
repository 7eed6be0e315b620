/** Days that are told by their place in a month or by figures alone, as days: "the last Friday of June", "oh five oh five eighty". */
import { dayAfter } from './date-words.ts';

const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const WEEKDAY = `(${WEEKDAYS.join('|')})`;
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const RANKS = ['first', 'second', 'third', 'fourth', 'last'];
const DAYS_A_WEEK = 7;
const MONTHS_A_YEAR = 12;
const CENTURY = 100;
/** A year of two figures is told of this many years to come at most. */
const MOST_YEARS_AHEAD = 20;

/** "Not this Friday but the next one" */
const NOT_THIS = new RegExp(
  `\\bnot (?:on )?(?:this|the)(?: coming)? ${WEEKDAY},?(?: but)?(?: on)? (?:the (?:next|following)(?: one)?|the (?:one|${WEEKDAY}) after(?: (?:that|this))?|(?:a|one) week later)(?: ${WEEKDAY})?\\b`,
  'gi',
);
/** "The last day of next month", "the first Monday in December" */
const IN_A_MONTH = new RegExp(
  `\\b(?:the )?(?:very )?(${RANKS.join('|')}|1st|2nd|3rd|4th) (day|${WEEKDAY.slice(1, -1)}) (?:of|in) (?:the |this )?(next month|month|${MONTHS.join('|')})\\b`,
  'gi',
);

export interface DayContext {
  /** YYYY-MM-DD. */
  today: string;
  /** The last day that will do, where it is over. */
  past: string | undefined;
}

/** The text with days in their place, as YYYY-MM-DD. */
export function placedDays(text: string, { today, past }: DayContext): string {
  const moved = text.replaceAll(NOT_THIS, (said, weekday: string, other?: string, third?: string) => {
    const named = [other, third].filter((day) => day !== undefined);
    if (named.some((day) => day.toLowerCase() !== weekday.toLowerCase())) return said;
    return dayAfter(nextWeekday(weekday, today), DAYS_A_WEEK);
  });
  return moved.replaceAll(IN_A_MONTH, (said, rank: string, day: string, month: string) => {
    // "The second day of the month" is a day by its number.
    if (day.toLowerCase() === 'day' && rank.toLowerCase() !== 'last') return said;
    return inMonth(rank.toLowerCase(), day.toLowerCase(), month.toLowerCase(), { today, past }) ?? said;
  });
}

function nextWeekday(name: string, today: string): string {
  const ahead =
    (WEEKDAYS.indexOf(name.toLowerCase()) - new Date(`${today}T00:00:00Z`).getUTCDay() + DAYS_A_WEEK) %
    DAYS_A_WEEK;
  return dayAfter(today, ahead === 0 ? DAYS_A_WEEK : ahead);
}

function inMonth(rank: string, day: string, month: string, { today, past }: DayContext): string | undefined {
  const [year = 0, thisMonth = 1] = today.split('-').map(Number);
  const named = MONTHS.indexOf(month);
  const index = named >= 0 ? named : thisMonth - 1 + (month === 'next month' ? 1 : 0);
  const step = past === undefined ? 1 : -1;
  const start = named < 0 || past === undefined ? year : Number(past.slice(0, 4));
  for (const each of named < 0 ? [start] : [start, start + step]) {
    const found = ranked(each, index, rank, day);
    const isDue = past === undefined ? found !== undefined && found >= today : (found ?? '') <= past;
    if (found !== undefined && isDue) return found;
  }
  return undefined;
}

/** `month`: 0 is January; 12 that of the next year. */
function ranked(year: number, month: number, rank: string, day: string): string | undefined {
  const last = new Date(Date.UTC(year, month + 1, 0));
  const iso = (date: number): string => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
  if (day === 'day') return iso(last.getUTCDate());
  const wanted = WEEKDAYS.indexOf(day);
  const place = RANKS.findIndex((name, at) => name === rank || rank.startsWith(String(at + 1)));
  if (rank === 'last')
    return iso(last.getUTCDate() - ((last.getUTCDay() - wanted + DAYS_A_WEEK) % DAYS_A_WEEK));
  const first = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return iso(1 + ((wanted - first + DAYS_A_WEEK) % DAYS_A_WEEK) + place * DAYS_A_WEEK);
}

const FIGURES = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value] as const),
);
for (const zero of ['oh', 'o', 'nought', 'naught']) FIGURES.set(zero, 0);
const TENS = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, (index + 2) * 10] as const),
);
const LEADING =
  /^(?:(?:it['’]?s|it is|that['’]?s|(?:my|the) (?:date of birth|birth ?date|birthday|d\.?o\.?b\.?)(?: is|['’]s)?|i was born(?: on)?|born(?: on)?|um|uh|yes|okay|ok|sure)[\s,.:]+)+/i;

/**
 * A day told by figures alone, month and day in the order of the country: "05 05 80", "oh five oh five eighty", "zero
 * five, zero five, nineteen eighty". Undefined for anything else, and where there is no such day.
 */
export function dayInFigures(
  text: string,
  { isMonthFirst, today, past }: DayContext & { isMonthFirst: boolean },
): string | undefined {
  const figures = figuresIn(text.trim().replace(LEADING, ''));
  const [first, second, year] = figures === undefined ? [] : parted(figures);
  if (first === undefined || second === undefined || year === undefined) return undefined;
  const [month, day] =
    isMonthFirst && first <= MONTHS_A_YEAR
      ? [first, second]
      : second <= MONTHS_A_YEAR
        ? [second, first]
        : [first, second];
  const written = (whole: number): string =>
    `${whole}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const isThere = (iso: string): boolean =>
    !Number.isNaN(Date.parse(iso)) && new Date(iso).toISOString().startsWith(iso);
  const now = Number(today.slice(0, 4));
  const century = now - (now % CENTURY);
  const candidates = year >= CENTURY ? [year] : [century + year, century - CENTURY + year];
  return candidates
    .map(written)
    .find(
      (iso, at) =>
        isThere(iso) && (past === undefined ? isSoon(iso, now) || at === candidates.length - 1 : iso <= past),
    );
}

function isSoon(iso: string, now: number): boolean {
  return Number(iso.slice(0, 4)) <= now + MOST_YEARS_AHEAD;
}

/** Figures as they are said: `oh five` is 0 and 5, `nineteen eighty` 19 and 80; undefined where other words are said. */
function figuresIn(text: string): string[] | undefined {
  const words = text.toLowerCase().match(/\p{L}+|\d+|[^\p{L}\d\s,.;–-]/gu) ?? [];
  const figures: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const next = FIGURES.get(words[index + 1] ?? '') ?? 0;
    const tens = TENS.get(word);
    const value = FIGURES.get(word);
    if (/^\d+$/.test(word)) figures.push(word);
    else if (tens !== undefined) {
      const hasUnit = next > 0 && next < 10;
      figures.push(String(tens + (hasUnit ? next : 0)));
      if (hasUnit) index++;
    } else if (value === undefined) return undefined;
    else figures.push(String(value));
  }
  return figures;
}

/** Day, month and year, in the order they are told. */
function parted(figures: readonly string[]): number[] {
  const joined = figures.join('');
  const areSingle = figures.length === 1 || figures.every((figure) => figure.length === 1);
  if (areSingle && /^(?:\d{6}|\d{8})$/.test(joined))
    return [joined.slice(0, 2), joined.slice(2, 4), joined.slice(4)].map(Number);
  const parts: number[] = [];
  let at = 0;
  while (parts.length < 2) {
    const figure = figures[at] ?? '';
    const next = figures[at + 1] ?? '';
    if (figure === '0' && /^[1-9]$/.test(next)) {
      parts.push(Number(next));
      at += 2;
    } else if (/^0?[1-9]$|^[12]\d$|^3[01]$/.test(figure)) {
      parts.push(Number(figure));
      at++;
    } else return [];
  }
  const year = figures.slice(at).join('');
  return /^(?:\d{2}|(?:19|20)\d{2})$/.test(year) ? [...parts, Number(year)] : [];
}
