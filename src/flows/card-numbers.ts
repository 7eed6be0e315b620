/**
 * Card numbers in what callers say at any time, asked for or not: a run of digits, written or spoken, that is as long as
 * a card's number and has its check digit.
 */
import { maskOf } from './concealed.ts';
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
