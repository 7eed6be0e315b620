import { type Checksum, fulfils } from './checksum.ts';
import { settle } from './correction.ts';
import { type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenDigits } from './spoken-numbers.ts';

interface Rules {
  length?: number | undefined;
  min_length?: number | undefined;
  max_length?: number | undefined;
  checksum?: Checksum | undefined;
  /** Of the whole. */
  pattern?: string | undefined;
}

/** A sentence with more other words than this has a digit in it but is not one. */
const MOST_OTHER_WORDS = 4;

/** A code or reference; its value is the digits as text. */
export function parseDigits(said: string, rules: Rules): EntityResult {
  const { length, min_length: least = length, max_length: most = length } = rules;
  const settled = settle(said);
  if (settled === undefined) return NONE;
  const { digits, otherWords } = spokenDigits(settled.text);
  if (digits === '') return NONE;
  const isShort = least !== undefined && digits.length < least;
  const isLong = most !== undefined && digits.length > most;
  const isBounded = least !== undefined || most !== undefined;
  if (isBounded && !isShort && !isLong) return checked(digits, rules);
  // "The usual one" holds a digit too.
  if (otherWords > Math.min(MOST_OTHER_WORDS, digits.length)) return NONE;
  if (!isBounded) return checked(digits, rules);
  return invalid(`${digits.length} digits are too ${isShort ? 'few' : 'many'}`);
}

function checked(digits: string, { checksum, pattern }: Rules): EntityResult {
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'u').test(digits))
    return invalid('the digits do not match the pattern');
  return checksum === undefined || fulfils(checksum, digits)
    ? found(digits)
    : invalid(`the check digit does not fit (${checksum})`);
}
