/** Telephone numbers as lists hold them, made what can be dialled. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Why a number is not dialled. */
export type NumberProblem = 'number-missing' | 'number-invalid' | 'number-inexact' | 'number-not-callable';

export type ParsedNumber =
  /** `number`: E.164. `country`: ISO 3166-1 alpha-2, absent for numbers of no country (+800, +882). */
  | { ok: true; number: string; country: string | undefined }
  | { ok: false; reason: NumberProblem; detail: string };

/** Calling them costs the other side, or us, more than a call; a person answers none of them. */
const NOT_CALLABLE: ReadonlySet<string> = new Set([
  'TOLL_FREE',
  'PREMIUM_RATE',
  'SHARED_COST',
  'UAN',
  'PAGER',
  'VOICEMAIL',
]);

/** No number is longer, however it is written; what is would only keep the parser busy. */
const MOST_CHARACTERS = 64;

/**
 * To E.164. `defaultCountry` (ISO 3166-1 alpha-2) is that of numbers without a country code. What spreadsheets make of
 * numbers is understood where nothing was lost: `1.5550100123E+10` is exact, `1.55501E+10` is not.
 */
export function toE164(text: string, defaultCountry?: string): ParsedNumber {
  const written = bare(text);
  if (written === '') return refused('number-missing', 'there is no number');
  if (written.length > MOST_CHARACTERS) return refused('number-invalid', 'it is too long for a number');
  const digits = fromSpreadsheet(written);
  if (digits === undefined) {
    return refused(
      'number-inexact',
      `a spreadsheet has shortened it to ${written}; format the column as text and export it again`,
    );
  }
  const country = countryOf(defaultCountry);
  const parsed = parsePhoneNumberFromString(digits, {
    extract: false,
    ...(country === undefined ? {} : { defaultCountry: country }),
  });
  if (parsed === undefined) {
    const hint = country === undefined && !digits.startsWith('+') ? '; name its country code' : '';
    return refused('number-invalid', `this is no telephone number${hint}`);
  }
  if (parsed.ext !== undefined) return refused('number-not-callable', 'it has an extension');
  const type = parsed.getType();
  // No type: the numbering plan of the country has no such number.
  if (type === undefined)
    return refused('number-invalid', `there is no such number in ${parsed.country ?? 'any country'}`);
  if (NOT_CALLABLE.has(type)) {
    return refused('number-not-callable', `it is of type ${type.toLowerCase().replaceAll('_', ' ')}`);
  }
  return { ok: true, number: parsed.number, country: parsed.country };
}

/** Whether libphonenumber has a numbering plan for it; ISO 3166-1 alpha-2, any case. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code.toUpperCase());
}

function countryOf(code: string | undefined): CountryCode | undefined {
  const upper = code?.toUpperCase();
  return upper !== undefined && isSupportedCountry(upper) ? upper : undefined;
}

/** Without what marks it as text: Excel's `'` and `="…"`, `tel:`, blanks of any width. */
function bare(text: string): string {
  const trimmed = text.normalize('NFKC').trim();
  if (/^[+\d]\d*$/.test(trimmed)) return trimmed;
  return trimmed
    .replace(/^="(.*)"$/s, '$1')
    .replace(/^'/, '')
    .replace(/^tel:/i, '')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, '')
    .trim();
}

/** The digits that a spreadsheet shows as a quantity; undefined where it has dropped some. */
function fromSpreadsheet(written: string): string | undefined {
  const scientific = /^(\+?)(\d)(?:[.,](\d+))?E\+?(\d{1,2})$/i.exec(written);
  if (scientific !== null) {
    const [, plus = '', first = '', decimals = '', exponent = ''] = scientific;
    return decimals.length === Number(exponent) ? plus + first + decimals : undefined;
  }
  // A column of numbers, one of them missing, is exported as decimal fractions.
  return /^\d{7,}[.,]0+$/.test(written) ? written.replace(/[.,]0+$/, '') : written;
}

function refused(reason: NumberProblem, detail: string): ParsedNumber {
  return { ok: false, reason, detail };
}
