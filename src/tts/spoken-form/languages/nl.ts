/** Dutch. */
import { toCardinal, toOrdinal } from 'n2words/nl-NL';
import type { ClockTime, Language } from '../language.ts';
import { isMonthFirst, numberSigns } from './region.ts';
import {
  CURRENCY_SIGNS,
  currencies,
  fractions,
  isExactlyOne,
  monthName,
  months,
  nouns,
  SPELLED_ANYWHERE,
} from './shared.ts';

const MONTHS = months(
  'januari jan, februari feb, maart mrt, april apr, mei, juni jun, juli jul, augustus aug, september sept sep, oktober okt, november nov, december dec',
);

function cardinal(digits: string): string {
  return toCardinal(digits);
}

function time({ hour, minute }: ClockTime): string {
  return `${cardinal(String(hour))} uur${minute === 0 ? '' : ` ${cardinal(String(minute))}`}`;
}

/** What no region changes. */
const DUTCH = {
  digits: ['nul', 'één', 'twee', 'drie', 'vier', 'vijf', 'zes', 'zeven', 'acht', 'negen'],
  signs: {
    point: 'komma',
    minus: 'min',
    plus: 'plus',
    equals: 'is',
    times: 'keer',
    by: 'bij',
    dividedBy: 'gedeeld door',
    less: 'minder dan',
    atMost: 'hoogstens',
    atLeast: 'minstens',
    power: 'tot de macht',
    more: 'meer dan',
    about: 'ongeveer',
    percent: 'procent',
    to: 'tot',
    and: 'en',
    number: 'nummer',
    hash: 'hekje',
    per: 'per',
    at: 'apenstaartje',
    dot: 'punt',
    slash: 'slash',
    dash: 'streepje',
    underscore: 'laag streepje',
    colon: 'dubbele punt',
    questionMark: 'vraagteken',
  },
  cardinal,
  genderOf: () => undefined,
  year: (year) => cardinal(String(year)),
  isYear: () => false,
  isOne: isExactlyOne,
  months: MONTHS,
  hasCapitalMonths: false,
  weekdays: {},
  date: (date) => {
    const year = date.year === undefined ? '' : ` ${cardinal(String(date.year))}`;
    return `${cardinal(String(date.day))} ${monthName({ months: MONTHS }, date)}${year}`;
  },
  dateCue: /(?:^|[^\p{L}])(?:op|van|tot|vanaf|sinds|datum:?) $/iu,
  ofSource: '(?!)',
  monthOf: '',
  ordinalSource: 'ste|de|e',
  ordinal: (value) => (value === 0 ? undefined : toOrdinal(value)),
  fraction: fractions({
    '1/2': 'een half',
    '1/3': 'een derde',
    '2/3': 'twee derde',
    '1/4': 'een kwart',
    '3/4': 'drie kwart',
  }),
  andAHalf: 'en een half',
  timeSources: [
    '(?<h>[01]?\\d|2[0-4])(?:[:.](?<m>[0-5]\\d))?[ \\u00A0]?(?:uur|u)(?![\\p{L}\\p{N}])(?! \\d)',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])',
  ],
  time,
  currencies: currencies(
    `USD dollar dollar m cent cent m, CAD Canadese_dollar Canadese_dollar m cent cent m,
    AUD Australische_dollar Australische_dollar m cent cent m, EUR euro euro m cent cent m, GBP pond pond m penny pence m,
    CHF Zwitserse_frank Zwitserse_frank m, JPY yen yen m, INR roepie roepie m`,
  ),
  minorJoin: { word: '', isNamed: false },
  isAttribute: () => false,
  currencySigns: { ...CURRENCY_SIGNS, $: 'USD' },
  scales: {
    duizend: 'duizend',
    miljoen: 'miljoen',
    miljard: 'miljard',
    mln: 'miljoen',
    'mln.': 'miljoen',
    mld: 'miljard',
  },
  scaleOf: () => '',
  units: nouns(
    `km kilometer kilometer, m meter meter, cm centimeter centimeter, mm millimeter millimeter, kg kilo kilo,
    g gram gram, mg milligram milligram, ml milliliter milliliter, l liter liter, L liter liter,
    km/h kilometer_per_uur kilometer_per_uur, km/u kilometer_per_uur kilometer_per_uur, °C graad graden, ° graad graden,
    m² vierkante_meter vierkante_meter, min minuut minuten, min. minuut minuten, sec seconde seconden, s seconde seconden,
    MB megabyte megabyte, GB gigabyte gigabyte, TB terabyte terabyte, kW kilowatt kilowatt, kWh kilowattuur kilowattuur`,
  ),
  perUnits: {
    u: 'uur',
    uur: 'uur',
    dag: 'dag',
    nacht: 'nacht',
    week: 'week',
    maand: 'maand',
    jaar: 'jaar',
    persoon: 'persoon',
    min: 'minuut',
  },
  phoneSources: [],
  domainsSource: '(?:com|net|org|info|nl|eu|be|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:\p{L}{0,20}code|\p{L}{0,20}nummer|pin|referentie|ref|bestelling|rekening|reservering|factuur|toestel|vlucht|wachtwoord|eindigt op|nr)\.?(?: (?:is|nummer|nr\.))*[ :#]{0,3}$/iu,
  labels: {
    'nr.': 'nummer',
    'Nr.': 'nummer',
    'blz.': 'bladzijde',
    'tel.': 'telefoon',
    'Tel.': 'telefoon',
    'ca.': 'circa',
  },
  titles: {
    dhr: 'de heer',
    Dhr: 'De heer',
    mevr: 'mevrouw',
    Mevr: 'Mevrouw',
    dr: 'dokter',
    Dr: 'Dokter',
    prof: 'professor',
    Prof: 'Professor',
  },
  abbreviations: {
    'bijv.': 'bijvoorbeeld',
    'bv.': 'bijvoorbeeld',
    'd.w.z.': 'dat wil zeggen',
    'o.a.': 'onder andere',
    'enz.': 'enzovoort',
    'etc.': 'et cetera',
    'incl.': 'inclusief',
    'excl.': 'exclusief',
    'max.': 'maximaal',
    'ca.': 'circa',
    'a.u.b.': 'alstublieft',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'EU', 'ANWB', 'BTW', 'KVK']),
  readAsWords: new Set(),
  ownRules: [],
} satisfies Partial<Language>;

/** Dutch as this region writes it. */
export function dutch(tag: string): Language {
  return {
    ...DUTCH,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...DUTCH.signs, ...(numberSigns(tag).decimal === '.' && { point: 'punt' }) },
  };
}
