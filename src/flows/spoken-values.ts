/** Values as they are said on the phone: digits in groups, dates and times in words a voice reads well. */
import { parsePhoneNumberFromString } from 'libphonenumber-js';

export interface SpokenLocale {
  /** BCP 47. */
  language: string;
  /** IANA. */
  timeZone: string;
  /** ISO 4217: what amounts are in. Default: USD. */
  currency?: string;
}

/** A digit string longer than this is not read in groups but as it is. */
const MOST_DIGITS = 40;

/** `+14155550100` → `plus 1, 4 1 5, 5 5 5, 0 1 0 0`: digit by digit, in groups that can be written down. */
export function spokenDigits(value: unknown): string {
  const text = asText(value);
  const digits = text.replaceAll(/\D/g, '');
  if (digits === '' || digits.length > MOST_DIGITS) return text;
  if (!text.trim().startsWith('+')) return groupsOf(digits).join(', ');
  const country = parsePhoneNumberFromString(`+${digits}`)?.countryCallingCode ?? '';
  return `plus ${[spaced(country), ...groupsOf(digits.slice(country.length))].filter((group) => group !== '').join(', ')}`;
}

/** `2026-06-05` or an ISO instant → `Friday, June 5`. Anything else stays as it is. */
export function spokenDate(value: unknown, locale: SpokenLocale): string {
  const text = asText(value);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const date = new Date(isDay ? `${text}T12:00:00Z` : text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(date.getTime())) return text;
  const timeZone = isDay ? 'UTC' : locale.timeZone;
  return formatter(locale.language, { weekday: 'long', month: 'long', day: 'numeric', timeZone }).format(
    date,
  );
}

/** Making a formatter costs more than a whole step of the interpreter; there are as many as flows have languages and zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([language, options]);
  const made = formatters.get(key) ?? new Intl.DateTimeFormat(language, options);
  formatters.set(key, made);
  return made;
}

/** `15:30` or an ISO instant → `3:30 PM`, `3 PM` on the hour. Anything else stays as it is. */
export function spokenTime(value: unknown, locale: SpokenLocale): string {
  const text = asText(value);
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  const date = new Date(
    clock === null ? text : `1970-01-01T${(clock[1] ?? '').padStart(2, '0')}:${clock[2]}:00Z`,
  );
  if ((clock === null && !/^\d{4}-\d{2}-\d{2}T/.test(text)) || Number.isNaN(date.getTime())) return text;
  const timeZone = clock === null ? locale.timeZone : 'UTC';
  return formatter(locale.language, { hour: 'numeric', minute: '2-digit', timeZone })
    .format(date)
    .replace(/:00(?=\s?[AP]M$)/i, '')
    .replaceAll(/\s/g, ' ');
}

/** `12.5` → `$12.50`, as amounts are written; the voice says it in words. Whole amounts have no decimals. */
export function money(value: unknown, locale: SpokenLocale, currency: unknown = locale.currency): string {
  const text = asText(value);
  const amount = Number(text);
  if (text.trim() === '' || !Number.isFinite(amount)) return text;
  try {
    return currencyFormatter(locale.language, typeof currency === 'string' ? currency : 'USD')
      .format(amount)
      .replaceAll(/\s/g, ' ');
  } catch {
    return text;
  }
}

const currencyFormatters = new Map<string, Intl.NumberFormat>();

/** Throws where `currency` is no code of three letters. */
function currencyFormatter(language: string, currency: string): Intl.NumberFormat {
  const key = `${language} ${currency}`;
  const made =
    currencyFormatters.get(key) ??
    new Intl.NumberFormat(language, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
  currencyFormatters.set(key, made);
  return made;
}

/** Groups of three or four, the longer ones last, as phone numbers are said. */
function groupsOf(digits: string): string[] {
  const count = Math.ceil(digits.length / 4);
  const least = Math.floor(digits.length / count);
  const longer = digits.length % count;
  const groups: string[] = [];
  for (let index = 0, at = 0; index < count; index++) {
    const size = least + (index >= count - longer ? 1 : 0);
    groups.push(spaced(digits.slice(at, at + size)));
    at += size;
  }
  return groups;
}

function spaced(digits: string): string {
  return [...digits].join(' ');
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
