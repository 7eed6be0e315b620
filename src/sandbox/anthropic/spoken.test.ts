import { expect, test } from 'vitest';
import { datesIn, digitRuns, digitsForWords, timesIn } from './spoken.ts';

test.each([
  ['a table for twenty five', 'a table for 25'],
  ['five five oh one', '5 5 0 1'],
  ['March twenty-third', 'march 23rd'],
])('writes %j as %j', (spoken, written) => expect(digitsForWords(spoken)).toBe(written));

test.each([
  ['five five five, oh one three four', ['5550134']],
  ['it is double five five oh one three four', ['5550134']],
  ['call +49 151 123-4567 or 555-0134', ['+491511234567', '5550134']],
  ['at ten', []],
])('finds the digits of %j', (text, runs) => expect(digitRuns(text, 6)).toEqual(runs));

test.each([
  ['half past three', false, ['15:30']],
  ['quarter to nine in the morning', false, ['08:45']],
  ['at ten thirty', false, ['10:30']],
  ['3:30 p.m. please', false, ['15:30']],
  ['at noon', false, ['12:00']],
  ['ten o clock, no, eleven o clock', false, ['10:00', '11:00']],
  ['ten', true, ['10:00']],
  ['ten', false, []],
  ['a table for 4 people', true, []],
  ['seven thirty in the evening', false, ['19:30']],
  ['five five five oh one three four', false, []],
])('finds the times of %j', (text, bare, times) => expect(timesIn(text, bare)).toEqual(times));

test.each([
  ['tomorrow at ten', ['2026-11-21']],
  ['next Tuesday', ['2026-11-24']],
  ['from Monday to Wednesday', ['2026-11-25']],
  ['March third', ['2027-03-03']],
  ['on the 25th', ['2026-11-25']],
  ['at 10:30', []],
])('finds the dates of %j', (text, dates) =>
  expect(datesIn(text, new Date('2026-11-20T10:00:00Z'))).toEqual(dates),
);
