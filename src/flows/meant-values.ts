/** Values that people write for phone numbers, time zones, languages and countries, and what they mean by them. */
import { nearest } from './problems.ts';

/** @param rule what the schema says of the value: `must be a phone number …` */
export function meantBy(rule: string, value: string): string | undefined {
  if (rule.includes('phone number')) return meantNumber(value);
  if (rule.includes('time zone')) return meantTimeZone(value);
  if (rule.includes('language')) return meantLanguage(value);
  if (rule.includes('two capital letters')) return meantCountry(value);
  if (rule.includes('three capital letters'))
    return /^[a-z]{3}$/.test(value) ? value.toUpperCase() : undefined;
  return undefined;
}

/** `+1 (555) 010-0123`, `0044 20 …` */
function meantNumber(value: string): string | undefined {
  const digits = value.replaceAll(/[\s()./-]/g, '').replace(/^00/, '+');
  return digits !== value && /^\+[1-9]\d{6,14}$/.test(digits) ? digits : undefined;
}

/** Zones as older systems name them; abbreviations stand for more than one, and callers mean the one that has summers. */
const ZONES: Readonly<Record<string, string>> = {
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  BST: 'Europe/London',
  CEST: 'Europe/Berlin',
};

function meantTimeZone(value: string): string | undefined {
  const old = ZONES[value.trim().toUpperCase().replace(/\d+$/, '')];
  if (old !== undefined) return old;
  const zones = Intl.supportedValuesOf('timeZone');
  const city = value.trim().replaceAll(' ', '_').toLowerCase();
  return zones.find((zone) => zone.toLowerCase().split('/').at(-1) === city) ?? nearest(value, zones);
}

/** Languages that telephony vendors support, and the countries that flows are written for. */
const LANGUAGES =
  'en-US en-GB de-DE fr-FR es-ES it-IT nl-NL pt-PT pl-PL sv-SE da-DK nb-NO fi-FI ja-JP ko-KR zh-CN hi-IN ru-RU tr-TR uk-UA'.split(
    ' ',
  );
const COUNTRIES =
  'US GB CA AU NZ IE DE AT CH FR BE ES MX IT NL PT BR PL SE DK NO FI JP KR CN IN RU TR UA ZA'.split(' ');

/** `en_US`, `english` */
function meantLanguage(value: string): string | undefined {
  const dashed = value.replaceAll('_', '-');
  if (dashed !== value && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(dashed)) return dashed;
  const names = new Intl.DisplayNames('en', { type: 'language' });
  const byName = new Map(
    LANGUAGES.toReversed().map((tag) => [names.of(tag.slice(0, 2))?.toLowerCase() ?? tag, tag]),
  );
  return byName.get(nearest(value.toLowerCase(), byName.keys()) ?? '');
}

/** `gb`, `UK`, `Germany` */
function meantCountry(value: string): string | undefined {
  const code = value.toUpperCase();
  if (code === 'UK') return 'GB';
  if (/^[A-Z]{2}$/.test(code)) return code;
  const names = new Intl.DisplayNames('en', { type: 'region' });
  const byName = new Map(COUNTRIES.map((country) => [names.of(country)?.toLowerCase() ?? country, country]));
  return byName.get(nearest(value.toLowerCase(), byName.keys()) ?? '');
}
