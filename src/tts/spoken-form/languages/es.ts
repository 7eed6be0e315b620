/** Spanish. */
import { toCardinal, toOrdinal } from 'n2words/es-ES';
import type { ClockTime, Gender, Language } from '../language.ts';
import { group, rule, START } from '../rule.ts';
import { spanishGender } from './genders.ts';
import { isMonthFirst, numberSigns, regionOf } from './region.ts';
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

/** Where "$" is the country's own peso. */
const PESO_REGIONS: Readonly<Record<string, string>> = {
  MX: 'MXN',
  AR: 'peso',
  CL: 'peso',
  CO: 'peso',
  DO: 'peso',
  UY: 'peso',
};

const MONTHS = months(
  'enero ene, febrero feb, marzo mar, abril abr, mayo may, junio jun, julio jul, agosto ago, septiembre sept sep, octubre oct, noviembre nov, diciembre dic',
);

function cardinal(digits: string, gender?: Gender): string {
  const words = toCardinal(digits, { gender: gender === 'f' ? 'feminine' : 'masculine' })
    .replaceAll('dieciseis', 'dieciséis')
    .replaceAll(/\bcienta\b/g, 'ciento')
    .replaceAll(/veintiuno(?= (?:mil|millones)\b)/g, 'veintiún')
    .replaceAll(/\buno(?= (?:mil|millones)\b)/g, 'un');
  return gender === 'm' ? words.replace(/veintiuno$/, 'veintiún').replace(/\buno$/, 'un') : words;
}

function time({ hour, minute, half }: ClockTime): string {
  const said = cardinal(String(hour), 'f');
  const minutes = cardinal(String(minute));
  const end = minute === 0 ? '' : ` ${minute < 30 ? 'y ' : ''}${minutes}`;
  return `${said}${end}${half === undefined ? '' : half === 'am' ? ' de la mañana' : hour % 12 < 8 ? ' de la tarde' : ' de la noche'}`;
}

function ordinal(value: number, suffix: string): string | undefined {
  if (value === 0) return undefined;
  if (suffix === 'er') return value === 1 ? 'primer' : value === 3 ? 'tercer' : undefined;
  return toOrdinal(value, { gender: /[ªa]/.test(suffix) ? 'feminine' : 'masculine' });
}

/** What no region changes. */
const SPANISH = {
  digits: ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve'],
  signs: {
    point: 'coma',
    minus: 'menos',
    plus: 'más',
    equals: 'igual a',
    times: 'por',
    by: 'por',
    dividedBy: 'dividido por',
    less: 'menos de',
    atMost: 'como máximo',
    atLeast: 'al menos',
    power: 'elevado a',
    more: 'más de',
    about: 'unos',
    percent: 'por ciento',
    to: 'a',
    and: 'y',
    number: 'número',
    hash: 'almohadilla',
    per: 'por',
    at: 'arroba',
    dot: 'punto',
    slash: 'barra',
    dash: 'guion',
    underscore: 'guion bajo',
    colon: 'dos puntos',
    questionMark: 'interrogación',
  },
  cardinal,
  genderOf: spanishGender,
  year: (year) => cardinal(String(year)),
  isYear: () => false,
  isOne: isExactlyOne,
  months: MONTHS,
  hasCapitalMonths: false,
  weekdays: {},
  dateCue: /(?:^|[^\p{L}])(?:el|del|al|día|hasta el|desde el|fecha:?) $/iu,
  ofSource: 'del? ',
  monthOf: 'de ',
  ordinalSource: '\\.?[ºª]|er|\\.o|\\.a',
  ordinal,
  fraction: fractions({
    '1/2': 'medio',
    '1/3': 'un tercio',
    '2/3': 'dos tercios',
    '1/4': 'un cuarto',
    '3/4': 'tres cuartos',
    '1/5': 'un quinto',
  }),
  andAHalf: 'y medio',
  timeSources: [
    '(?<h>\\d{1,2})(?:[:.](?<m>[0-5]\\d))?[ \\u00A0]?(?<half>[AaPp](?:[Mm](?![\\p{L}\\p{N}])|\\.[ \\u00A0]?[Mm](?![\\p{L}\\p{N}])\\.?))',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])(?:[ \\u00A0]?hs?(?![\\p{L}\\p{N}]))?',
  ],
  time,
  minorJoin: { word: 'con', isNamed: true },
  isAttribute: () => false,
  scales: {
    mil: 'mil',
    millón: 'millón',
    millones: 'millones',
    'mil millones': 'mil millones',
    M: 'millones',
    billones: 'billones',
  },
  scaleOf: () => 'de ',
  units: nouns(
    `km kilómetro kilómetros, m metro metros, cm centímetro centímetros, mm milímetro milímetros, kg kilo kilos,
    g gramo gramos, mg miligramo miligramos, ml mililitro mililitros, l litro litros, L litro litros,
    km/h kilómetro_por_hora kilómetros_por_hora, °C grado grados, ° grado grados, m² metro_cuadrado metros_cuadrados,
    h hora horas f, hs hora horas f, min minuto minutos, seg segundo segundos, s segundo segundos, KB kilobyte kilobytes,
    MB megabyte megabytes, GB gigabyte gigabytes, TB terabyte terabytes, kW kilovatio kilovatios, W vatio vatios,
    kWh kilovatio_hora kilovatios_hora`,
  ),
  perUnits: {
    h: 'hora',
    hora: 'hora',
    día: 'día',
    noche: 'noche',
    semana: 'semana',
    mes: 'mes',
    año: 'año',
    persona: 'persona',
    min: 'minuto',
  },
  phoneSources: [
    '[6-9]\\d{2}[ .-]\\d{2}[ .-]\\d{2}[ .-]\\d{2}',
    '[6-9]\\d{2}[ .-]\\d{3}[ .-]\\d{3}',
    '[89]\\d[ .-]\\d{3}[ .-]\\d{2}[ .-]\\d{2}',
    '\\d{2}[ -]\\d{4}[ -]\\d{4}',
    '\\d{3}[ -]\\d{3}[ -]\\d{4}',
  ],
  domainsSource: '(?:com|net|org|info|es|eu|mx|ar|cl|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:código|cp|pin|contraseña|referencia|ref|pedido|cuenta|reserva|factura|póliza|extensión|ext|vuelo|clave|terminad[ao] en|termina en|dni|expediente)\.?(?: (?:postal|número|núm\.|n\.º|es|es el))*[ :#]{0,3}$/iu,
  labels: {
    'N.º': 'número',
    'n.º': 'número',
    Nº: 'número',
    nº: 'número',
    'núm.': 'número',
    'Núm.': 'número',
    'pág.': 'página',
    'págs.': 'páginas',
    'tel.': 'teléfono',
    'Tel.': 'teléfono',
    'ext.': 'extensión',
    'aprox.': 'aproximadamente',
  },
  titles: {
    Sr: 'Señor',
    Sra: 'Señora',
    Srta: 'Señorita',
    Dr: 'Doctor',
    Dra: 'Doctora',
    D: 'Don',
    Dª: 'Doña',
    Prof: 'Profesor',
    Avda: 'Avenida',
    Av: 'Avenida',
  },
  abbreviations: {
    'etc.': 'etcétera',
    'p. ej.': 'por ejemplo',
    'p.ej.': 'por ejemplo',
    'aprox.': 'aproximadamente',
    'Ud.': 'usted',
    'Uds.': 'ustedes',
    'EE. UU.': 'Estados Unidos',
    'EE.UU.': 'Estados Unidos',
    'Avda.': 'Avenida',
    'máx.': 'máximo',
    'mín.': 'mínimo',
    'Sr.': 'señor',
    'Sra.': 'señora',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'UE', 'DNI', 'NIE']),
  readAsWords: new Set(),
  // "C/ Mayor": a street.
  ownRules: [
    rule(['letter'], `${START}(?<c>[Cc])/(?= ?[\\p{Lu}\\uE000])`, (match) =>
      group(match, 'c') === 'C' ? 'Calle' : 'calle',
    ),
  ],
} satisfies Partial<Language>;

/** Spanish as this region speaks it. */
export function spanish(tag: string): Language {
  const region = regionOf(tag);
  const firstDay = ['', 'ES'].includes(region) ? 'uno' : 'primero';
  return {
    ...SPANISH,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...SPANISH.signs, ...(numberSigns(tag).decimal === '.' && { point: 'punto' }) },
    date: (date) => {
      const day = date.day === 1 ? firstDay : cardinal(String(date.day));
      const year = date.year === undefined ? '' : ` de ${cardinal(String(date.year))}`;
      return `${day} de ${monthName({ months: MONTHS }, date)}${year}`;
    },
    currencies: currencies(
      `USD dólar dólares m centavo centavos m, CAD dólar_canadiense dólares_canadienses m centavo centavos m,
      AUD dólar_australiano dólares_australianos m centavo centavos m, EUR euro euros m céntimo céntimos m,
      GBP libra libras f penique peniques m, CHF franco_suizo francos_suizos m céntimo céntimos m,
      MXN ${region === 'MX' ? 'peso pesos' : 'peso_mexicano pesos_mexicanos'} m centavo centavos m, peso peso pesos m centavo centavos m,
      BRL real reales m centavo centavos m, JPY yen yenes m, INR rupia rupias f, cent céntimo céntimos m`,
    ),
    currencySigns: { ...CURRENCY_SIGNS, $: PESO_REGIONS[region] ?? 'USD' },
  };
}
