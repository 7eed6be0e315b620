/** Portuguese. */
import { toCardinal, toOrdinal } from 'n2words/pt-PT';
import type { ClockTime, Gender, Language } from '../language.ts';
import { portugueseGender } from './genders.ts';
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
  'janeiro jan, fevereiro fev, março mar, abril abr, maio mai, junho jun, julho jul, agosto ago, setembro set, outubro out, novembro nov, dezembro dez',
);

/** n2words counts as Portugal does; Brazil spells three numbers otherwise and calls a thousand millions a billion. */
function brazilian(words: string): string {
  return words
    .replaceAll('dezasse', 'dezesse')
    .replaceAll('dezanove', 'dezenove')
    .replace(/\bum mil milhões|^mil milhões/, 'um bilhão')
    .replaceAll('mil milhões', 'bilhões');
}

function feminine(words: string): string {
  return words
    .replace(/\bum$/, 'uma')
    .replace(/\bdois$/, 'duas')
    .replaceAll(/(duz|trez|quinh|c)entos\b(?! mil(?:hão|hões))/g, '$1entas');
}

/** What no region changes. */
const PORTUGUESE = {
  digits: ['zero', 'um', 'dois', 'três', 'quatro', 'cinco', 'seis', 'sete', 'oito', 'nove'],
  signs: {
    point: 'vírgula',
    minus: 'menos',
    plus: 'mais',
    equals: 'igual a',
    times: 'vezes',
    by: 'por',
    dividedBy: 'dividido por',
    less: 'menos de',
    atMost: 'no máximo',
    atLeast: 'pelo menos',
    power: 'elevado a',
    more: 'mais de',
    about: 'cerca de',
    percent: 'por cento',
    to: 'a',
    and: 'e',
    number: 'número',
    hash: 'cardinal',
    per: 'por',
    at: 'arroba',
    dot: 'ponto',
    slash: 'barra',
    dash: 'hífen',
    underscore: 'sublinhado',
    colon: 'dois pontos',
    questionMark: 'ponto de interrogação',
  },
  genderOf: portugueseGender,
  isYear: () => false,
  months: MONTHS,
  hasCapitalMonths: false,
  weekdays: {},
  dateCue: /(?:^|[^\p{L}])(?:o|do|ao|no|dia|até|em|data:?) $/iu,
  ofSource: 'de ',
  monthOf: 'de ',
  ordinalSource: '\\.?[ºª]',
  ordinal: (value, suffix) => {
    if (value === 0) return undefined;
    const words = toOrdinal(value);
    return suffix.endsWith('ª') ? words.replaceAll(/o\b/g, 'a') : words;
  },
  fraction: fractions({
    '1/2': 'meio',
    '1/3': 'um terço',
    '2/3': 'dois terços',
    '1/4': 'um quarto',
    '3/4': 'três quartos',
  }),
  andAHalf: 'e meio',
  timeSources: [
    '(?<h>[01]?\\d|2[0-4])[ ]?h(?:[ ]?(?<m>[0-5]\\d)(?:min)?)?(?![\\p{L}\\p{N}])',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])(?:[ ]?h(?![\\p{L}\\p{N}]))?',
  ],
  minorJoin: { word: 'e', isNamed: true },
  isAttribute: () => false,
  currencySigns: { ...CURRENCY_SIGNS, $: 'USD' },
  scales: {
    mil: 'mil',
    milhão: 'milhão',
    milhões: 'milhões',
    'mil milhões': 'mil milhões',
    bilhão: 'bilhão',
    bilhões: 'bilhões',
    mi: 'milhões',
  },
  scaleOf: () => 'de ',
  perUnits: {
    h: 'hora',
    hora: 'hora',
    dia: 'dia',
    noite: 'noite',
    semana: 'semana',
    mês: 'mês',
    ano: 'ano',
    pessoa: 'pessoa',
  },
  domainsSource: '(?:com|net|org|info|pt|eu|br|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:código|pin|senha|referência|ref|pedido|conta|reserva|fatura|extensão|ramal|voo|cep|protocolo|termina em|terminado em|processo)\.?(?: (?:postal|número|n\.º|é))*[ :#]{0,3}$/iu,
  labels: {
    'n.º': 'número',
    'N.º': 'número',
    nº: 'número',
    Nº: 'número',
    'pág.': 'página',
    'tel.': 'telefone',
    'Tel.': 'telefone',
    'ext.': 'extensão',
  },
  titles: {
    Sr: 'Senhor',
    Sra: 'Senhora',
    Dr: 'Doutor',
    Dra: 'Doutora',
    Prof: 'Professor',
    Av: 'Avenida',
    Eng: 'Engenheiro',
  },
  abbreviations: {
    'etc.': 'etcétera',
    'p. ex.': 'por exemplo',
    'aprox.': 'aproximadamente',
    'máx.': 'máximo',
    'mín.': 'mínimo',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'UE', 'EUA', 'IBGE']),
  readAsWords: new Set(),
  ownRules: [],
} satisfies Partial<Language>;

/** Portuguese as this region speaks it. */
export function portuguese(tag: string): Language {
  const isBrazilian = ['', 'BR'].includes(regionOf(tag));
  const cardinal = (digits: string, gender?: Gender): string => {
    const european = toCardinal(digits);
    const words = isBrazilian ? brazilian(european) : european.replace(/^um mil milhões/, 'mil milhões');
    return gender === 'f' ? feminine(words) : words;
  };
  const time = ({ hour, minute }: ClockTime): string => {
    const said = cardinal(String(hour), 'f');
    return minute === 0
      ? `${said} ${hour === 1 ? 'hora' : 'horas'}`
      : `${said} e ${cardinal(String(minute))}`;
  };
  return {
    ...PORTUGUESE,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...PORTUGUESE.signs, ...(numberSigns(tag).decimal === '.' && { point: 'ponto' }) },
    cardinal,
    year: (year) => cardinal(String(year)),
    isOne: (integer, fraction) => /^0*1$/.test(integer) && (fraction === '' || isBrazilian),
    date: (date) => {
      const day = date.day === 1 ? 'primeiro' : cardinal(String(date.day));
      const year = date.year === undefined ? '' : ` de ${cardinal(String(date.year))}`;
      return `${day} de ${monthName({ months: MONTHS }, date)}${year}`;
    },
    time,
    currencies: currencies(
      `USD dólar dólares m cêntimo cêntimos m, EUR euro euros m cêntimo cêntimos m, GBP libra libras f péni pence m,
      BRL real reais m centavo centavos m, CHF franco_suíço francos_suíços m cêntimo cêntimos m, JPY iene ienes m,
      CAD dólar_canadense dólares_canadenses m, AUD dólar_australiano dólares_australianos m`.replaceAll(
        'cêntimo',
        isBrazilian ? 'centavo' : 'cêntimo',
      ),
    ),
    units: nouns(
      `km quilómetro quilómetros, m metro metros, cm centímetro centímetros, mm milímetro milímetros, kg quilo quilos,
      g grama gramas, mg miligrama miligramas, ml mililitro mililitros, l litro litros, L litro litros,
      km/h quilómetro_por_hora quilómetros_por_hora, °C grau graus, ° grau graus, m² metro_quadrado metros_quadrados,
      min minuto minutos, s segundo segundos, MB megabyte megabytes, GB gigabyte gigabytes, TB terabyte terabytes,
      kW quilowatt quilowatts, kWh quilowatt-hora quilowatts-hora`.replaceAll(
        'quilóm',
        isBrazilian ? 'quilôm' : 'quilóm',
      ),
    ),
    phoneSources: isBrazilian
      ? ['\\d{2} 9?\\d{4}-\\d{4}', '9?\\d{4}-\\d{4}']
      : ['[29]\\d{2}[ .-]\\d{3}[ .-]\\d{3}', '2\\d[ .-]\\d{3}[ .-]\\d{4}'],
  };
}
