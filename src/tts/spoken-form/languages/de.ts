/** German. */
import { toCardinal, toOrdinal } from 'n2words/de-DE';
import type { CalendarDay, ClockTime, Gender, Language } from '../language.ts';
import { anyOf, END } from '../rule.ts';
import { germanGender } from './genders.ts';
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

const MONTHS = months(
  'Januar Jan Jän Jänner, Februar Feb, März Mrz, April Apr, Mai, Juni Jun, Juli Jul, August Aug, September Sept Sep, Oktober Okt, November Nov, Dezember Dez',
);

/** Words with a capital that begin a sentence: "Drücken Sie die 1. Dann …" has no first, "die 1. Tür" has. */
const OPENERS =
  `Aber Alternativ Als Am An Auf Außerdem Bei Bis Bitte Da Damit Danach Dann Darf Das Dazu Der Die Dies Diese Dort Ein Eine
  Es Falls Für Gerne Gibt Haben Hat Heute Hier Ich Ihr Ihre Im In Ist Ja Jetzt Kann Können Mit Möchten Nach Nein Nur Oder
  Passt Sie Sind So Sobald Um Und Unter Vielen Von Was Welche Wenn Wer Wie Wir Wo Wollen Zu Zum Zur`.split(
    /\s+/,
  );

function cardinal(digits: string, gender?: Gender): string {
  const words = toCardinal(digits);
  if (gender === undefined || !words.endsWith('eins')) return words;
  return words === 'eins' && gender === 'f' ? 'eine' : words.slice(0, -1);
}

/** "-en" after "am", "-e" after "der", else "-er": what stands before decides. */
function endedOrdinal(value: number, before: string): string {
  const stem = toOrdinal(value);
  if (/(?:^|[^\p{L}])(?:der|die|das) $/iu.test(before)) return stem;
  const isDative =
    /(?:^|[^\p{L}])(?:am|vom|zum|beim|im|dem|den|des|bis|ab|seit|nach|vor|einem|einen|jeden|diesem|diesen)(?: \p{L}+,)? $/iu;
  return `${stem}${isDative.test(before) ? 'n' : 'r'}`;
}

function ordinal(value: number, _suffix: string, before: string): string | undefined {
  const hasArticle =
    /(?:^|[^\p{L}])(?:der|die|das|am|vom|zum|zur|beim|im|dem|den|des|einem|einen|jeden|diesem|diesen) $/iu;
  if (value === 0 || !hasArticle.test(before)) return undefined;
  return endedOrdinal(value, before.replace(/zur $/i, 'zum '));
}

function year(value: number): string {
  const [century, rest] = [Math.floor(value / 100), value % 100];
  if (value < 1100 || value > 1999) return cardinal(String(value));
  return `${cardinal(String(century))}hundert${rest === 0 ? '' : cardinal(String(rest))}`;
}

function sayDate(date: CalendarDay, before: string): string {
  const day = endedOrdinal(date.day, before);
  return `${day} ${monthName({ months: MONTHS }, date)}${date.year === undefined ? '' : ` ${year(date.year)}`}`;
}

function time({ hour, minute }: ClockTime): string {
  return `${cardinal(String(hour), 'm')} Uhr${minute === 0 ? '' : ` ${cardinal(String(minute))}`}`;
}

/** What no region changes. */
const GERMAN = {
  digits: ['null', 'eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'],
  signs: {
    point: 'Komma',
    minus: 'minus',
    plus: 'plus',
    equals: 'gleich',
    times: 'mal',
    by: 'mal',
    dividedBy: 'geteilt durch',
    less: 'weniger als',
    atMost: 'höchstens',
    atLeast: 'mindestens',
    power: 'hoch',
    more: 'mehr als',
    about: 'etwa',
    percent: 'Prozent',
    to: 'bis',
    and: 'und',
    number: 'Nummer',
    hash: 'Raute',
    per: 'pro',
    at: 'ät',
    dot: 'Punkt',
    slash: 'Schrägstrich',
    dash: 'Bindestrich',
    underscore: 'Unterstrich',
    colon: 'Doppelpunkt',
    questionMark: 'Fragezeichen',
  },
  cardinal,
  genderOf: germanGender,
  year,
  isYear: (value) => value >= 1700 && value < 2000,
  isOne: isExactlyOne,
  months: MONTHS,
  hasCapitalMonths: true,
  weekdays: {
    Mo: 'Montag',
    Di: 'Dienstag',
    Mi: 'Mittwoch',
    Do: 'Donnerstag',
    Fr: 'Freitag',
    Sa: 'Samstag',
    So: 'Sonntag',
  },
  date: sayDate,
  dateCue: /(?:^|[^\p{L}])(?:am|vom|zum|dem|den|der|bis|ab|seit|Datum:?)(?: \p{L}+,)? $/iu,
  ofSource: '(?!)',
  monthOf: '',
  ordinalSource: `\\.(?= (?:(?!${anyOf(OPENERS)}${END})\\p{Lu}\\p{Ll}|bis (?:zum )?\\d))`,
  ordinal,
  fraction: fractions({
    '1/2': 'ein halb',
    '1/3': 'ein Drittel',
    '2/3': 'zwei Drittel',
    '1/4': 'ein Viertel',
    '3/4': 'drei Viertel',
    '1/5': 'ein Fünftel',
  }),
  andAHalf: 'einhalb',
  timeSources: [
    '(?<h>[01]?\\d|2[0-4])(?:[:.](?<m>[0-5]\\d))?[ \\u00A0\\u202F]?Uhr(?![\\p{L}\\p{N}])(?! \\d)',
    '(?<h>[01]?\\d|2[0-4]):(?<m>[0-5]\\d)(?::[0-5]\\d)?(?![\\d:])(?:[ \\u00A0]?h(?![\\p{L}\\p{N}]))?',
  ],
  time,
  minorJoin: { word: '', isNamed: false },
  isAttribute: () => false,
  currencySigns: { ...CURRENCY_SIGNS, $: 'USD', 'Fr.': 'CHF' },
  scales: {
    Million: 'Million',
    Millionen: 'Millionen',
    Milliarde: 'Milliarde',
    Milliarden: 'Milliarden',
    'Mio.': 'Millionen',
    Mio: 'Millionen',
    'Mrd.': 'Milliarden',
    Mrd: 'Milliarden',
  },
  scaleOf: () => '',
  units: nouns(
    `km Kilometer Kilometer, m Meter Meter, cm Zentimeter Zentimeter, mm Millimeter Millimeter, kg Kilo Kilo,
    g Gramm Gramm, mg Milligramm Milligramm, ml Milliliter Milliliter, l Liter Liter, L Liter Liter,
    km/h Kilometer_pro_Stunde Kilometer_pro_Stunde, °C Grad Grad, ° Grad Grad, m² Quadratmeter Quadratmeter,
    qm Quadratmeter Quadratmeter, h Stunde Stunden f, Std Stunde Stunden f, Std. Stunde Stunden f, min Minute Minuten f,
    Min Minute Minuten f, Min. Minute Minuten f, Sek Sekunde Sekunden f, Sek. Sekunde Sekunden f, s Sekunde Sekunden f,
    KB Kilobyte Kilobyte, MB Megabyte Megabyte, GB Gigabyte Gigabyte, TB Terabyte Terabyte, W Watt Watt,
    kW Kilowatt Kilowatt, kWh Kilowattstunde Kilowattstunden f`,
  ),
  perUnits: {
    h: 'Stunde',
    Std: 'Stunde',
    Stunde: 'Stunde',
    Tag: 'Tag',
    Nacht: 'Nacht',
    Woche: 'Woche',
    Monat: 'Monat',
    Jahr: 'Jahr',
    Person: 'Person',
    Min: 'Minute',
  },
  phoneSources: [],
  domainsSource: '(?:com|net|org|info|de|eu|at|ch|io|app|dev)',
  references:
    /(?:^|[^\p{L}])(?:\p{L}{0,20}nummer|\p{L}{0,20}code|pin|postleitzahl|plz|referenz|ref|kennwort|passwort|durchwahl|flug|konto|endet auf|endend auf|nr|zimmer)\.?(?: (?:ist|lautet|nummer|nr\.))*[ :#]{0,3}$/iu,
  labels: {
    'Nr.': 'Nummer',
    'nr.': 'Nummer',
    'S.': 'Seite',
    'Tel.': 'Telefon',
    'Tel.:': 'Telefon:',
    'ca.': 'circa',
    'Ca.': 'Circa',
    'Abs.': 'Absatz',
    'zzgl.': 'zuzüglich',
    'inkl.': 'inklusive',
  },
  titles: { Dr: 'Doktor', Prof: 'Professor', Hr: 'Herr', Fr: 'Frau', Hrn: 'Herrn', St: 'Sankt' },
  abbreviations: {
    'z. B.': 'zum Beispiel',
    'z.B.': 'zum Beispiel',
    'Z. B.': 'Zum Beispiel',
    'Z.B.': 'Zum Beispiel',
    'd. h.': 'das heißt',
    'd.h.': 'das heißt',
    'u. a.': 'unter anderem',
    'u.a.': 'unter anderem',
    'usw.': 'und so weiter',
    'bzw.': 'beziehungsweise',
    'ca.': 'circa',
    'evtl.': 'eventuell',
    'ggf.': 'gegebenenfalls',
    'inkl.': 'inklusive',
    'zzgl.': 'zuzüglich',
    'max.': 'maximal',
    'mind.': 'mindestens',
    'min.': 'mindestens',
    'Str.': 'Straße',
    'vgl.': 'vergleiche',
    'etc.': 'et cetera',
  },
  spellsShortAcronyms: false,
  spelled: new Set([...SPELLED_ANYWHERE, 'AGB', 'ADAC', 'EC', 'IHK', 'LKW', 'PKW', 'AOK', 'EDV']),
  readAsWords: new Set(),
  ownRules: [],
} satisfies Partial<Language>;

/** German as this region writes it. */
export function german(tag: string): Language {
  const francs = regionOf(tag) === 'CH' ? 'Franken Franken' : 'Schweizer_Franken Schweizer_Franken';
  return {
    ...GERMAN,
    tag,
    ...numberSigns(tag),
    monthFirst: isMonthFirst(tag),
    signs: { ...GERMAN.signs, ...(numberSigns(tag).decimal === '.' && { point: 'Punkt' }) },
    currencies: currencies(
      `USD Dollar Dollar m Cent Cent m, CAD kanadischer_Dollar kanadische_Dollar m Cent Cent m,
      AUD australischer_Dollar australische_Dollar m Cent Cent m, EUR Euro Euro m Cent Cent m,
      GBP Pfund Pfund m Penny Pence m, CHF ${francs} m Rappen Rappen m, JPY Yen Yen m, INR Rupie Rupien f,
      BRL Real Real m, MXN Peso Pesos m`,
    ),
  };
}
