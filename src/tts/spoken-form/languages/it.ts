/** Italian. */
import { toCardinal, toOrdinal } from 'n2words/it-IT';
import type { ClockTime, Gender, Language } from '../language.ts';
import { italianGender } from './genders.ts';
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
  'gennaio gen, febbraio feb, marzo mar, aprile apr, maggio mag, giugno giu, luglio lug, agosto ago, settembre sett, ottobre ott, novembre nov, dicembre dic',
);

function cardinal(digits: string, gender?: Gender): string {
  const words = toCardinal(digits);
  if (gender === undefined || words !== 'uno') return words;
  return gender === 'f' ? 'una' : 'un';
}

function time({ hour, minute }: ClockTime): string {
  return `${cardinal(String(hour), 'f')}${minute === 0 ? '' : ` e ${cardinal(String(minute))}`}`;
}

/** What no region changes. */
const ITALIAN = {
  digits: ['zero', 'uno', 'due', 'tre', 'quattro', 'cinque', 'sei', 'sette', 'otto', 'nove'],
  signs: {
    point: 'virgola',
    minus: 'meno',
    plus: 'più',
    equals: 'uguale',
    times: 'per',
    by: 'per',
    dividedBy: 'diviso',
    less: 'meno di',
    atMost: 'al massimo',
    atLeast: 'almeno',
    power: 'alla',
    more: 'più di',
    about: 'circa',
    percent: 'per cento',
    to: 'a',
    and: 'e',
    number: 'numero',
    hash: 'cancelletto',
    per: 'al',
    at: 'chiocciola',
    dot: 'punto',
    slash: 'barra',
    dash: 'trattino',
    underscore: 'trattino basso',
    colon: 'due punti',
    questionMark: 'punto interrogativo',
  },
  cardinal,
  genderOf: italianGender,
  year: (year) => cardinal(String(year)),
  isYear: () => false,
  isOne: isExactlyOne,
  months: MONTHS,
  hasCapitalMonths: false,
  weekdays: {},
  date: (date) => {
    const day = date.day === 1 ? 'primo' : cardinal(String(date.day));
    const year = date.year === undefined ? '' : ` ${cardinal(String(date.year))}`;
    return `${day} ${monthName({ months: MONTHS }, date)}${year}`;
  },
  dateCue: /(?:^|[^\p{L}])(?:il|del|dal|al|giorno|data:?) $/iu,
  ofSource: 'di ',
  monthOf: '',
  ordinalSource: '[ºª]',
  ordinal: (value, suffix) => {
    if (value === 0) return undefined;
    return suffix === 'ª' ? toOrdinal(value).replace(/o$/, 'a') : toOrdinal(value);
  },
  fraction: fractions({
    '1/2': 'mezzo',
    '1/3': 'un terzo',
    '2/3': 'due terzi',
    '1/4': 'un quarto',
    '3/4': 'tre quarti',
  }),
  andAHalf: 'e mezzo',
  timeSources: [
    '(?<=\\b(?:[Oo]re|alle|dalle) )(?<h>[01]?\\d|2[0-4])[.:](?<m>[0-5]\\d)(?![\\d:])',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])',
  ],
  time,
  currencies: currencies(
    `USD dollaro dollari m centesimo centesimi m, CAD dollaro_canadese dollari_canadesi m centesimo centesimi m,
    AUD dollaro_australiano dollari_australiani m centesimo centesimi m, EUR euro euro m centesimo centesimi m,
    GBP sterlina sterline f penny pence m, CHF franco_svizzero franchi_svizzeri m centesimo centesimi m,
    JPY yen yen m, INR rupia rupie f`,
  ),
  minorJoin: { word: 'e', isNamed: true },
  isAttribute: () => false,
  currencySigns: { ...CURRENCY_SIGNS, $: 'USD' },
  scales: {
    mila: 'mila',
    milione: 'milione',
    milioni: 'milioni',
    miliardo: 'miliardo',
    miliardi: 'miliardi',
    mln: 'milioni',
    mld: 'miliardi',
  },
  scaleOf: () => 'di ',
  units: nouns(
    `km chilometro chilometri, m metro metri, cm centimetro centimetri, mm millimetro millimetri, kg chilo chili,
    g grammo grammi, mg milligrammo milligrammi, ml millilitro millilitri, l litro litri, L litro litri,
    km/h chilometro_orario chilometri_orari, °C grado gradi, ° grado gradi, m² metro_quadrato metri_quadrati,
    mq metro_quadrato metri_quadrati, h ora ore f, min minuto minuti, s secondo secondi, MB megabyte megabyte,
    GB gigabyte gigabyte, TB terabyte terabyte, kW chilowatt chilowatt, kWh chilowattora chilowattora`,
  ),
  perUnits: { giorno: 'giorno', mese: 'mese' },
  phoneSources: ['3\\d{2}[ .-]\\d{3}[ .-]\\d{4}', '3\\d{2}[ .-]\\d{6,7}', '3\\d{2}[ .-]\\d{3}[ .-]\\d{3}'],
  domainsSource: '(?:com|net|org|info|it|eu|ch|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:codice|pin|riferimento|rif|ordine|conto|prenotazione|fattura|pratica|interno|volo|cap|password|termina con|numero)\.?(?: (?:cliente|postale|numero|n\.|è))*[ :#]{0,3}$/iu,
  labels: {
    'n.': 'numero',
    'N.': 'numero',
    nº: 'numero',
    'n°': 'numero',
    'pag.': 'pagina',
    'tel.': 'telefono',
    'Tel.': 'telefono',
    'int.': 'interno',
  },
  titles: {
    Sig: 'Signor',
    'Sig.ra': 'Signora',
    Dott: 'Dottor',
    'Dott.ssa': 'Dottoressa',
    Dr: 'Dottor',
    Prof: 'Professor',
    Avv: 'Avvocato',
    Ing: 'Ingegner',
  },
  abbreviations: {
    'ecc.': 'eccetera',
    'ca.': 'circa',
    'es.': 'esempio',
    'max.': 'massimo',
    'min.': 'minimo',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'UE']),
  readAsWords: new Set(),
  ownRules: [],
} satisfies Partial<Language>;

/** Italian as this region writes it. */
export function italian(tag: string): Language {
  return {
    ...ITALIAN,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...ITALIAN.signs, ...(numberSigns(tag).decimal === '.' && { point: 'punto' }) },
  };
}
