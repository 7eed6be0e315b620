import { settle } from './correction.ts';
import { type EntityResult, NONE, withinBounds } from './entity.ts';
import { withoutDaysAndTimes, withoutMoments } from './number-phrases.ts';
import { partySize } from './party.ts';
import { spokenNumber, spokenNumbers } from './spoken-numbers.ts';

/** "At least four" is no number yet. */
const BOUND = /\b(?:more|less|fewer|bigger) than\b|\bat (?:least|most)\b|\bup to\b/i;
const NOTHING = /^\W*(?:none|nothing|nobody)(?: at all)?(?:,? (?:please|thanks|thank you))?\W*$/i;
const ALONE = /^\W*(?:oh |well )?(?:it['’]?s |that['’]?s )?(?:just|only) (?:me|myself)\W*$/i;
const BOTH = /^\W*both(?: of us)?\W*$/i;
/** "for two", "party of nine", "four people": a number of people or things, whatever else is said. */
const COUNTED =
  /\b(?:for|of) (?:the )?(?:\p{L}+[ -])?(?:\p{L}+|\d+)\b|\b(?:\p{L}+|\d+) (?:people|persons?|guests?|adults?|of us|seats?|places|tickets?)\b|(?<!\p{L})(?:we are|we['’]re|we will be|we['’]ll be|there are|wir sind|on est|on sera|nous sommes|somos|seremos|siamo(?: in)?|saremo(?: in)?|we zijn(?: met)?) (?:now |only |just )?(?:\p{L}+|\d+)(?!\p{L})/giu;

/** A number within bounds; its value is a number. */
export function parseNumber(
  said: string,
  bounds: { min?: number | undefined; max?: number | undefined },
): EntityResult {
  if (NOTHING.test(said)) return withinBounds(0, bounds);
  if (ALONE.test(said)) return withinBounds(1, bounds);
  if (BOTH.test(said)) return withinBounds(2, bounds);
  const settled = settle(said);
  const party = partySize(settled?.text ?? said);
  if (party !== undefined) return party === 'unclear' ? NONE : withinBounds(party, bounds);
  if (settled === undefined || BOUND.test(settled.text) || isOfMany(settled.replaced)) return NONE;
  const value = spokenNumber(withoutMoments(withoutDaysAndTimes(settled.text)));
  return value === undefined || !Number.isFinite(value) ? NONE : withinBounds(value, bounds);
}

/** A number that is said to count something; for answers that were given ahead of the question. */
export function findNumber(said: string, bounds: Parameters<typeof parseNumber>[1]): number | undefined {
  const text = withoutDaysAndTimes(said);
  const counted = (text.match(COUNTED) ?? []).flatMap(spokenNumbers);
  const result = counted.length > 0 ? parseNumber(said, bounds) : NONE;
  return result.type === 'found' ? Number(result.value) : undefined;
}

/** A correction of several values at once may be one of any of them. */
function isOfMany(replaced: string): boolean {
  return spokenNumbers(replaced).length > 1 || withoutDaysAndTimes(replaced) !== replaced;
}
