import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from 'libphonenumber-js/max';
import type { AnswerProgress } from '../index.ts';
import { settle } from './correction.ts';
import { type EntityContext, type EntityResult, found, invalid, NONE } from './entity.ts';
import { endsInTens, spokenDigits } from './spoken-numbers.ts';
import { tokens } from './words.ts';

/** Fewer digits than this are not the beginning of a phone number but something else. */
const LEAST_DIGITS = 5;
const ASKED =
  /^\W*(?:what|which|why|when|how|do|did|have|can|could|qué|quel|pourquoi|was|welche|warum)\b|\?\s*$/i;
/** "The number I'm calling from", and the same in the languages that yes and no are known in; not "I lost my phone". */
const THIS_NUMBER = new RegExp(
  [
    '\\b(?:this|same) (?:one|numbers?|phone|line)\\b(?! (?:is|would be|will be)$)',
    '^(?:(?:just|use|on|yes|its) )*(?:my|the) (?:number|phone|line)(?: please)?$',
    '\\bcalling (?:you )?(?:from|on)\\b',
    '\\b(?:este|mismo) (?:numero|telefono)\\b|\\bdesde el que (?:le )?llamo\\b',
    '\\b(?:ce|meme) numero\\b|\\bnumero duquel\\b',
    '\\b(?:diese|dieser|dieselbe|gleiche) nummer\\b|\\bvon der ich\\b',
    '\\bquesto numero\\b|\\beste numero\\b|\\b(?:dit|hetzelfde) nummer\\b',
  ].join('|'),
);
const MOST_WORDS_OF_THIS_NUMBER = 10;

/** A phone number; its value is E.164. "This number" is the caller's own. */
export function parsePhone(said: string, { country, callerNumber }: EntityContext): EntityResult {
  const settled = settle(said);
  if (settled === undefined) return NONE;
  const { text } = settled;
  const dialled = dialledIn(text, supported(country));
  const isShort = dialled.replace('+', '').length < LEAST_DIGITS;
  if (isShort && callerNumber !== '' && isThisNumber(text)) return found(callerNumber);
  if (isShort) return NONE;
  const number = parsePhoneNumberFromString(dialled, supported(country));
  // Possible, not assigned: number ranges are opened all the time, and the caller knows better.
  return number !== undefined && isPossible(number)
    ? found(number.number)
    : invalid(whyNot(dialled, supported(country)));
}

function isThisNumber(text: string): boolean {
  const words = tokens(text);
  return words.length <= MOST_WORDS_OF_THIS_NUMBER && !ASKED.test(text) && THIS_NUMBER.test(words.join(' '));
}

/** Area codes of North America begin with 2 to 9: "1 415 555 012" is one digit short and no number of area 141. */
function isPossible(number: PhoneNumber): boolean {
  return number.isPossible() && !(number.countryCallingCode === '1' && /^[01]/.test(number.nationalNumber));
}

/** How far words are a phone number, by the lengths that numbers of its country have. */
export function phoneProgress(said: string, context: EntityContext): AnswerProgress {
  const text = settle(said)?.text ?? '';
  const country = supported(context.country);
  const dialled = dialledIn(text, country);
  const digits = dialled.replace('+', '');
  const last = tokens(text).at(-1) ?? '';
  if (parsePhone(said, context).type === 'none') {
    const isReading = digits !== '' && spokenDigits(last).digits !== '';
    return isReading || /^(?:double|triple|treble)$/.test(last) ? 'partial' : 'unknown';
  }
  if (digits.length < LEAST_DIGITS) return 'whole';
  const number = parsePhoneNumberFromString(dialled, country);
  if (number === undefined || !isPossible(number)) {
    return validatePhoneNumberLength(dialled, country) === 'TOO_LONG' ? 'extendable' : 'partial';
  }
  return mayGoOn(dialled, country) || endsInTens(text) ? 'extendable' : 'whole';
}

/** True where a longer number of the same beginning can exist. Tried with a few digits, which are enough to show it. */
function mayGoOn(dialled: string, country: CountryCode): boolean {
  if (validatePhoneNumberLength(`${dialled}0`, country) === 'TOO_LONG') return false;
  if (parsePhoneNumberFromString(dialled, country)?.isValid() !== true) return true;
  return LONGER.some((more) => parsePhoneNumberFromString(dialled + more, country)?.isValid() === true);
}

const LONGER = ['0', '5', '00', '55', '000', '555'];

/** What was said as it would be dialled: "plus four four twenty seven nine …" is +44 20 7 9 … where +44 27 9 … is no number. */
function dialledIn(text: string, country: CountryCode): string {
  const plus = /\+|\bplus\b|(?<!\p{L})más(?!\p{L})/iu.test(text) ? '+' : '';
  const [joined, apart] = [
    plus + spokenDigits(text).digits,
    plus + spokenDigits(text, 'apart').digits,
  ] as const;
  const isNumber = (dialled: string): boolean =>
    parsePhoneNumberFromString(dialled, country)?.isValid() === true;
  return joined !== apart && !isNumber(joined) && isNumber(apart) ? apart : joined;
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
