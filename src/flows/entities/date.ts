import * as chrono from 'chrono-node';
import { localTime } from '../local-time.ts';
import { settle } from './correction.ts';
import { dayInFigures, placedDays } from './date-phrases.ts';
import { cardinalDays, dayAfter, shortYears, weeksAsDays, yearsInNumerals } from './date-words.ts';
import { type EntityContext, type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenNumber } from './spoken-numbers.ts';

/** A week, a month or a year is no day. */
const VAGUE =
  /\b(?:next|this|the|following|coming) (?:week|month|year)\b|(?<!\p{L})(?:nächste[nrs]?|diese[nrs]?) (?:woche|monat|jahr)|\b(?:semaine|mois|semana|mes)\b/iu;
const ORDINALS: Readonly<Record<string, string>> = {
  first: '1st',
  second: '2nd',
  third: '3rd',
  fourth: '4th',
  fifth: '5th',
  sixth: '6th',
  seventh: '7th',
  eighth: '8th',
  ninth: '9th',
  tenth: '10th',
  eleventh: '11th',
  twelfth: '12th',
  thirteenth: '13th',
  fourteenth: '14th',
  fifteenth: '15th',
  sixteenth: '16th',
  seventeenth: '17th',
  eighteenth: '18th',
  nineteenth: '19th',
  twentieth: '20th',
  thirtieth: '30th',
};
const GERMAN_ORDINALS =
  'erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte zwanzigste einundzwanzigste zweiundzwanzigste dreiundzwanzigste vierundzwanzigste fünfundzwanzigste sechsundzwanzigste siebenundzwanzigste achtundzwanzigste neunundzwanzigste dreißigste einunddreißigste'.split(
    ' ',
  );
const GERMAN_ORDINAL = new RegExp(
  `(?<!\\p{L})(${GERMAN_ORDINALS.join('|')})[nrs]?( )(januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)(?!\\p{L})`,
  'giu',
);
const ORDINAL = new RegExp(`\\b(?:(twenty|thirty)[ -])?(${Object.keys(ORDINALS).join('|')})\\b`, 'gi');
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const MONTH = `(${MONTHS.join('|')})`;
const ANY_MONTH = new RegExp(`\\b${MONTH}\\b`, 'i');
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const WEEKDAY = `(?:${WEEKDAYS.map((day) => day.slice(0, 3)).join('|')})\\w*day`;
const NUMBERED_DAY = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH}\\b|\\b${MONTH} (\\d{1,2})(?:st|nd|rd|th)?\\b(?![:\\d])`,
  'gi',
);
const ORDINAL_DAY =
  /(?<!\b(?:a|one) )\b(\d{1,2})(?:st|nd|rd|th)\b(?! (?:one|thing|half|floor|person|time|option|choice|opening|slot|appointment|day|visit|call))/gi;
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MOST_MONTHS_AHEAD = 12;

/** What turns a day into another one, or into any but that; better asked again than misunderstood. */
const RELATIVE = new RegExp(
  [
    '\\b(?:day|week|month|weekend)s? (?:before|after)\\b|\\bafter next\\b|\\b(?:but|last|letzten?)\\b|\\b(?:before|until|till|between|weekend)\\b',
    `\\b\\d(?:st|nd|rd|th) ${WEEKDAY}\\b|\\b${WEEKDAY} (?:week|fortnight)\\b`,
    `\\b(?:week|weeks|fortnight) (?:on|from) ${WEEKDAY}\\b`,
  ].join('|'),
  'i',
);
const DAYS_A_WEEK = 7;
const CENTURY = 100;
const SHORT_YEAR = /\D\d{2}$/;
/** Said of days to come. */
const AHEAD =
  /\b(?:next|coming|in)\b|(?<!\p{L})(?:nächste|kommende|prochain|próximo|prossimo|volgende|morgen)|^[+-]/iu;
/** "Last Tuesday", where only days that are over will do. */
const LAST_WEEKDAY = new RegExp(
  `\\b(?:last|letzten|vergangenen|vorigen) (${WEEKDAY}|\\p{L}+tag|mittwoch)(?!\\p{L})`,
  'giu',
);
/** What a day is not left alone by, once the days of the text are taken away. */
const LEFT_OVER = /\b(?:weeks?|fortnight|months?|years?)\b/i;

/** Where the parser of dates hears only the "tomorrow" in it. */
const DAY_AFTER_TOMORROW =
  /\bpasado mañana\b|\baprès[- ]demain\b|\bdopodomani\b|\bdepois de amanhã|\bovermorgen\b/giu;

/** Words that the parser of dates does not know, as words that it does. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:the )?day after tomorrow\b/gi, 'in 2 days'],
  [/\b(?:a|one) week (?:from )?today\b|\btoday week\b/gi, 'in 7 days'],
  [/\b(?:a|one) week (?:from )?tomorrow\b|\btomorrow week\b/gi, 'in 8 days'],
  [/\b(?:a fortnight|two weeks) (?:from )?today\b|\bin a fortnight\b/gi, 'in 14 days'],
  [/\bchristmas eve\b/gi, 'December 24'],
  [/\bchristmas(?: day)?\b/gi, 'December 25'],
  [/\bnew years? eve\b|\bnew year['’]s eve\b/gi, 'December 31'],
  [/\bnew year['’]?s? day\b/gi, 'January 1'],
  [/\b(i|we|you|it|he|she|they) may\b/gi, '$1 might'],
  [new RegExp(`\\b${MONTH} the (?=\\d)`, 'gi'), '$1 '],
  [new RegExp(`\\bnext week(?: on)? (${WEEKDAY})\\b`, 'gi'), '$1 next week'],
  [new RegExp(`\\b(${WEEKDAY}) of next week\\b`, 'gi'), '$1 next week'],
  [/\bnächste Woche(?: am)? (\p{L}+tag|Mittwoch)\b/giu, '$1 nächste Woche'],
  [/\b20 (2\d)\b/g, '20$1'],
  // To the parser of dates these are numbers of versions.
  [/(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{2})(?![\d.]\d)/g, '$1/$2/$3'],
  [/\b(?:premier|1er) (?=\p{L})/giu, '1er '],
  [/\bprim(?:o|eiro)(?= (?:de )?\p{L})/giu, '1'],
];

interface DateContext extends EntityContext {
  /** YYYY-MM-DD: the first and last day that will do. Where the last is over, days without a year have been. */
  min?: string | undefined;
  max?: string | undefined;
}

/** A day; its value is YYYY-MM-DD. Days without a year or month are the next to come. */
export function parseDate(said: string, context: DateContext): EntityResult {
  const local = localTime(context.now, context.timeZone);
  if (local === undefined) return NONE;
  const past = context.max !== undefined && context.max <= local.date ? context.max : undefined;
  const days = { today: local.date, past };
  const settled = settle(placedDays(said, days));
  if (settled === undefined) return NONE;
  const isMonthFirst = /^en(?:-us)?$/i.test(context.language);
  const order = { ...days, isMonthFirst };
  const inFigures = dayInFigures(settled.text, order) ?? dayInFigures(yearsInNumerals(settled.text), order);
  if (inFigures !== undefined) return found(inFigures);
  const withDays = weeksAsDays(settled.text, local.date, context.language);
  const text = reworded(withDays).replaceAll(DAY_AFTER_TOMORROW, dayAfter(local.date, 2));
  const heard = past === undefined ? text : text.replaceAll(LAST_WEEKDAY, '$1');
  if (RELATIVE.test(heard)) return NONE;
  const impossible = impossibleDay(text);
  if (impossible !== undefined) return invalid(impossible);
  const reference = { instant: new Date(context.now), timezone: local.offsetMinutes };
  const results = parserOf(context.language)
    .parse(heard, reference, { forwardDate: true })
    .filter(({ start }) =>
      ['day', 'weekday', 'month', 'year'].some((part) => start.isCertain(part as chrono.Component)),
    );
  const rest = results.reduce((left, result) => left.replace(result.text, ' '), heard);
  const named = results.filter((result) => isDay(result, heard));
  const ordinals = [...rest.matchAll(ORDINAL_DAY)].map(([, day]) => Number(day));
  if (LEFT_OVER.test(rest) || ANY_MONTH.test(rest) || ordinals.length > 1) return NONE;
  const [ordinal] = ordinals;
  if (named.length === 0)
    return results.length > 1 ? NONE : dayOfMonth(ordinal, local.date, past, results[0]?.start);
  if (named.length !== results.length) return NONE;
  return oneDay(named, ordinal, local.date, past);
}

/** All that was said of a day has to be true of it: the weekday, and "the 26th". */
function oneDay(
  days: readonly chrono.ParsedResult[],
  ordinal: number | undefined,
  today: string,
  past: string | undefined,
): EntityResult {
  const dayOf = (result: chrono.ParsedResult): string => isoDay(result, past);
  const named = days.filter(({ start }) => !start.isCertain('day')).map(({ start }) => start.get('weekday'));
  const dated = days.filter(({ start }) => start.isCertain('day'));
  const isos = new Set(dated.map(dayOf));
  for (const { start } of dated) if (start.isCertain('weekday')) named.push(start.get('weekday'));
  const numbered = ordinal === undefined ? NONE : dayOfMonth(ordinal, today, past);
  if (numbered.type === 'found') isos.add(String(numbered.value));
  if (isos.size === 0) {
    const plain = new Set(days.map(dayOf));
    const [day] = plain;
    return plain.size === 1 && ordinal === undefined && day !== undefined ? found(day) : NONE;
  }
  const [iso = ''] = isos;
  if (isos.size > 1 || (ordinal !== undefined && numbered.type !== 'found')) return NONE;
  const weekday = new Date(`${iso}T00:00:00Z`).getUTCDay();
  if (Number.isNaN(weekday)) return NONE;
  if (named.every((day) => day === weekday)) return found(iso);
  return invalid(`${iso} is a ${capitalised(WEEKDAYS[weekday] ?? '')}`);
}

/** "the thirtieth of February" */
function impossibleDay(text: string): string | undefined {
  for (const [, before, month = '', otherMonth = '', after] of text.matchAll(NUMBERED_DAY)) {
    const name = (month === '' ? otherMonth : month).toLowerCase();
    const day = Number(before ?? after);
    if (day < 1 || day > (LONGEST_MONTHS[MONTHS.indexOf(name)] ?? 31))
      return `${capitalised(name)} has no day ${day}`;
  }
  return undefined;
}

function isDay({ start, text: own }: chrono.ParsedResult, text: string): boolean {
  return start.isCertain('weekday') || (start.isCertain('day') && !VAGUE.test(own) && !VAGUE.test(text));
}

/** "the twenty-first": the next day of that number; "the fifth of next month". */
function dayOfMonth(
  day: number | undefined,
  today: string,
  past: string | undefined,
  of?: chrono.ParsedComponents,
): EntityResult {
  if (day === undefined || day < 1 || day > 31) return NONE;
  const [thisYear = 0, thisMonth = 1] = today.split('-').map(Number);
  const isGiven = of !== undefined;
  if (isGiven && !of.isCertain('month')) return NONE;
  const year: number = of?.get('year') ?? thisYear;
  const month: number = of?.get('month') ?? thisMonth;
  for (let ahead = 0; ahead < (isGiven ? 1 : MOST_MONTHS_AHEAD); ahead++) {
    const months = past === undefined ? ahead : -ahead;
    const date: Date = new Date(Date.UTC(year, month - 1 + months, day));
    const iso: string = date.toISOString().slice(0, 10);
    const isDue = past === undefined ? iso >= today : iso <= past;
    if (date.getUTCDate() === day && isDue) return found(iso);
  }
  return NONE;
}

function reworded(text: string): string {
  const numerals = shortYears(cardinalDays(yearsInNumerals(withNumerals(text))));
  return REWORDED.reduce((left, [said, known]) => left.replaceAll(said, known), inGermanNumerals(numerals));
}

/** "am dritten März" → "am 3. März" */
function inGermanNumerals(text: string): string {
  return text.replaceAll(GERMAN_ORDINAL, (_, ordinal: string, before: string, month: string) => {
    const day = GERMAN_ORDINALS.indexOf(ordinal.toLowerCase()) + 1;
    return `${day}.${before}${month}`;
  });
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** "december twenty first" → "december 21st" */
function withNumerals(text: string): string {
  return text.replaceAll(ORDINAL, (_, tens: string | undefined, ordinal: string) => {
    const numeral = ORDINALS[ordinal.toLowerCase()] ?? '';
    const unit = Number.parseInt(numeral, 10);
    if (tens === undefined || unit > 9) return numeral;
    return `${(spokenNumber(tens) ?? 0) + unit}${numeral.replace(/\d+/, '')}`;
  });
}

function parserOf(language: string): { parse: typeof chrono.parse } {
  const tag = language.toLowerCase();
  if (tag.startsWith('en')) return tag === 'en' || tag === 'en-us' ? chrono.en.casual : chrono.en.GB;
  const others: Readonly<Record<string, { parse: typeof chrono.parse }>> = {
    de: chrono.de,
    fr: chrono.fr,
    es: chrono.es,
    pt: chrono.pt,
    nl: chrono.nl,
    it: chrono.it,
    ja: chrono.ja,
    sv: chrono.sv,
    ru: chrono.ru,
  };
  return others[tag.slice(0, 2)] ?? chrono.en.casual;
}

/** `past`: the last day that will do, where it is over; a day whose year or week nobody said is then before it. */
function isoDay({ start, text }: chrono.ParsedResult, past: string | undefined): string {
  const [year, month, day] = [start.get('year') ?? 0, start.get('month') ?? 1, start.get('day') ?? 1];
  const iso = written(year, month, day);
  if (past === undefined || iso <= past || AHEAD.test(text)) return iso;
  if (!start.isCertain('day')) {
    let before = iso;
    while (before > past) before = dayAfter(before, -DAYS_A_WEEK);
    return before;
  }
  // "5.5.30" is of the last century where this one's has not come yet.
  if (start.isCertain('year')) return SHORT_YEAR.test(text) ? written(year - CENTURY, month, day) : iso;
  return written(Number(past.slice(0, 4)) - (iso.slice(5) > past.slice(5) ? 1 : 0), month, day);
}

function written(year: number, month: number, day: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
