import { settle } from './correction.ts';
import { type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenDigits } from './spoken-numbers.ts';

interface Lengths {
  length?: number | undefined;
  min_length?: number | undefined;
  max_length?: number | undefined;
}

/** A sentence with more other words than this has a digit in it but is not one. */
const MOST_OTHER_WORDS = 4;

/** A code or reference; its value is the digits as text. */
export function parseDigits(
  said: string,
  { length, min_length: least = length, max_length: most = length }: Lengths,
): EntityResult {
  const settled = settle(said);
  if (settled === undefined) return NONE;
  const { digits, otherWords } = spokenDigits(settled.text);
  if (digits === '') return NONE;
  const isShort = least !== undefined && digits.length < least;
  const isLong = most !== undefined && digits.length > most;
  const isBounded = least !== undefined || most !== undefined;
  if (isBounded && !isShort && !isLong) return found(digits);
  // "The usual one" holds a digit too.
  if (otherWords > Math.min(MOST_OTHER_WORDS, digits.length)) return NONE;
  if (!isBounded) return found(digits);
  return invalid(`${digits.length} digits are too ${isShort ? 'few' : 'many'}`);
}
