import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js';
import { settle } from './correction.ts';
import { type EntityContext, type EntityResult, found, invalid, NONE } from './entity.ts';
import { spokenDigits } from './spoken-numbers.ts';
import { tokens } from './words.ts';

/** Fewer digits than this are not the beginning of a phone number but something else. */
const LEAST_DIGITS = 5;
const THIS_NUMBER = /\b(this|same|my|the) (one|number|phone|line)\b|\bcalling (you )?(from|on)\b/;

/** A phone number; its value is E.164. "This number" is the caller's own. */
export function parsePhone(said: string, { country, callerNumber }: EntityContext): EntityResult {
  const settled = settle(said);
  if (settled === undefined) return NONE;
  const { text } = settled;
  const { digits } = spokenDigits(text);
  const isOwn =
    digits.length < LEAST_DIGITS && callerNumber !== '' && THIS_NUMBER.test(tokens(text).join(' '));
  if (isOwn) return found(callerNumber);
  if (digits.length < LEAST_DIGITS) return NONE;
  const dialled = /\+|\bplus\b/i.test(text) ? `+${digits}` : digits;
  const number = parsePhoneNumberFromString(dialled, supported(country));
  // Possible, not assigned: number ranges are opened all the time, and the caller knows better.
  return number?.isPossible() === true ? found(number.number) : invalid(whyNot(dialled, supported(country)));
}

function whyNot(dialled: string, country: CountryCode): string {
  const digits = dialled.replace('+', '').length;
  switch (validatePhoneNumberLength(dialled, country)) {
    case 'TOO_SHORT':
      return `${digits} digits are too few for a phone number`;
    case 'TOO_LONG':
      return `${digits} digits are too many for a phone number`;
    default:
      return 'not a phone number that can exist';
  }
}

function supported(country: string): CountryCode {
  return isSupportedCountry(country) ? country : 'US';
}
