/** Spoken numbers, times and dates as writing. */
import * as chrono from 'chrono-node';

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const ORDINALS =
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth'.split(
    ' ',
  );

/** `a table for twenty five` → `a table for 25`; digits stay apart: `five five oh one` → `5 5 0 1`. */
export function digitsForWords(text: string): string {
  const tokens = text
    .toLowerCase()
    .replaceAll(/\bo['’ ]?clock\b/g, "o'clock")
    .replaceAll(/(\w)-(?=[a-z])/g, '$1 ')
    .split(/\s+/);
  const written: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const [word, tail] = splitTail(tokens[i] ?? '');
    const [next, nextTail] = splitTail(tokens[i + 1] ?? '');
    const tens = TENS.indexOf(word);
    const unit = UNITS.indexOf(next);
    const ordinal = ORDINALS.indexOf(next);
    if (tens >= 2 && tail === '' && unit >= 1 && unit <= 9) {
      written.push(`${tens * 10 + unit}${nextTail}`);
      i++;
    } else if (tens >= 2 && tail === '' && ordinal >= 1 && ordinal <= 9) {
      written.push(`${ordinalOf(tens * 10 + ordinal)}${nextTail}`);
      i++;
    } else if (tens >= 2) written.push(`${tens * 10}${tail}`);
    else if (UNITS.includes(word)) written.push(`${UNITS.indexOf(word)}${tail}`);
    else if (word === 'thirtieth') written.push(`30th${tail}`);
    else if (ORDINALS.indexOf(word) >= 3) written.push(`${ordinalOf(ORDINALS.indexOf(word))}${tail}`);
    else written.push(tokens[i] ?? '');
  }
  return written.join(' ').replaceAll(/(?<=\d[ ,-]*)\b(?:oh|o)\b(?!')|\b(?:oh|o)\b(?=[ ,-]*\d)/g, '0');
}

function splitTail(token: string): [word: string, tail: string] {
  const word = token.replace(/[.,;:!?]+$/, '');
  return [word, token.slice(word.length)];
}

function ordinalOf(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** Runs of digits as they are dictated: `5 5 5 01 34`, `double 5`, `+49 151 …`; at least `min` digits, in order. */
export function digitRuns(text: string, min: number): string[] {
  const written = digitsForWords(text)
    .replaceAll(/\b(double|triple) (\d)/g, (_, times: string, digit: string) =>
      digit.repeat(times === 'double' ? 2 : 3),
    )
    .replaceAll(/\bplus (?=\d)/g, '+');
  const runs = written.match(/\+?\d(?:[\d\s().,-]*\d)?/g) ?? [];
  return runs.map((run) => run.replaceAll(/[^\d+]/g, '')).filter((run) => run.replace('+', '').length >= min);
}

/** 24-hour `HH:MM` times in a text, in order. `bare`: a lone number counts as an hour, as in the answer to "when?". */
export function timesIn(text: string, bare: boolean): string[] {
  const written = digitsForWords(text)
    .replaceAll(/\bhalf past (\d+)/g, '$1:30')
    .replaceAll(/\bquarter past (\d+)/g, '$1:15')
    .replaceAll(/\bquarter to (\d+)/g, (_, hour: string) => `${Number(hour) - 1 || 12}:45`)
    .replaceAll(/\b(\d{1,2}) o'clock\b/g, '$1:00')
    .replaceAll(/\b(?:noon|midday)\b/g, '12:00 pm')
    .replaceAll(/\bmidnight\b/g, '12:00 am')
    .replaceAll(/\b(\d{1,2}) ([0-5]\d)\b(?! ?\d)/g, '$1:$2')
    .replaceAll(/\b([ap])\.? ?m\b\.?/g, '$1m');
  const pattern =
    /(?<before>\b(?:at|around|by|about|make it|for) )?(?<![\d:.-])(?<hour>\d{1,2})(?::(?<minute>[0-5]\d))?(?: ?(?<half>am|pm))?(?![\d:]|[-.]\d|st\b|nd\b|rd\b|th\b)(?<after> (?:people|persons|guests|of us|days?|weeks?|hours?|minutes?))?/g;
  const part = /\b(morning|afternoon|evening|tonight)\b/.exec(written)?.[1];
  return [...written.matchAll(pattern)].flatMap(({ groups = {} }) => {
    const { before, hour = '', minute, half, after } = groups;
    const isTime =
      minute !== undefined || half !== undefined || bare || /^(?:at|around|by|make it) $/.test(before ?? '');
    if (!isTime || after !== undefined || Number(hour) > 23) return [];
    return [`${String(hour24(Number(hour), half, part)).padStart(2, '0')}:${minute ?? '00'}`];
  });
}

/** Without am or pm, one to seven are in the afternoon: nobody asks for an appointment at four in the morning. */
function hour24(hour: number, half: string | undefined, part: string | undefined): number {
  if (half === 'am') return hour % 12;
  if (half === 'pm') return (hour % 12) + 12;
  if (hour >= 1 && hour <= 11 && part !== 'morning' && (hour <= 7 || part !== undefined)) return hour + 12;
  return hour;
}

/** `YYYY-MM-DD` dates in a text, in order; "Tuesday" and "the third" are the next ones from `now` on. */
export function datesIn(text: string, now: Date): string[] {
  const written = digitsForWords(text);
  const found = chrono.en.GB.parse(written, { instant: now, timezone: 0 }, { forwardDate: true });
  const dates = found
    .map((result) => result.end ?? result.start)
    .filter((date) => date.isCertain('day') || date.isCertain('weekday'))
    .map((date) =>
      [date.get('year'), date.get('month'), date.get('day')]
        .map((n) => String(n ?? 0).padStart(2, '0'))
        .join('-'),
    );
  const day = /\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! one)/.exec(written)?.[1];
  return dates.length > 0 || day === undefined ? dates : [nextDayOfMonth(Number(day), now)];
}

/** "The 25th": this month's, or the next month's where that has passed. */
function nextDayOfMonth(day: number, now: Date): string {
  const monthsAhead = day < now.getUTCDate() ? 1 : 0;
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, day))
    .toISOString()
    .slice(0, 10);
}
