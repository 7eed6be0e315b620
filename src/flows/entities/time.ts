import { settle } from './correction.ts';
import { type EntityContext, type EntityResult, found, type HalfOfDay, NONE } from './entity.ts';
import { withoutDays, withoutDaysAndTimes, withoutMoments } from './number-phrases.ts';
import { isPronoun, spokenNumber, spokenNumbers } from './spoken-numbers.ts';
import { tokens } from './words.ts';

/** Without a.m. or p.m., an hour up to this one is meant in the afternoon: nobody is open at three in the morning. */
const LAST_AFTERNOON_HOUR = 6;
/** "between two and three", "before noon": no time but limits of one. */
const BOUND =
  /\b(?:between|before|until|till|from|or|by|earlier|later|any ?time)\b|(?:^|(?<!half|quarter|minutes|five|ten|twenty|\d) )after (?!noon\b)/;
/** "in an hour", "half an hour past three", "two hours" */
const LENGTH =
  /\bin (?:about )?(?:an?|half|\w+) (?:an )?(?:hour|minute)|\bhalf an hour\b|(?<!hundred )\bhours\b|\b(?:past|to)\W*$/;
/** "four people" is no time. */
const COUNT =
  /\b(?:(?:for|party of|table for) )?(?:\p{L}+|\d+) (?:people|persons?|guests?|adults?|of us|seats?|tickets?)\b/gu;
/** "We are three" */
const PARTY =
  /(?<!\p{L})(?:we(?: a|['’]?)re(?: now| only| just)?|we(?: wi|['’])ll be|there(?: are|['’]re| will be|['’]ll be)|party of|wir (?:sind|wären)|on (?:est|sera)|nous (?:sommes|serons)|(?:somos|seremos)|(?:siamo|saremo)(?: in)?|we zijn(?: met)?) (?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?![\p{L}\d]|[:.]\d)(?! ?(?:o['’]?clock|[ap]\.?m))/giu;
/** "At three for four": what is "for" is something else where the time is plain. */
const FOR = /\b(?:for|party of) (?:\p{L}+|\d+)\b/gu;
const TENS_WORD = /^(?:twenty|thirty|forty|fifty)$/;

interface TimeContext extends Pick<EntityContext, 'language' | 'half'> {
  /** HH:MM: the first and last time that will do; they tell the half of the day where nobody says it. */
  min?: string | undefined;
  max?: string | undefined;
}

interface Clock {
  hour: number;
  minute: number;
  /** Said in a way that only times are: "half past nine", "3 p.m.", "at three", "15:30". */
  isExplicit: boolean;
  isTwentyFour?: boolean;
  /** The words it was said in. */
  start: number;
  end: number;
}

/** A time of day; its value is HH:MM. `context.half`: of the day, where the caller had said it before. */
export function parseTime(said: string, context: TimeContext): EntityResult {
  const settled = settle(said);
  if (settled === undefined || isOfMany(settled.replaced)) return NONE;
  const clock = onlyClock(settled.text, context);
  if (clock === undefined) return NONE;
  const half = halfOfDay(settled.text) ?? halfOfDay(settled.replaced);
  // Three at night would be said so.
  if (half === undefined && context.half === 'am' && isUsuallyAfternoon(clock)) return NONE;
  const time = format(clock, half ?? context.half, context);
  return time === undefined ? NONE : found(time);
}

/** Only a time that cannot be anything else; for answers that were given ahead of the question. */
export function findTime(said: string, context: TimeContext): string | undefined {
  const settled = settle(said);
  const clock = settled === undefined ? undefined : onlyClock(settled.text, context);
  if (settled === undefined || clock === undefined || isOfMany(settled.replaced)) return undefined;
  const half = halfOfDay(settled.text);
  return clock.isExplicit || half !== undefined ? format(clock, half, context) : undefined;
}

/** The half of the day that was said; "good morning" says nothing of the kind. */
export function halfOfDay(said: string): HalfOfDay | undefined {
  const text = said.toLowerCase().replaceAll(/\bgood (?:morning|afternoon|evening|night)\b/g, '');
  if (/\btonight\b|\bat night\b|\bevening\b/.test(text)) return 'night';
  if (/\d\s?p\.?\s?m\b|\bp\.?\s?m\b|\bafternoon\b/.test(text)) return 'pm';
  return /\d\s?a\.?\s?m\b|\ba\.?\s?m\b|\bmorning\b/.test(text) ? 'am' : undefined;
}

/** The one time in a text; undefined where another number is left that may be one too. */
function onlyClock(said: string, { language }: TimeContext): Clock | undefined {
  const text = reworded(withoutMoments(withoutDays(said.toLowerCase())))
    .replaceAll(COUNT, ' ')
    .replaceAll(PARTY, ' ');
  if (BOUND.test(text) || LENGTH.test(text)) return undefined;
  const numerals = /(?<![\d:.])(\d{1,2})[:.](\d{2})(?![\d:])/.exec(text);
  if (numerals !== null)
    return isAlone(text.replace(numerals[0], ' ').replaceAll(FOR, ' ')) ? inNumerals(numerals) : undefined;
  const words = tokens(text.replaceAll(/(\d)\s?([ap])\.?\s?m\b/g, '$1 $2m').replaceAll('-', ' '));
  const clock = named(words) ?? relative(words) ?? halfHour(words, language) ?? plain(words);
  if (clock === undefined) return undefined;
  const rest = [...words.slice(0, clock.start), ...words.slice(clock.end)];
  const hasFor = words[clock.start - 1] === 'for';
  const others = clock.isExplicit && !hasFor ? rest.join(' ').replaceAll(FOR, ' ') : rest.join(' ');
  return isAlone(others) && !/\b(?:past|half)\b/.test(others) ? clock : undefined;
}

/** "Quarter of ten", "twelve noon", "nineish": the same in words that are known. */
function reworded(text: string): string {
  return text
    .replaceAll(/\b(quarter|five|ten|twenty) (?:of|til|till|'til) (?=\p{L}|\d)/gu, '$1 to ')
    .replaceAll(/\b(?:twelve|12) (?=noon|midday|midnight)/g, '')
    .replaceAll(/(?<=\p{L})[ -]?ish\b/gu, '');
}

function isAlone(rest: string): boolean {
  return spokenNumbers(rest).length === 0;
}

/** A correction of a time and of another number may be one of either. */
function isOfMany(replaced: string): boolean {
  const rest = withoutDaysAndTimes(replaced);
  return spokenNumbers(rest).length > (rest === replaced ? 1 : 0);
}

/** "15:30" */
function inNumerals([, hour = '', minute = '']: RegExpExecArray): Clock | undefined {
  if (Number(hour) > 23 || Number(minute) > 59) return undefined;
  const isTwentyFour = hour.length === 2 && hour.startsWith('0');
  return { hour: Number(hour), minute: Number(minute), isExplicit: true, isTwentyFour, start: 0, end: 0 };
}

/** "noon", "midnight" */
function named(words: readonly string[]): Clock | undefined {
  const start = words.findIndex((word) => word === 'noon' || word === 'midday' || word === 'midnight');
  if (start < 0) return undefined;
  const isMidnight = words[start] === 'midnight';
  const hour = isMidnight ? 0 : 12;
  return { hour, minute: 0, isExplicit: true, isTwentyFour: true, start, end: start + 1 };
}

/** "half past nine", "quarter to four", "twenty past ten" */
function relative(words: readonly string[]): Clock | undefined {
  for (let at = 1; at < words.length - 1; at++) {
    const word = words[at];
    const hour = hourOf(words[at + 1]);
    if ((word !== 'past' && word !== 'to' && word !== 'after') || hour === undefined) continue;
    const amount = minutesBefore(words, at);
    if (amount === undefined) continue;
    const place = { isExplicit: true, start: amount.start, end: at + 2 };
    if (word !== 'to') return { hour, minute: amount.minutes, ...place };
    return { hour: hour === 1 ? 12 : hour - 1, minute: 60 - amount.minutes, ...place };
  }
  return undefined;
}

/** What stands before "past" and "to"; only fives are said without "minutes", so that "three to four" is no time. */
function minutesBefore(words: readonly string[], at: number): { minutes: number; start: number } | undefined {
  const hasUnit = words[at - 1] === 'minutes';
  const last = at - (hasUnit ? 2 : 1);
  const isPair = TENS_WORD.test(words[last - 1] ?? '') && (single(words[last] ?? '') ?? 10) < 10;
  const start = isPair ? last - 1 : last;
  const word = words[last];
  const minutes =
    word === 'half' ? 30 : word === 'quarter' ? 15 : spokenNumber(words.slice(start, last + 1).join(' '));
  if (minutes === undefined || minutes <= 0 || minutes >= 60) return undefined;
  return hasUnit || minutes % 5 === 0 ? { minutes, start } : undefined;
}

/** "half nine": half past nine to the British; to Americans it is nothing in particular. */
function halfHour(words: readonly string[], language: string): Clock | undefined {
  const start = words.indexOf('half');
  const hour = start < 0 ? undefined : hourOf(words[start + 1]);
  if (hour === undefined || !/^en-(?!us|ca)/i.test(language)) return undefined;
  return { hour, minute: 30, isExplicit: true, start, end: start + 2 };
}

/** "three", "at three thirty", "nine o'clock", "ten fifteen", "9 am", "1500", "fifteen hundred" */
function plain(words: readonly string[]): Clock | undefined {
  const clocks = words.flatMap((_, index) => clockAt(words, index) ?? []);
  return clocks.find(({ isExplicit }) => isExplicit) ?? clocks[0];
}

function clockAt(words: readonly string[], start: number): Clock | undefined {
  const military = /^([01]\d|2[0-3])([0-5]\d)$/.exec(words[start] ?? '');
  if (military !== null)
    return {
      hour: Number(military[1]),
      minute: Number(military[2]),
      isExplicit: false,
      isTwentyFour: true,
      start,
      end: start + 1,
    };
  const hour = hourOf(words[start]);
  if (hour === undefined || isPronoun(words, start) || isPartOfNumber(words, start)) return undefined;
  if (words[start + 1] === 'hundred' && hour > 9)
    return { hour, minute: 0, isExplicit: false, isTwentyFour: true, start, end: start + 2 };
  const { minute, length } = minuteAt(words, start + 1);
  const end = start + 1 + length;
  const after = words.slice(end);
  const isNamed = after[0] === 'oclock' || (after[0] === 'o' && after[1] === 'clock') || isMeridiem(after);
  const isExplicit = isNamed || words[start - 1] === 'at' || (length > 0 && minute > 0);
  return { hour, minute, isExplicit, isTwentyFour: hour === 0 || hour > 12, start, end };
}

/** The "five" of "twenty five" is no hour. */
function isPartOfNumber(words: readonly string[], index: number): boolean {
  return (
    TENS_WORD.test(words[index - 1] ?? '') &&
    words[index - 2] !== undefined &&
    hourOf(words[index - 2]) !== undefined
  );
}

function minuteAt(words: readonly string[], at: number): { minute: number; length: number } {
  const [first = '', second = ''] = words.slice(at, at + 2);
  if ((first === 'oh' || first === 'o') && single(second) !== undefined)
    return { minute: single(second) ?? 0, length: 2 };
  const minute = single(first);
  if (minute === undefined || minute < 10 || minute > 59) return { minute: 0, length: 0 };
  const unit = single(second);
  const isPair = minute >= 20 && minute % 10 === 0 && unit !== undefined && unit > 0 && unit < 10;
  return isPair ? { minute: minute + unit, length: 2 } : { minute, length: 1 };
}

function isUsuallyAfternoon({ hour, isTwentyFour = false }: Pick<Clock, 'hour' | 'isTwentyFour'>): boolean {
  return !isTwentyFour && hour > 0 && hour <= LAST_AFTERNOON_HOUR;
}

/** Undefined where it is another day: twelve o'clock tonight is tomorrow. */
function format(
  { hour, minute, isTwentyFour, isExplicit }: Clock,
  half: HalfOfDay | undefined,
  bounds: TimeContext,
): string | undefined {
  let local = hour;
  if (isTwentyFour === true) local = hour;
  else if (half === 'night' && hour === 12 && !isExplicit) return undefined;
  else if ((half === 'pm' || half === 'night') && hour < 12) local = hour + 12;
  else if (half === 'am' && hour === 12) local = 0;
  else if (half === undefined && isUsuallyAfternoon({ hour })) local = hour + 12;
  const time = written(local, minute);
  if (half !== undefined || isTwentyFour === true || hour < 1 || hour > 12) return time;
  const other = written((local + 12) % 24, minute);
  // Without a first time, three at night is as unlikely as ever.
  const isLikely = bounds.min !== undefined || local < 12 || local > 12 + LAST_AFTERNOON_HOUR;
  return isLikely && !isWithin(time, bounds) && isWithin(other, bounds) ? other : time;
}

function written(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function isWithin(time: string, { min = '00:00', max = '23:59' }: TimeContext): boolean {
  return time >= min && time <= max;
}

function isMeridiem([first = '', second = '']: readonly string[]): boolean {
  return first === 'am' || first === 'pm' || ((first === 'a' || first === 'p') && second === 'm');
}

function hourOf(word: string | undefined): number | undefined {
  const value = word === undefined ? undefined : single(word);
  return value !== undefined && value >= 0 && value <= 23 ? value : undefined;
}

/** The number that one word is. */
function single(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  return /^\p{L}+$/u.test(word) && !/^(?:hundred|thousand|million|dozen)$/.test(word)
    ? spokenNumber(word)
    : undefined;
}
