import { describe, expect, test } from 'vitest';
import type { SlotSpec } from '../flow.ts';
import { findAhead, parseSaid } from './parse.ts';

/** A Friday. */
const context = (language: string) => ({
  now: '2026-11-20T14:00:00.000Z',
  timeZone: 'Europe/Berlin',
  language,
  country: 'DE',
  callerNumber: '',
});

const answer = (slot: Partial<SlotSpec> & Pick<SlotSpec, 'type'>, language: string, said: string) => {
  const whole = { name: 'it', ask: 'What?', reask: [], ...slot } as SlotSpec; // the parts that all slots share were missing
  const result = parseSaid(whole, said, context(language));
  return result.type === 'found' ? result.value : result.type;
};

describe('a time', () => {
  const evening = { type: 'time', min: '17:00', max: '21:30' } as const;
  test.each([
    ['en-US', 'at seven', '19:00'],
    ['en-US', 'seven thirty', '19:30'],
    ['en-US', 'half past eight', '20:30'],
    ['en-US', '7:15', '19:15'],
    ['en-US', 'seven in the morning', '07:00'],
    ['en-US', 'five', '17:00'],
    ['en-US', '19:00', '19:00'],
    ['de-DE', 'um sieben', '19:00'],
    ['de-DE', 'halb acht', '19:30'],
    ['de-DE', 'sieben Uhr', '19:00'],
    ['de-DE', 'viertel acht', '19:15'],
    ['fr-FR', 'à sept heures', '19:00'],
    ['fr-FR', 'sept heures et demie', '19:30'],
    ['es-ES', 'a las siete', '19:00'],
    ['es-ES', 'a las ocho y media', '20:30'],
    ['it-IT', 'alle sette', '19:00'],
    ['pt-PT', 'às sete', '19:00'],
    ['nl-NL', 'om zeven uur', '19:00'],
    ['nl-NL', 'half acht', '19:30'],
  ])('within the evening, %s: %s', (language, said, value) => {
    expect(answer(evening, language, said)).toBe(value);
  });

  test.each([
    ['08:00', '12:00', 'at eight', '08:00'],
    ['03:00', '08:00', 'at six', '06:00'],
    ['08:00', '20:00', 'at eight', '08:00'],
    ['08:00', '20:00', 'at three', '15:00'],
    ['00:00', '05:00', 'twelve', '00:00'],
    ['00:00', '05:00', 'noon', '12:00'],
    [undefined, '12:00', 'at three', '15:00'],
    ['17:00', undefined, 'at seven', '19:00'],
    ['20:00', '22:00', 'at seven', '07:00'],
  ])('from %s to %s: %s', (min, max, said, value) => {
    const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    expect(answer({ type: 'time', ...bounds }, 'en-US', said)).toBe(value);
  });

  test('given ahead is within its bounds too', () => {
    const slots: [SlotSpec, SlotSpec] = [
      { name: 'people', type: 'number', ask: 'How many?', reask: [] },
      { name: 'time', ask: 'When?', reask: [], ...evening },
    ];
    expect(findAhead(slots[1], slots[0], 'a table for two at seven', context('en-US'))).toBe('19:00');
  });

  test.each([
    ['en-US', 'actually we are three', 'none'],
    ['en-US', "actually, we're three", 'none'],
    ['en-US', "there'll be five", 'none'],
    ['en-US', "we're three at seven", '07:00'],
    ['de-DE', 'wir sind zu viert', 'none'],
    ['de-DE', 'wir sind drei', 'none'],
    ['fr-FR', 'on est trois', 'none'],
    ['de-DE', 'viertel acht abends', '19:15'],
    ['de-DE', 'viertel nach acht', '08:15'],
    ['de-DE', 'viertel vor acht', '07:45'],
    ['de-DE', 'dreiviertel acht', '07:45'],
  ])('is no party, %s: %s', (language, said, value) => {
    expect(answer({ type: 'time' }, language, said)).toBe(value);
  });
});

describe('a day', () => {
  test.each([
    ['de-DE', 'übernächsten Montag', '2026-11-30'],
    ['de-DE', 'am übernächsten Montag', '2026-11-30'],
    ['de-DE', 'nächsten Montag', '2026-11-23'],
    ['de-DE', 'Montag in einer Woche', '2026-11-30'],
    ['de-DE', 'Montag in zwei Wochen', '2026-12-07'],
    ['de-DE', 'heute in acht Tagen', '2026-11-27'],
    ['de-DE', 'in vierzehn Tagen', '2026-12-04'],
    ['fr-FR', 'lundi en huit', '2026-11-30'],
    ['fr-FR', 'lundi en quinze', '2026-12-07'],
    ['fr-FR', 'lundi', '2026-11-23'],
    ['fr-FR', 'dans quinze jours', '2026-12-04'],
    ['fr-FR', 'dans huit jours', '2026-11-27'],
    ['fr-FR', 'dans dix jours', '2026-11-30'],
    ['es-ES', 'dentro de quince días', '2026-12-04'],
    ['en-US', 'a week from Monday', '2026-11-30'],
    ['en-GB', 'Monday week', '2026-11-30'],
    ['en-GB', 'a week on Monday', '2026-11-30'],
    ['en-US', 'two weeks from Monday', '2026-12-07'],
    ['en-US', 'last Tuesday', 'none'],
    ['en-US', 'the fifth of May', '2027-05-05'],
    ['en-US', 'December twenty first twenty twenty six', '2026-12-21'],
  ])('of weeks to come, %s: %s', (language, said, value) => {
    expect(answer({ type: 'date' }, language, said)).toBe(value);
  });

  test.each([
    ['en-US', 'May fifth nineteen eighty', '1980-05-05'],
    ['en-US', 'May fifth, nineteen eighty four', '1984-05-05'],
    ['en-US', 'the third of June two thousand five', '2005-06-03'],
    ['en-US', 'the third of June two thousand and five', '2005-06-03'],
    ['en-US', 'June third nineteen oh five', '1905-06-03'],
    ['en-US', 'June third twenty ten', '2010-06-03'],
    ['en-US', 'May five nineteen eighty', '1980-05-05'],
    ['en-US', 'May 5 1980', '1980-05-05'],
    ['en-US', '5/6/80', '1980-05-06'],
    ['en-US', 'oh five oh five eighty', '1980-05-05'],
    ['en-GB', 'the fifth of May nineteen ninety-nine', '1999-05-05'],
    ['de-DE', 'fünfter Mai neunzehnhundertachtzig', '1980-05-05'],
    ['de-DE', 'am fünften Mai neunzehnhundertachtzig', '1980-05-05'],
    ['de-DE', 'der 5.5.80', '1980-05-05'],
    ['de-DE', '5.5.30', '1930-05-05'],
    ['de-DE', 'der 5. Mai zweitausendfünf', '2005-05-05'],
    ['fr-FR', 'le cinq mai dix-neuf cent quatre-vingts', '1980-05-05'],
    ['fr-FR', 'le cinq mai mille neuf cent quatre-vingts', '1980-05-05'],
    ['nl-NL', 'vijf mei negentienhonderdtachtig', '1980-05-05'],
    ['es-ES', 'el cinco de mayo de mil novecientos ochenta', '1980-05-05'],
    ['en-US', 'May fifth', '2026-05-05'],
    ['en-US', 'December first', '2025-12-01'],
    ['en-US', 'last Tuesday', '2026-11-17'],
    ['en-US', 'on Tuesday', '2026-11-17'],
    ['en-US', 'yesterday', '2026-11-19'],
    ['en-US', 'the fifth', '2026-11-05'],
    ['en-US', 'the twenty-fifth', '2026-10-25'],
    ['de-DE', 'letzten Dienstag', '2026-11-17'],
    // Understood, so that it can be refused.
    ['en-US', 'tomorrow', '2026-11-21'],
    ['en-US', 'next Tuesday', '2026-11-24'],
  ])('that has been, %s: %s', (language, said, value) => {
    expect(answer({ type: 'date', max: 'today' }, language, said)).toBe(value);
  });
});

test.each([
  ['de-DE', 'zu zweit', 2],
  ['de-DE', 'wir sind zu viert', 4],
  ['de-DE', 'wir sind drei', 3],
  ['nl-NL', "met z'n vieren", 4],
  ['en-US', 'actually we are three', 3],
])('people, %s: %s', (language, said, value) => {
  expect(answer({ type: 'number' }, language, said)).toBe(value);
});
