import { describe, expect, test } from 'vitest';
import { chooseOption } from './choice.ts';
import { parseDate } from './date.ts';
import { parseDigits } from './digits.ts';
import type { EntityContext, EntityResult } from './entity.ts';
import { parseName } from './name.ts';
import { findNumber, parseNumber } from './number.ts';
import { parsePhone } from './phone.ts';
import { spokenDigits, spokenNumber } from './spoken-numbers.ts';
import { findTime, parseTime } from './time.ts';
import { parseYesNo } from './yes-no.ts';

/** A Friday evening in New York; in London it is Saturday already. */
const context: EntityContext = {
  now: '2026-11-21T01:00:00.000Z',
  timeZone: 'America/New_York',
  language: 'en-US',
  country: 'US',
  callerNumber: '+14155550123',
};

const value = (result: EntityResult): unknown => (result.type === 'found' ? result.value : result.type);

describe('spoken digits', () => {
  test.each([
    ['oh seven seven double four', '07744'],
    ['triple five one two', '55512'],
    ['twenty five sixty', '2560'],
    ['twenty five', '25'],
    ['eight hundred five five five', '800555'],
    ['4 1 5, 555-0123', '4155550123'],
    ['nineteen eighty four', '1984'],
    ['nothing here', ''],
  ])('%s', (said, digits) => expect(spokenDigits(said).digits).toBe(digits));
});

describe('spoken numbers', () => {
  test.each([
    ['twenty five', 25],
    ['twenty-five', 25],
    ['a hundred and two', 102],
    ['three hundred', 300],
    ['two thousand five hundred and one', 2501],
    ['one million two hundred thousand', 1_200_000],
    ['three point one four', 3.14],
    ['two and a half', 2.5],
    ['minus four', -4],
    ['1,250.50', 1250.5],
    ['about seven, I think', 7],
    ['none at all', undefined],
    ['two dozen', 24],
    ['a dozen', 12],
    ['half a dozen', 6],
    ['a couple of people', 2],
    ['fifteen hundred', 1500],
    ['1500', 1500],
    ['five or six', undefined],
    ['two two', undefined],
    ['1 2', undefined],
    ['nineteen eighty four', undefined],
    ['eleven fifty', undefined],
    ['one twenty', undefined],
    ['the first one', undefined],
  ])('%s', (said, number) => expect(spokenNumber(said)).toBe(number));

  test.each([
    ['four, no, five', 5],
    ['four, sorry, five', 5],
    ['four, I mean five', 5],
    ['not four but five', 5],
    ['four, not five', 4],
    ['five, actually', 5],
    ["I'm not sure, four", 4],
    ['none', 0],
    ['-4', -4],
    ['four no five', 'none'],
    ['not four', 'none'],
    ['at least four', 'none'],
    ['I need one for two people', 'none'],
    ['a table for two tomorrow at eight in the evening', 2],
    ['2 people on June 5 at 7:30', 2],
    ['two people at eight, no, nine', 'none'],
  ])('%s', (said, number) => expect(value(parseNumber(said, {}))).toBe(number));

  test('are found ahead of the question only where they count something', () => {
    expect(findNumber('Tuesday at three for four people', {})).toBe(4);
    expect(findNumber('tomorrow at seven, party of nine', {})).toBe(9);
    expect(findNumber('Tuesday at three', {})).toBeUndefined();
    expect(findNumber('the fifth of June', {})).toBeUndefined();
  });

  test('within bounds', () => {
    expect(parseNumber('twelve', { min: 1, max: 8 })).toEqual({ type: 'invalid', reason: 'more than 8' });
    expect(parseNumber('zero', { min: 1 })).toEqual({ type: 'invalid', reason: 'less than 1' });
    expect(value(parseNumber('four people', { min: 1, max: 8 }))).toBe(4);
  });
});

describe('dates', () => {
  test.each([
    ['today', '2026-11-20'],
    ['tomorrow', '2026-11-21'],
    ['the day after tomorrow', '2026-11-22'],
    ['next Tuesday', '2026-11-24'],
    ['on Monday, please', '2026-11-23'],
    ['the fifth of June', '2027-06-05'],
    ['June fifth', '2027-06-05'],
    ['December twenty first', '2026-12-21'],
    ['the twenty-first of December', '2026-12-21'],
    ['the thirtieth', '2026-11-30'],
    ['the fifth', '2026-12-05'],
    ['the thirty first', '2026-12-31'],
    ['in two weeks', '2026-12-04'],
    ['2026-12-01', '2026-12-01'],
    ['12/24/2026', '2026-12-24'],
    ['next week', 'none'],
    ['in June', 'none'],
    ['Monday or Tuesday', 'none'],
    ['the day before Thanksgiving', 'none'],
    ['any day but Friday', 'none'],
    ['bananas', 'none'],
    ['March the 3rd', '2027-03-03'],
    ['third of March twenty twenty seven', '2027-03-03'],
    ['Thursday the 26th', '2026-11-26'],
    ['Tuesday the 26th', 'invalid'],
    ['Tuesday 26 November', 'invalid'],
    ['the thirtieth of February', 'invalid'],
    ['the 31st of November', 'invalid'],
    ['the 29th of February', 'none'],
    ['second of second', 'none'],
    ['wait a second', 'none'],
    ['first Monday in December', '2026-12-07'],
    ['Tuesday week', '2026-12-01'],
    ['a week on Tuesday', '2026-12-01'],
    ['a fortnight today', '2026-12-04'],
    ['a week from today', '2026-11-27'],
    ['a week tomorrow', '2026-11-28'],
    ['next week Monday', '2026-11-23'],
    ['the 25th of next month', '2026-12-25'],
    ['the fifth of June last year', 'none'],
    ['last Monday', 'none'],
    ['this weekend', 'none'],
    ['before Friday', 'none'],
    ['Christmas Eve', '2026-12-24'],
    ['Monday, no, Tuesday', '2026-11-24'],
    ['not Monday, Tuesday', '2026-11-24'],
    ['Tuesday, not Monday', '2026-11-24'],
    ['not Monday', 'none'],
    ['no Monday', 'none'],
    ['I may come on Monday', '2026-11-23'],
  ])('%s', (said, date) => expect(value(parseDate(said, context))).toBe(date));

  test.each([
    ['am dritten März', '2027-03-03'],
    ['dritter März', '2027-03-03'],
    ['am einundzwanzigsten Dezember', '2026-12-21'],
    ['nächste Woche Montag', '2026-11-23'],
    ['übermorgen', '2026-11-22'],
    ['nächste Woche', 'none'],
    ['letzten Montag', 'none'],
  ])('in German: %s', (said, date) =>
    expect(value(parseDate(said, { ...context, language: 'de-DE' }))).toBe(date),
  );

  test("are those of the flow's time zone and country", () => {
    expect(value(parseDate('today', { ...context, timeZone: 'Europe/London' }))).toBe('2026-11-21');
    expect(value(parseDate('05/06/2027', { ...context, language: 'en-GB' }))).toBe('2027-06-05');
    expect(value(parseDate('morgen', { ...context, language: 'de-DE' }))).toBe('2026-11-21');
  });
});

describe('times', () => {
  test.each([
    ['three', '15:00'],
    ['at three thirty', '15:30'],
    ['half past nine', '09:30'],
    ['quarter to four', '15:45'],
    ['a quarter past ten', '10:15'],
    ['twenty to eleven', '10:40'],
    ["nine o'clock", '09:00'],
    ['9 am', '09:00'],
    ['3pm', '15:00'],
    ['three p.m.', '15:00'],
    ['five in the morning', '05:00'],
    ['seven in the evening', '19:00'],
    ['ten fifteen', '10:15'],
    ['two forty five', '14:45'],
    ['nine oh five', '09:05'],
    ['noon', '12:00'],
    ['midnight', '00:00'],
    ['15:30', '15:30'],
    ['03:30', '03:30'],
    ['at 12:15 am', '00:15'],
    ['whenever', 'none'],
    ['three, no, four', '16:00'],
    ['not three, four', '16:00'],
    ['eight in the evening, no, nine', '21:00'],
    ['at eight for two, no, three', 'none'],
    ['at three for four people', '15:00'],
    ['June 5 at three', '15:00'],
    ['a table for two at 7:30 in the evening', '19:30'],
    ['the twenty fourth at half past six in the evening', '18:30'],
    ['tomorrow at three, party of nine', '15:00'],
    ['for three', '15:00'],
    ['twenty five past two', '14:25'],
    ['1500', '15:00'],
    ['fifteen hundred', '15:00'],
    ['after noon', '12:00'],
    ['half nine', 'none'],
    ['between two and three', 'none'],
    ['from three to four', 'none'],
    ['three or four', 'none'],
    ['before noon', 'none'],
    ['after three', 'none'],
    ['25:00', 'none'],
    ['twenty past', 'none'],
    ['half an hour past three', 'none'],
    ['in two hours', 'none'],
    ['four people', 'none'],
    ["that's the one", 'none'],
    ['twelve at night', 'none'],
  ])('%s', (said, time) => expect(value(parseTime(said, context))).toBe(time));

  test('"half nine" is half past nine in Britain, and nothing in America', () => {
    expect(value(parseTime('half nine', { language: 'en-GB' }))).toBe('09:30');
    expect(value(parseTime('half twelve', { language: 'en-GB' }))).toBe('12:30');
  });

  test('are in the half of the day that was spoken of before', () => {
    expect(value(parseTime('seven', { language: 'en-US', half: 'night' }))).toBe('19:00');
    expect(value(parseTime('seven in the morning', { language: 'en-US', half: 'night' }))).toBe('07:00');
    expect(value(parseTime('three', { language: 'en-US', half: 'am' }))).toBe('none');
    expect(value(parseTime('twelve', { language: 'en-US', half: 'night' }))).toBe('none');
  });

  test('are found ahead of the question only where they can be nothing else', () => {
    expect(findTime('tomorrow at three', context)).toBe('15:00');
    expect(findTime('Tuesday afternoon, three', context)).toBe('15:00');
    expect(findTime('the three of us', context)).toBeUndefined();
    expect(findTime('June 5', context)).toBeUndefined();
  });
});

describe('phone numbers', () => {
  test.each([
    ['four one five five five five oh one double two', '+14155550122'],
    ['my number is 415-555-0122', '+14155550122'],
    ['plus four four seven nine one one one two three four five six', '+447911123456'],
    ['same number', '+14155550123'],
    ['this one', '+14155550123'],
    ['one two three', 'none'],
    ['415 555 0124, no, 0123', 'none'],
    ['415 555 0124, sorry, 415 555 0123', '+14155550123'],
    ['not this number', 'none'],
    ['five five five oh one two three', 'invalid'],
  ])('%s', (said, number) => expect(value(parsePhone(said, context))).toBe(number));

  test.each([
    ['415 555 01', '8 digits are too few for a phone number'],
    ['415 555 0123 4', '11 digits are too many for a phone number'],
  ])('%s: why not', (said, reason) => expect(parsePhone(said, context)).toEqual({ type: 'invalid', reason }));

  test('are completed by the country', () => {
    expect(value(parsePhone('07911 123456', { ...context, country: 'GB' }))).toBe('+447911123456');
  });
});

describe('choices', () => {
  const parts = { morning: { words: ['morning', 'before noon'] }, afternoon: { words: ['afternoon'] } };
  const lines = { sales: { key: '1' }, help: { key: '2', words: ['help', 'support'] } };
  const refusals = { wine: {}, none: { words: ['no thanks', "I don't drink"] } };

  test.each([
    [parts, 'in the morning, please', 'morning'],
    [parts, 'not the morning, the afternoon', 'afternoon'],
    [parts, 'morning, no, afternoon', 'afternoon'],
    [parts, 'in the morning, not the afternoon', 'morning'],
    [parts, 'not in the morning', undefined],
    [parts, "I can't do mornings", undefined],
    [parts, 'anything but the morning', undefined],
    [parts, 'morning or afternoon', undefined],
    [lines, 'number two', 'help'],
    [lines, 'not sales', undefined],
    [lines, 'no sales', undefined],
    [lines, 'I do not need help', undefined],
    [refusals, 'No, thanks.', 'none'],
    [refusals, "I don't drink", 'none'],
  ])('%j: %s', (options, said, option) => expect(chooseOption(options, said)).toBe(option));
});

describe('names', () => {
  test.each([
    ['My name is anna miller.', 'Anna Miller'],
    ["It's Siobhan O'Brien", "Siobhan O'Brien"],
    ['um, this is jean-luc', 'Jean-Luc'],
    ['Anna Miller, please', 'Anna Miller'],
    ['McKay', 'McKay'],
    ['it should be under Miller', 'Miller'],
    ['well, my name would be Anna Miller', 'Anna Miller'],
    ['the name is Bond, James Bond', 'James Bond'],
    ['Anna, Anna Miller', 'Anna Miller'],
    ['A N N A', 'Anna'],
    ["Anna Miller, that's M I L L E R", 'Anna Miller'],
    ['my first name is Anna and my last name is Miller', 'Anna Miller'],
    ["no, it's Hannah Miller", 'Hannah Miller'],
    ['Anna, sorry, Hannah', 'Hannah'],
    ['my name is jürgen von der heide', 'Jürgen von der Heide'],
    ['mein Name ist Jürgen von der Heide', 'Jürgen von der Heide'],
    ['von der leyen', 'von der Leyen'],
    ['vincent van gogh', 'Vincent van Gogh'],
    ['maria de la cruz', 'Maria de la Cruz'],
    ['Smith with a y', 'Smyth'],
    ['Anna Smith, with a Y', 'Anna Smyth'],
    ['Smyth with a y', 'Smyth'],
    ['Katherine with a C', 'Catherine'],
    ['Sara with an h', 'Sarah'],
    ['John without an h', 'Jon'],
    ['Hofman with two n', 'Hofmann'],
    ['Meier mit Ypsilon', 'Meyer'],
    ['Schmitt mit zwei t', 'Schmitt'],
    ['Smith, S M Y T H', 'Smyth'],
    ['Anna Smith, S-M-Y-T-H', 'Anna Smyth'],
    ['Smith spelled S M I T H', 'Smith'],
    ['Smith, M I L L E R', 'none'],
    ['you can put it under Garcia', 'Garcia'],
    ['Miller, Anna', 'none'],
    ['um', 'none'],
    ['no thanks', 'none'],
    ["I don't want to say", 'none'],
    ['What do you need that for?', 'none'],
    ['42', 'none'],
  ])('%s', (said, name) => expect(value(parseName(said))).toBe(name));
});

describe('digits', () => {
  test.each([
    ['one two three four', { length: 4 }, '1234'],
    ['my pin is 1 2 3 4', { length: 4 }, '1234'],
    ['1 2 3', { length: 4 }, 'invalid'],
    ['1 2 3 4 5', { min_length: 2, max_length: 4 }, 'invalid'],
    ['the usual one', { length: 4 }, 'none'],
    ['reference 77', {}, '77'],
    ['one two, no, one three four five', { length: 4 }, '1345'],
  ])('%s', (said, lengths, digits) => expect(value(parseDigits(said, lengths))).toBe(digits));
});

describe('yes and no', () => {
  test.each([
    ['Yes.', true],
    ['yeah sure', true],
    ["that's right", true],
    ['No, thank you', false],
    ["no, that's not right", false],
    ["that's not right", false],
    ["that isn't correct", false],
    ['not really', false],
    ['absolutely not', false],
    ['of course not', false],
    ['no problem', true],
    ['why not', true],
    ['I think so', true],
    ['mm-hmm', true],
    ['I do not', false],
    ['it is not', false],
    ["sure isn't", false],
    ["no, it isn't", false],
    ['yes... no, wait, no', false],
    ['no, wait, yes', true],
    ['yes no', undefined],
    ["no no, that's fine", undefined],
    ['no, go ahead', undefined],
    ["I'm not sure", undefined],
    ["no, I'm not sure that's right", undefined],
    ["I don't know", undefined],
    ["I don't mind", undefined],
    ['bananas', undefined],
    ['I know', undefined],
  ])('%s', (said, answer) => expect(parseYesNo(said, 'en-GB').answer).toBe(answer));

  test('leave the rest for a correction, in its own spelling', () => {
    expect(parseYesNo("No, it's Anna O'Brien", 'en')).toEqual({ answer: false, rest: "it's Anna O'Brien" });
  });

  test.each([
    ['es-ES', 'sí, claro', true],
    ['de-DE', 'nein', false],
    ['fr-FR', "d'accord", true],
    ['fr-FR', 'bien sûr que non', false],
    ['fr-FR', 'pas de problème', true],
    ['de-DE', 'das stimmt nicht', false],
    ['de-DE', 'kein Problem', true],
    ['es-ES', 'claro que no', false],
  ])('in %s: %s', (language, said, answer) => expect(parseYesNo(said, language).answer).toBe(answer));
});
