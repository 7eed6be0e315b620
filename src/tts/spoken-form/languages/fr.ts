/** French. */
import { toCardinal as toBelgianCardinal } from 'n2words/fr-BE';
import { toCardinal, toOrdinal } from 'n2words/fr-FR';
import type { ClockTime, Gender, Language } from '../language.ts';
import { anyOf, closingStop, group, rule, START } from '../rule.ts';
import { frenchGender } from './genders.ts';
import { isMonthFirst, numberSigns, regionOf } from './region.ts';
import {
  CURRENCY_SIGNS,
  currencies,
  fractions,
  monthName,
  months,
  nouns,
  SPELLED_ANYWHERE,
} from './shared.ts';

const MONTHS = months(
  'janvier janv, février févr fév, mars, avril avr, mai, juin, juillet juil, août, septembre sept, octobre oct, novembre nov, décembre déc',
);
/** Full stop and all: "mer" and "jeu" are words. */
const WEEKDAYS: Readonly<Record<string, string>> = {
  'lun.': 'lundi',
  'mar.': 'mardi',
  'mer.': 'mercredi',
  'jeu.': 'jeudi',
  'ven.': 'vendredi',
  'sam.': 'samedi',
  'dim.': 'dimanche',
  'Lun.': 'Lundi',
  'Mar.': 'Mardi',
  'Mer.': 'Mercredi',
  'Jeu.': 'Jeudi',
  'Ven.': 'Vendredi',
  'Sam.': 'Samedi',
  'Dim.': 'Dimanche',
};
const WEEKDAY = anyOf(Object.keys(WEEKDAYS));
/** "Lun. matin", "mar., mer. et jeu."; but not "à la mer." and "un jeu.": the sentence goes on, or another day was named. */
const weekdayRule = rule(
  ['letter'],
  `${START}(?<day>${WEEKDAY})(?:(?=,? (?:\\d|\\p{Ll}))|(?<=${WEEKDAY},? (?:et |ou |au |à )?${WEEKDAY}))`,
  (match) => `${WEEKDAYS[group(match, 'day')] ?? ''}${closingStop(match)}`,
);
const DIGITS = ['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf'];

function ordinal(value: number, suffix: string): string | undefined {
  if (value === 0) return undefined;
  if (value === 1) return suffix === 'er' ? 'premier' : /^(?:re|ère)$/.test(suffix) ? 'première' : undefined;
  if (/^(?:er|re|ère)$/.test(suffix)) return undefined;
  if (suffix.startsWith('nd')) return value === 2 ? (suffix === 'nd' ? 'second' : 'seconde') : undefined;
  return toOrdinal(value);
}

/** What no region changes. */
const FRENCH = {
  digits: DIGITS,
  signs: {
    point: 'virgule',
    minus: 'moins',
    plus: 'plus',
    equals: 'égale',
    times: 'fois',
    by: 'par',
    dividedBy: 'divisé par',
    less: 'moins de',
    atMost: 'au plus',
    atLeast: 'au moins',
    power: 'puissance',
    more: 'plus de',
    about: 'environ',
    percent: 'pour cent',
    to: 'à',
    and: 'et',
    number: 'numéro',
    hash: 'dièse',
    per: 'par',
    at: 'arobase',
    dot: 'point',
    slash: 'barre oblique',
    dash: 'tiret',
    underscore: 'tiret bas',
    colon: 'deux-points',
    questionMark: "point d'interrogation",
  },
  genderOf: frenchGender,
  isYear: () => false,
  isOne: (integer) => /^0*[01]?$/.test(integer),
  months: MONTHS,
  hasCapitalMonths: false,
  weekdays: WEEKDAYS,
  dateCue: /(?:^|[^\p{L}])(?:le|du|au|date ?:?) $/iu,
  ofSource: '(?!)',
  monthOf: '',
  ordinalSource: 'er|re|ère|ème|eme|e|nde?',
  ordinal,
  fraction: fractions({
    '1/2': 'un demi',
    '1/3': 'un tiers',
    '2/3': 'deux tiers',
    '1/4': 'un quart',
    '3/4': 'trois quarts',
    '1/5': 'un cinquième',
  }),
  andAHalf: 'et demi',
  timeSources: [
    '(?<h>[01]?\\d|2[0-4])[ \\u00A0\\u202F]?[hH](?:[ \\u00A0\\u202F]?(?<m>[0-5]\\d))?(?![\\p{L}\\p{N}])',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])',
  ],
  minorJoin: { word: '', isNamed: false },
  isAttribute: () => false,
  currencySigns: { ...CURRENCY_SIGNS, $: 'USD' },
  scales: {
    million: 'million',
    millions: 'millions',
    milliard: 'milliard',
    milliards: 'milliards',
    M: 'millions',
    Md: 'milliards',
  },
  scaleOf: (noun) => (/^[aeéiou]/.test(noun) ? "d'" : 'de '),
  units: nouns(
    `km kilomètre kilomètres, m mètre mètres, cm centimètre centimètres, mm millimètre millimètres, kg kilo kilos,
    g gramme grammes, mg milligramme milligrammes, ml millilitre millilitres, l litre litres, L litre litres,
    km/h kilomètre-heure kilomètres-heure, °C degré degrés, ° degré degrés, m² mètre_carré mètres_carrés,
    min minute minutes f, mn minute minutes f, s seconde secondes f, Ko kilo-octet kilo-octets, Mo méga-octet méga-octets,
    Go giga-octet giga-octets, To téra-octet téra-octets, GB gigaoctet gigaoctets, MB mégaoctet mégaoctets,
    kW kilowatt kilowatts, W watt watts, kWh kilowattheure kilowattheures`,
  ),
  perUnits: {
    h: 'heure',
    heure: 'heure',
    jour: 'jour',
    nuit: 'nuit',
    semaine: 'semaine',
    mois: 'mois',
    an: 'an',
    personne: 'personne',
    min: 'minute',
  },
  phoneSources: ['\\d{3}[ -]\\d{3}[ -]\\d{4}'],
  domainsSource: '(?:com|net|org|info|fr|eu|be|ch|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:code|pin|référence|réf|commande|compte|réservation|facture|dossier|contrat|poste|vol|client|passe|se termine par|se terminant par|finissant par)\.?(?: (?:postal|numéro|n°|est|est le))*[ :#]{0,3}$/iu,
  labels: {
    'N°': 'numéro',
    'n°': 'numéro',
    nº: 'numéro',
    'p.': 'page',
  },
  titles: {
    'M.': 'Monsieur',
    MM: 'Messieurs',
    Mme: 'Madame',
    Mmes: 'Mesdames',
    Mlle: 'Mademoiselle',
    Dr: 'Docteur',
    Pr: 'Professeur',
    Me: 'Maître',
    St: 'Saint',
    Ste: 'Sainte',
  },
  abbreviations: {
    'etc.': 'et cetera',
    'tél.': 'téléphone',
    'Tél.': 'Téléphone',
    'p. ex.': 'par exemple',
    'c.-à-d.': "c'est-à-dire",
    'env.': 'environ',
    'av.': 'avenue',
    bd: 'boulevard',
    'max.': 'maximum',
    'min.': 'minimum',
    RDV: 'rendez-vous',
    rdv: 'rendez-vous',
    Mme: 'Madame',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'TVA', 'UE', 'RATP', 'EDF', 'CNI']),
  readAsWords: new Set(),
  ownRules: [weekdayRule],
} satisfies Partial<Language>;

/** French as this region speaks it: Belgium and Switzerland count otherwise from seventy on. */
export function french(tag: string): Language {
  const region = regionOf(tag);
  const count = ['BE', 'CH'].includes(region) ? toBelgianCardinal : toCardinal;
  const cardinal = (digits: string, gender?: Gender): string => {
    const words = count(digits);
    return gender === 'f' ? words.replace(/\bun$/, 'une') : words;
  };
  const time = ({ hour, minute }: ClockTime): string => {
    const noun = hour < 2 ? 'heure' : 'heures';
    return `${cardinal(String(hour), 'f')} ${noun}${minute === 0 ? '' : ` ${cardinal(String(minute))}`}`;
  };
  return {
    ...FRENCH,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...FRENCH.signs, ...(numberSigns(tag).decimal === '.' && { point: 'point' }) },
    cardinal,
    year: (year) => cardinal(String(year)),
    date: (date) => {
      const day = date.day === 1 ? 'premier' : cardinal(String(date.day));
      const year = date.year === undefined ? '' : ` ${cardinal(String(date.year))}`;
      return `${day} ${monthName({ months: MONTHS }, date)}${year}`;
    },
    time,
    currencies: currencies(
      `USD dollar dollars m cent cents m, CAD ${region === 'CA' ? 'dollar dollars' : 'dollar_canadien dollars_canadiens'} m cent cents m,
      AUD dollar_australien dollars_australiens m cent cents m, EUR euro euros m centime centimes m,
      GBP livre livres f penny pence m, CHF ${region === 'CH' ? 'franc francs' : 'franc_suisse francs_suisses'} m centime centimes m,
      JPY yen yens m, INR roupie roupies f, BRL real reais m, MXN peso pesos m`,
    ),
    // The French read their numbers in pairs.
    phoneGroup: (digits) => {
      if (digits.length !== 2) return undefined;
      return digits.startsWith('0') ? `zéro ${DIGITS[Number(digits.charAt(1))] ?? ''}` : cardinal(digits);
    },
  };
}
