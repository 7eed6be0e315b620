/** Ways to say days and years that the parser of dates does not know, in words that it does. */
import { spokenNumber } from './spoken-numbers.ts';
import { tokens } from './words.ts';

const DAYS_A_WEEK = 7;
const CENTURY = 100;

/** YYYY-MM-DD, so many days later. */
export function dayAfter(date: string, days: number): string {
  const later = new Date(`${date}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return later.toISOString().slice(0, 10);
}

/** Sunday first; as `tokens` gives them. */
const WEEKDAYS: Readonly<Record<string, string>> = {
  en: 'sunday monday tuesday wednesday thursday friday saturday',
  de: 'sonntag montag dienstag mittwoch donnerstag freitag samstag',
  fr: 'dimanche lundi mardi mercredi jeudi vendredi samedi',
};
const ALSO = new Map([['sonnabend', 'samstag']]);
const DAY = '(\\p{L}+day|\\p{L}+tag|mittwoch|sonnabend|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)';
const WEEKS = '(?:(a|one|two|three|2|3)(?: whole)? weeks?|(fortnight|a fortnight))';

/** What is added to the next such weekday. */
interface Shift {
  said: RegExp;
  /** In weeks, of the match. */
  weeks: (match: readonly string[]) => number;
  /** Which part of the match is the weekday. */
  day: number;
}

const pattern = (said: string): RegExp => new RegExp(`(?<![\\p{L}\\d])(?:${said})(?![\\p{L}\\d])`, 'giu');
const weeksIn = (count: string | undefined): number =>
  count === undefined ? 2 : count === 'a' || /^ein/i.test(count) ? 1 : (spokenNumber(count) ?? 1);

const SHIFTS: Readonly<Record<string, readonly Shift[]>> = {
  en: [
    {
      said: pattern(`${WEEKS} (?:from|on|after)(?: this| next)? ${DAY}`),
      weeks: ([, count]) => weeksIn(count),
      day: 3,
    },
    { said: pattern(`${DAY} (?:in )?(?:a )?week`), weeks: () => 1, day: 1 },
    { said: pattern(`${DAY} (?:in )?(?:a )?fortnight`), weeks: () => 2, day: 1 },
  ],
  de: [
    { said: pattern(`(?:über|ueber)nächste[nmrs]? ${DAY}`), weeks: () => 1, day: 1 },
    {
      said: pattern(`${DAY} in (eine[rm]|1|zwei|2|drei|3) wochen?`),
      weeks: ([, , count]) => germanWeeks(count),
      day: 1,
    },
    { said: pattern(`${DAY} in (?:8|acht) tagen`), weeks: () => 1, day: 1 },
    { said: pattern(`${DAY} in (?:14|vierzehn) tagen`), weeks: () => 2, day: 1 },
  ],
  fr: [
    { said: pattern(`${DAY} en (?:8|huit)`), weeks: () => 1, day: 1 },
    { said: pattern(`${DAY} en (?:15|quinze)`), weeks: () => 2, day: 1 },
  ],
};

function germanWeeks(count = ''): number {
  return /^(?:zwei|2)$/i.test(count) ? 2 : /^(?:drei|3)$/i.test(count) ? 3 : 1;
}

/** "A fortnight" is said as fifteen days where the first day counts, and a week as eight. */
const LENGTHS: Readonly<Record<string, readonly (readonly [RegExp, number])[]>> = {
  de: [
    [pattern('(?:heute )?in (?:8|acht) tagen|heute in (?:einer|1) woche'), 7],
    [pattern('heute in (?:14|vierzehn) tagen|heute in (?:2|zwei) wochen'), 14],
    [pattern('morgen in (?:8|acht) tagen|morgen in (?:einer|1) woche'), 8],
  ],
  fr: [
    [pattern("(?:dans|d['’]ici) (?:15|quinze) jours|aujourd['’]hui en quinze"), 14],
    [pattern("(?:dans|d['’]ici) (?:8|huit) jours|aujourd['’]hui en huit"), 7],
  ],
  es: [
    [pattern('(?:en|dentro de) (?:15|quince) d[ií]as'), 14],
    [pattern('(?:en|dentro de) (?:8|ocho) d[ií]as'), 7],
  ],
  pt: [[pattern('(?:em|dentro de|daqui a) (?:15|quinze) dias'), 14]],
  it: [[pattern('(?:tra|fra) (?:15|quindici) giorni'), 14]],
};

/** "Monday week", "übernächsten Montag", "lundi en huit" as days. `today`: YYYY-MM-DD; `language`: BCP 47. */
export function weeksAsDays(text: string, today: string, language: string): string {
  const tag = language.slice(0, 2).toLowerCase();
  const written = (LENGTHS[tag] ?? []).reduce(
    (left, [said, days]) => left.replaceAll(said, dayAfter(today, days)),
    text,
  );
  return (SHIFTS[tag] ?? []).reduce(
    (left, { said, weeks, day }) =>
      left.replaceAll(said, (...match: string[]) => {
        const next = nextWeekday(match[day] ?? '', today, tag);
        return next === undefined ? (match[0] ?? '') : dayAfter(next, weeks(match) * DAYS_A_WEEK);
      }),
    written,
  );
}

/** The next such day after today. */
function nextWeekday(name: string, today: string, language: string): string | undefined {
  const word = tokens(name).join('');
  const weekday = (WEEKDAYS[language] ?? '').split(' ').indexOf(ALSO.get(word) ?? word);
  if (weekday < 0) return undefined;
  const ahead = (weekday - new Date(`${today}T00:00:00Z`).getUTCDay() + DAYS_A_WEEK) % DAYS_A_WEEK;
  return dayAfter(today, ahead === 0 ? DAYS_A_WEEK : ahead);
}

const UNIT = '(?:one|two|three|four|five|six|seven|eight|nine)';
const TEENS = '(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)';
const TENS = `(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]${UNIT})?`;
const MONTHS = 'january|february|march|april|may|june|july|august|september|october|november|december';
/** "December nineteen ten thirty" is a day and a time. */
const NOT_A_DAY = `(?<!(?<!\\d(?:st|nd|rd|th)?(?: of)? )\\b(?:${MONTHS}) (?:the )?)`;
const YEARS = new RegExp(
  [
    `${NOT_A_DAY}\\b(eighteen|nineteen|twenty) (?:(hundred)(?: (?:and )?(${TENS}|${TEENS}|${UNIT}))?|(?:oh|o) (${UNIT})|(${TENS}|${TEENS}))`,
    `\\b(two thousand)(?: (?:and )?(${TENS}|${TEENS}|${UNIT}))?`,
  ].join('|'),
  'gi',
);

/** "Nineteen eighty four", "two thousand and five" in numerals. */
export function yearsInNumerals(text: string): string {
  return text.replaceAll(new RegExp(`(?:${YEARS.source})\\b`, 'gi'), (...match: string[]) => {
    const [, century, , hundreds, single, pair, thousand, rest] = match;
    if (thousand !== undefined) return String(2000 + (spokenNumber(rest ?? '') ?? 0));
    const last = spokenNumber(hundreds ?? single ?? pair ?? '') ?? 0;
    return String((spokenNumber(century ?? '') ?? 0) * CENTURY + last);
  });
}

const CARDINAL = `(?:twenty|thirty)(?:[ -]${UNIT})?|${TEENS}|${UNIT}`;
const CARDINAL_DAY = new RegExp(`\\b(${MONTHS}) (${CARDINAL})(?=,? (?:1[89]|20)\\d\\d\\b)`, 'gi');

/** "May five 1980" */
export function cardinalDays(text: string): string {
  return text.replaceAll(
    CARDINAL_DAY,
    (_, month: string, day: string) => `${month} ${spokenNumber(day) ?? day}`,
  );
}

const SHORT_YEAR = new RegExp(
  `\\b((?:${MONTHS}) \\d{1,2}(?:st|nd|rd|th)?,?|\\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:${MONTHS}),?) ((?:forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]${UNIT})?)\\b`,
  'gi',
);

/** "May 5th eighty": more than a day or an hour can be. */
export function shortYears(text: string): string {
  return text.replaceAll(
    SHORT_YEAR,
    (_, day: string, year: string) => `${day} ${CENTURY * 19 + (spokenNumber(year) ?? 0)}`,
  );
}

const RANK =
  /\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))(?= (\p{L}+))/giu;
const AFTER_A_DAY = new RegExp(
  `^(?:of|at|in|on|for|please|if|around|about|from|to|is|was|would|will|works?|thanks|thank|then|and|or|after|before|maybe|next|this|with|around|sounds|suits|ideally|preferably|noon|midnight|${MONTHS}|nineteen|twenty|two|\\p{L}+day)$`,
  'iu',
);

/** Without "second class" and "third floor": ranks of things. */
export function withoutRanks(text: string): string {
  return text.replaceAll(RANK, (rank, next: string) => (AFTER_A_DAY.test(next) ? rank : ' '));
}
