/** What several languages have in common. */
import type { CalendarDay, Currency, Gender, Language, Noun } from '../language.ts';

/** Signs of money that mean the same everywhere. "$" is each language's own matter. */
export const CURRENCY_SIGNS: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '¥': 'JPY',
  '₹': 'INR',
  US$: 'USD',
  C$: 'CAD',
  CA$: 'CAD',
  A$: 'AUD',
  AU$: 'AUD',
  R$: 'BRL',
  MX$: 'MXN',
};

/** Acronyms of trade and technology that no language reads as words. */
export const SPELLED_ANYWHERE: readonly string[] =
  'AI API ATM CEO CRM EU FAQ HTTPS IBAN ID IP ISBN IT IVR PDA SIP UK URL USA USB VIP VOIP'.split(' ');

/** A name for every two-part key: `nouns('km kilómetro kilómetros m, …')`. `_` stands for a space. */
export function nouns(list: string): Readonly<Record<string, Noun>> {
  return Object.fromEntries(
    list.split(',').map((entry) => {
      const [key = '', one = '', many = '', gender = 'm'] = entry
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll('_', ' '));
      return [key, [one, many, gender === 'f' ? 'f' : 'm'] as const];
    }),
  );
}

/** `currencies('EUR euro euros m céntimo céntimos m, JPY yen yenes m')`. `_` stands for a space. */
export function currencies(list: string): Readonly<Record<string, Currency>> {
  return Object.fromEntries(
    list.split(',').map((entry) => {
      const [code = '', one = '', many = '', gender = 'm', minorOne, minorMany = '', minorGender = 'm'] =
        entry
          .trim()
          .split(/\s+/)
          .map((word) => word.replaceAll('_', ' '));
      const major: Noun = [one, many, asGender(gender)];
      if (minorOne === undefined) return [code, { major }];
      return [code, { major, minor: [minorOne, minorMany, asGender(minorGender)] as const }];
    }),
  );
}

function asGender(text: string): Gender {
  return text === 'f' ? 'f' : 'm';
}

/** `months('enero ene, febrero feb, …')`. */
export function months(list: string): Language['months'] {
  return list.split(',').map((entry) => {
    const [name = '', ...others] = entry.trim().split(/\s+/);
    return [name, ...others] as const;
  });
}

/** The name of a date's month. */
export function monthName({ months: names }: Pick<Language, 'months'>, { month }: CalendarDay): string {
  return names[month - 1]?.[0] ?? '';
}

/** Fractions by how they are written: `{ '1/2': 'un medio' }`. */
export function fractions(names: Readonly<Record<string, string>>): Language['fraction'] {
  return (numerator, denominator) => names[`${numerator}/${denominator}`];
}

/** One and nothing else. */
export function isExactlyOne(integer: string, fraction: string): boolean {
  return /^0*1$/.test(integer) && fraction === '';
}
