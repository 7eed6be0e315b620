/**
 * Card numbers in what callers say at any time, asked for or not: a run of digits, written or spoken, that is as long as
 * a card's number and has its check digit.
 */
import { HIDDEN, maskOf } from './concealed.ts';
import { fulfils } from './entities/checksum.ts';
import { onlyNumerals } from './entities/numerals.ts';
import { spokenDigits } from './entities/spoken-numbers.ts';

/** ISO/IEC 7812: 13 to 19 digits in use; payment cards begin with 2 to 6. */
const CARD = /^[2-6]\d{12,18}$/;
const LEAST_DIGITS = 13;
/** Between digits that belong together. */
const BETWEEN = /^(?:[\s.,–-]+|and|um|uh|then|dash)$/iu;
const PARTS = /\p{L}+|\d+|\s+|[^\p{L}\d\s]/gu;

/** The text with the mask of every card number in its place. `language`: BCP 47, for numbers in words. */
export function withoutCardNumbers(text: string, language: string): string {
  const concealed = inPlace(text);
  if (concealed !== text || /^en\b/i.test(language)) return concealed;
  const numerals = onlyNumerals(text, language);
  const again = inPlace(numerals);
  return again === numerals ? text : again;
}

/** A number is told in groups, and each group may be a turn. */
const MOST_TURNS_BEFORE = 4;

/**
 * The text without the figures it begins with, where they are the rest of a card number that earlier turns began: what
 * was said by then is no card number, and with this it would be one.
 *
 * @param before the caller's turns before this one, the last one last
 * @param language BCP 47, for numbers in words
 */
export function withoutRestOfCard(text: string, before: readonly string[], language: string): string {
  const isEnglish = /^en\b/i.test(language);
  const partsOf = (said: string): string[] =>
    (isEnglish ? said : onlyNumerals(said, language)).match(PARTS) ?? [];
  const parts = partsOf(text);
  const start = parts.findIndex((part) => !BETWEEN.test(part));
  const end = start < 0 ? start : runFrom(parts, start);
  if (end <= start) return text;
  const run = parts.slice(start, end);
  const turns = before.filter((said) => said !== HIDDEN).slice(-MOST_TURNS_BEFORE);
  for (const said of turns.reverse()) {
    const earlier = partsOf(said);
    const from = tailFrom(earlier);
    if (from === earlier.length) return text;
    run.unshift(...earlier.slice(from), ' ');
    if (cardIn(run) !== undefined) return [...parts.slice(0, start), HIDDEN, ...parts.slice(end)].join('');
    if (from > 0) return text;
  }
  return text;
}

/** Where the run of digits begins that a turn ends with; at its end where there is none. */
function tailFrom(parts: readonly string[]): number {
  for (let index = 0; index < parts.length; index++) {
    const end = runFrom(parts, index);
    if (end === index) continue;
    if (parts.slice(end).every((part) => BETWEEN.test(part))) return index;
    index = end;
  }
  return parts.length;
}

function inPlace(text: string): string {
  const parts = text.match(PARTS) ?? [];
  const left: string[] = [];
  for (let index = 0; index < parts.length; ) {
    const end = runFrom(parts, index);
    const card = parts[index - 1] === '+' ? undefined : cardIn(parts.slice(index, end));
    // Of a run that holds one, nothing is shown: what stands beside it is often its date or its code.
    if (card === undefined) left.push(...parts.slice(index, Math.max(end, index + 1)));
    else left.push(maskOf(card));
    index = Math.max(end, index + 1);
  }
  return left.join('');
}

/** Where the run of digits ends that begins at a part; at the part itself where none does. */
function runFrom(parts: readonly string[], start: number): number {
  let end = start;
  for (let index = start; index < parts.length; index++) {
    const part = parts[index] ?? '';
    if (isDigits(part)) end = index + 1;
    else if (index === start || !BETWEEN.test(part)) break;
  }
  return end;
}

function isDigits(part: string): boolean {
  if (/^(?:double|triple|treble|hundred|thousand)$/i.test(part)) return true;
  return /^[\p{L}\d]/u.test(part) && spokenDigits(part).digits !== '';
}

function cardIn(run: readonly string[]): string | undefined {
  if (spokenDigits(run.join(' ')).digits.length < LEAST_DIGITS) return undefined;
  for (let from = 0; from < run.length; from++) {
    for (let to = run.length; to > from; to--) {
      const span = run.slice(from, to).join(' ');
      const readings = [spokenDigits(span).digits, spokenDigits(span, 'apart').digits];
      const card = readings.find((digits) => CARD.test(digits) && fulfils('luhn', digits));
      if (card !== undefined) return card;
    }
  }
  return undefined;
}
