import { describe, expect, test } from 'vitest';
import type { SlotSpec } from '../flow.ts';
import { parseSaid } from './parse.ts';

const COUNTRIES: Readonly<Record<string, string>> = {
  es: 'ES',
  fr: 'FR',
  de: 'DE',
  it: 'IT',
  pt: 'PT',
  nl: 'NL',
};

/** A Friday; the same day everywhere in Europe. */
const answer = (language: string, type: 'yes_no' | 'number' | 'date' | 'time' | 'phone', said: string) => {
  const slot: SlotSpec = { type, name: 'it', ask: 'What?', reask: [] };
  const result = parseSaid(slot, said, {
    now: '2026-11-20T12:00:00.000Z',
    timeZone: 'Europe/Paris',
    language,
    country: COUNTRIES[language] ?? 'US',
    callerNumber: '+14155550123',
  });
  return result.type === 'found' ? result.value : result.type;
};

type Rows = [said: string, value: string | number | boolean][];

describe.each<[string, 'yes_no' | 'number' | 'date' | 'time' | 'phone', Rows]>([
  [
    'es',
    'yes_no',
    [
      ['sí, por favor', true],
      ['claro que sí', true],
      ['claro', true],
      ['está bien', true],
      ['eso es correcto', true],
      ['no, gracias', false],
      ['no, no es así', false],
      ['creo que no', false],
      ['no entiendo', 'none'],
      ['no sé', 'none'],
      ['cuánto vale', 'none'],
      ['quiero hablar con alguien', 'none'],
    ],
  ],
  [
    'fr',
    'yes_no',
    [
      ['oui, merci', true],
      ["c'est exact", true],
      ["d'accord", true],
      ['très bien', true],
      ['non merci', false],
      ['pas vraiment', false],
      ["ce n'est pas exact", false],
      ["je n'ai pas compris", 'none'],
      ["qu'est-ce que c'est", 'none'],
      ['je voudrais parler à quelqu’un', 'none'],
    ],
  ],
  [
    'de',
    'yes_no',
    [
      ['ja gerne', true],
      ['das ist richtig', true],
      ['genau', true],
      ['ja, das stimmt', true],
      ['nein danke', false],
      ['das ist nicht richtig', false],
      ['lieber nicht', false],
      ['das habe ich nicht verstanden', 'none'],
      ['weiß ich nicht', 'none'],
      ['ich möchte gerne mit jemandem sprechen', 'none'],
    ],
  ],
  [
    'it',
    'yes_no',
    [
      ['sì, va bene', true],
      ['è giusto', true],
      ['no, grazie', false],
      ['non lo so', 'none'],
    ],
  ],
  [
    'pt',
    'yes_no',
    [
      ['sim, claro', true],
      ['isso mesmo', true],
      ['não, obrigado', false],
      ['não sei', 'none'],
    ],
  ],
  [
    'nl',
    'yes_no',
    [
      ['ja hoor', true],
      ['dat is juist', true],
      ['nee, bedankt', false],
      ['geen idee', 'none'],
    ],
  ],
  [
    'es',
    'number',
    [
      ['veinticinco', 25],
      ['treinta y uno', 31],
      ['somos cuatro', 4],
      ['ciento veinte', 120],
      ['dos mil', 2000],
      ['una mesa para cuatro personas', 4],
      ['cuatro, no, cinco', 5],
      ['dos o tres', 'none'],
      ['no sé', 'none'],
    ],
  ],
  [
    'fr',
    'number',
    [
      ['vingt-cinq', 25],
      ['quatre-vingt-dix-sept', 97],
      ['soixante et onze', 71],
      ['nous sommes quatre', 4],
      ['une table pour quatre', 4],
      ['deux cents', 200],
      ['quatre, non, cinq', 5],
      ['deux ou trois', 'none'],
    ],
  ],
  [
    'de',
    'number',
    [
      ['fünfundzwanzig', 25],
      ['zwo', 2],
      ['ein Tisch für vier', 4],
      ['wir sind zu viert', 4],
      ['hundertzwanzig', 120],
      ['vier Personen', 4],
      ['vier, nein, fünf', 5],
      ['zwei oder drei', 'none'],
    ],
  ],
  [
    'it',
    'number',
    [
      ['ventitré', 23],
      ['un tavolo per quattro', 4],
    ],
  ],
  [
    'pt',
    'number',
    [
      ['vinte e cinco', 25],
      ['uma mesa para quatro', 4],
      ['dezesseis', 16],
    ],
  ],
  [
    'nl',
    'number',
    [
      ['vijfentwintig', 25],
      ['een tafel voor vier', 4],
      ['tweeëntwintig', 22],
    ],
  ],
  [
    'es',
    'time',
    [
      ['a las nueve y media', '09:30'],
      ['las nueve y cuarto', '09:15'],
      ['a las diez menos cuarto', '09:45'],
      ['a las tres de la tarde', '15:00'],
      ['nueve de la mañana', '09:00'],
      ['a las nueve de la noche', '21:00'],
      ['las tres y veinte', '15:20'],
      ['a las tres', '15:00'],
      ['al mediodía', '12:00'],
      ['las quince treinta', '15:30'],
      ['antes de las tres', 'none'],
      ['por la mañana', 'none'],
    ],
  ],
  [
    'fr',
    'time',
    [
      ['neuf heures et demie', '09:30'],
      ['à neuf heures', '09:00'],
      ['neuf heures trente', '09:30'],
      ['9h30', '09:30'],
      ['dix heures moins le quart', '09:45'],
      ['trois heures de l’après-midi', '15:00'],
      ['quinze heures', '15:00'],
      ['à quinze heures trente', '15:30'],
      ['huit heures du soir', '20:00'],
      ['midi', '12:00'],
      ['midi et demi', '12:30'],
      ['avant trois heures', 'none'],
      ['le matin', 'none'],
    ],
  ],
  [
    'de',
    'time',
    [
      ['halb zehn', '09:30'],
      ['um neun Uhr', '09:00'],
      ['neun Uhr dreißig', '09:30'],
      ['viertel nach neun', '09:15'],
      ['viertel vor zehn', '09:45'],
      ['dreiviertel zehn', '09:45'],
      ['zehn nach vier', '16:10'],
      ['zehn vor vier', '15:50'],
      ['um drei', '15:00'],
      ['fünfzehn Uhr', '15:00'],
      ['um 15:30 Uhr', '15:30'],
      ['drei Uhr nachmittags', '15:00'],
      ['acht Uhr abends', '20:00'],
      ['um acht am Abend', '20:00'],
      ['mittags', '12:00'],
      ['vor drei', 'none'],
      ['zwischen zwei und drei', 'none'],
    ],
  ],
  [
    'it',
    'time',
    [
      ['alle nove e mezza', '09:30'],
      ['le dieci meno un quarto', '09:45'],
      ['alle tre del pomeriggio', '15:00'],
    ],
  ],
  [
    'pt',
    'time',
    [
      ['às nove e meia', '09:30'],
      ['três da tarde', '15:00'],
      ['nove da manhã', '09:00'],
    ],
  ],
  [
    'nl',
    'time',
    [
      ['half tien', '09:30'],
      ['kwart over negen', '09:15'],
      ["drie uur 's middags", '15:00'],
    ],
  ],
  [
    'es',
    'date',
    [
      ['mañana', '2026-11-21'],
      ['pasado mañana', '2026-11-22'],
      ['el martes', '2026-11-24'],
      ['el martes que viene', '2026-11-24'],
      ['el próximo martes', '2026-11-24'],
      ['el veinticinco de diciembre', '2026-12-25'],
      ['el 3 de marzo', '2027-03-03'],
      ['el primero de diciembre', '2026-12-01'],
      ['la semana que viene', 'none'],
      ['no el martes', 'none'],
      ['lunes o martes', 'none'],
      ['quiero hablar con alguien', 'none'],
    ],
  ],
  [
    'fr',
    'date',
    [
      ['demain', '2026-11-21'],
      ['après-demain', '2026-11-22'],
      ['mardi prochain', '2026-11-24'],
      ['mardi', '2026-11-24'],
      ['le vingt-cinq décembre', '2026-12-25'],
      ['le 3 mars', '2027-03-03'],
      ['le premier décembre', '2026-12-01'],
      ['la semaine prochaine', 'none'],
      ['lundi ou mardi', 'none'],
      ['pas mardi', 'none'],
    ],
  ],
  [
    'de',
    'date',
    [
      ['morgen', '2026-11-21'],
      ['übermorgen', '2026-11-22'],
      ['am Dienstag', '2026-11-24'],
      ['nächsten Dienstag', '2026-11-24'],
      ['am fünfundzwanzigsten Dezember', '2026-12-25'],
      ['am 3. März', '2027-03-03'],
      ['heute', '2026-11-20'],
      ['in drei Tagen', '2026-11-23'],
      ['nicht am Dienstag', 'none'],
      ['Montag oder Dienstag', 'none'],
      ['Montag, nein, Dienstag', '2026-11-24'],
    ],
  ],
  [
    'it',
    'date',
    [
      ['domani', '2026-11-21'],
      ['il venticinque dicembre', '2026-12-25'],
      ['martedì', '2026-11-24'],
      ['dopodomani', '2026-11-22'],
    ],
  ],
  [
    'pt',
    'date',
    [
      ['amanhã', '2026-11-21'],
      ['vinte e cinco de dezembro', '2026-12-25'],
      ['terça-feira', '2026-11-24'],
      ['depois de amanhã', '2026-11-22'],
    ],
  ],
  [
    'nl',
    'date',
    [
      ['morgen', '2026-11-21'],
      ['vijfentwintig december', '2026-12-25'],
      ['dinsdag', '2026-11-24'],
      ['overmorgen', '2026-11-22'],
    ],
  ],
  [
    'es',
    'phone',
    [
      ['seis uno dos tres cuatro cinco seis siete ocho', '+34612345678'],
      ['mi número es seis doce treinta y cuatro cincuenta y seis setenta y ocho', '+34612345678'],
      [
        'más cuarenta y nueve ciento cincuenta y uno doce tres cuatro cinco seis siete ocho',
        '+4915112345678',
      ],
      ['este número', '+14155550123'],
    ],
  ],
  [
    'fr',
    'phone',
    [
      ['zéro un quarante-deux soixante-huit cinquante-trois zéro zéro', '+33142685300'],
      ['zéro six douze trente-quatre cinquante-six soixante-dix-huit', '+33612345678'],
      ['mon numéro est le 01 42 68 53 00', '+33142685300'],
      ["ce numéro d'où j'appelle", '+14155550123'],
    ],
  ],
  [
    'de',
    'phone',
    [
      ['null eins fünf eins eins zwei drei vier fünf sechs sieben acht', '+4915112345678'],
      ['null eins fünf eins zwölf vierunddreißig sechsundfünfzig achtundsiebzig', '+49151' + '12345678'],
      ['die Nummer, von der ich anrufe', '+14155550123'],
    ],
  ],
  ['nl', 'phone', [['nul zes een twee drie vier vijf zes zeven acht', '+31612345678']]],
])('%s %s', (language, type, rows) => {
  test.each(rows)('%s → %s', (said, value) => expect(answer(language, type, said)).toBe(value));
});
