/** Numbers as people say them in English: "twenty five", "oh seven seven double four", "a hundred and two point five". */
import { tokens } from './words.ts';

const ONES = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value] as const),
);
const TENS = new Map(
  'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, (index + 2) * 10] as const),
);
const SCALES = new Map([
  ['dozen', 12],
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1_000_000],
]);
const PAIRS = new Set(['couple', 'pair']);
const ONE_AS_PRONOUN = new Set(
  'the this that there which no any every each another first second third last next'.split(' '),
);
/** Said for the digit zero; not for the number. */
const ZEROS = new Set(['oh', 'o', 'nought', 'naught', 'nil']);
const REPEATS = new Map([
  ['double', 2],
  ['triple', 3],
  ['treble', 3],
]);

/** How "twenty seven" is read: 27, or 20 and 7. */
type Pairs = 'joined' | 'apart';

/**
 * The digits in a text, in order. `otherWords`: how many words were no digits, so that a caller of this can tell a
 * number from a sentence that has one.
 */
export function spokenDigits(text: string, pairs: Pairs = 'joined'): { digits: string; otherWords: number } {
  const words = tokens(text.replaceAll('-', ' '));
  let digits = '';
  let otherWords = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const next = words[index + 1] ?? '';
    const repeat = REPEATS.get(word);
    const repeated = repeat === undefined ? undefined : digitsOf(next);
    if (repeat !== undefined && repeated !== undefined && repeated.length === 1) {
      digits += repeated.repeat(repeat);
      index++;
    } else if (TENS.has(word)) {
      const unit = ONES.get(next) ?? 0;
      const hasUnit = pairs === 'joined' && unit > 0 && unit < 10;
      digits += String((TENS.get(word) ?? 0) + (hasUnit ? unit : 0));
      if (hasUnit) index++;
    } else if ((word === 'hundred' || word === 'thousand') && digits !== '') {
      digits += word === 'hundred' ? '00' : '000';
    } else {
      const own = digitsOf(word);
      if (own === undefined) otherWords++;
      else digits += own;
    }
  }
  return { digits, otherWords };
}

/** "twenty", to which a "five" may still belong; the same in numerals, for recognisers write what they have so far. */
export function endsInTens(text: string): boolean {
  const last = tokens(text.replaceAll('-', ' ')).at(-1) ?? '';
  return TENS.has(last) || /^[2-9]0$/.test(last);
}

/** The number in a text; undefined where there is none, or more than one: "two two", "five or six". */
export function spokenNumber(text: string): number | undefined {
  const numbers = spokenNumbers(text);
  return numbers.length === 1 ? numbers[0] : undefined;
}

/** Every number in a text. Words that make no number together are numbers apart: "nineteen eighty four" is 19 and 84. */
export function spokenNumbers(text: string): number[] {
  const words = numberTokens(text);
  const numbers: number[] = [];
  for (let index = 0; index < words.length; ) {
    const { value, end } = cardinal(words, index);
    if (value === undefined || isPronoun(words, index)) {
      index = Math.max(end, index + 1);
      continue;
    }
    const part = fraction(words, end);
    const sign = words[index - 1] === 'minus' || words[index - 1] === 'negative' ? -1 : 1;
    numbers.push(sign * (value + part.value));
    index = part.end;
  }
  return numbers;
}

/** Words and numerals; "2nd" is neither one nor the other and stays whole. */
function numberTokens(text: string): string[] {
  const signed = text.toLowerCase().replaceAll(/(?<![\p{L}\d])-(?=\d)/gu, 'minus ');
  const words = signed.match(/\d+(?:,\d{3})*(?:\.\d+)?\p{L}*|\p{L}+/gu) ?? [];
  return words.filter((word) => word !== 'and');
}

/** "the one", "this one": no number. */
export function isPronoun(words: readonly string[], index: number): boolean {
  return words[index] === 'one' && ONE_AS_PRONOUN.has(words[index - 1] ?? '');
}

/** A number that starts at a word, with "and" already gone; no value where none does. */
function cardinal(words: readonly string[], start: number): { value: number | undefined; end: number } {
  const first = words[start] ?? '';
  const next = words[start + 1] ?? '';
  if (first === 'half' && next === 'a' && words[start + 2] === 'dozen') return { value: 6, end: start + 3 };
  if (first === 'a' && PAIRS.has(next)) return { value: 2, end: start + 2 };
  let total = 0;
  let part: number | undefined;
  let index = first === 'a' && SCALES.has(next) ? start + 1 : start;
  for (; index < words.length; index++) {
    const word = words[index] ?? '';
    const small = numeralOf(word) ?? ONES.get(word) ?? TENS.get(word);
    const scale = SCALES.get(word);
    if (small !== undefined) {
      if (!canFollow(small, part) || (part === undefined && total % 1000 !== 0)) break;
      part = (part ?? 0) + small;
    } else if (scale === undefined || !canScale(scale, part, total)) break;
    else if (scale === 100) part = (part ?? 1) * scale;
    else {
      total += (part ?? 1) * scale;
      part = undefined;
    }
  }
  const isNone = part === undefined && total === 0;
  return { value: isNone ? undefined : total + (part ?? 0), end: index };
}

/** "five" may follow "twenty" or "hundred", not "two" or "nineteen". */
function canFollow(small: number, part: number | undefined): boolean {
  if (part === undefined) return true;
  if (small === 0 || part === 0 || !Number.isInteger(part)) return false;
  if (part % 100 === 0) return small < 100;
  return small < 10 && part % 10 === 0 && part % 100 >= 20;
}

/** Scales go down, "two million one thousand", and each has its own number before it. */
function canScale(scale: number, part: number | undefined, total: number): boolean {
  if (part === 0 || (total > 0 && part === undefined)) return false;
  if (scale === 100 || scale === 12) return (part ?? 1) < 100 && (scale === 100 || total === 0);
  return (part ?? 1) < 1000 && (total === 0 || total % (scale * 1000) === 0);
}

/** "point five", "and a half" (with "and" already gone) */
function fraction(words: readonly string[], at: number): { value: number; end: number } {
  if (words[at] === 'a' && words[at + 1] === 'half') return { value: 0.5, end: at + 2 };
  if (words[at] !== 'point') return { value: 0, end: at };
  let digits = '';
  let end = at + 1;
  for (; digitsOf(words[end] ?? '') !== undefined; end++) digits += digitsOf(words[end] ?? '');
  return digits === '' ? { value: 0, end: at } : { value: Number(`0.${digits}`), end };
}

function numeralOf(word: string): number | undefined {
  return /^\d[\d,]*(?:\.\d+)?$/.test(word) ? Number(word.replaceAll(',', '')) : undefined;
}

function digitsOf(word: string): string | undefined {
  if (/^\+?\d+$/.test(word)) return word.replace('+', '');
  if (ZEROS.has(word)) return '0';
  const value = ONES.get(word);
  return value === undefined ? undefined : String(value);
}
