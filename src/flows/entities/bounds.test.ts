import { expect, test } from 'vitest';
import { dayBound, timeBound } from './bounds.ts';
import { isSkip } from './skip.ts';

/** Friday evening in New York, Saturday in London. */
const at = { now: '2026-11-21T01:00:00.000Z', timeZone: 'America/New_York' };

test.each([
  ['today', '2026-11-20'],
  ['tomorrow', '2026-11-21'],
  ['+30d', '2026-12-20'],
  ['today +1d', '2026-11-21'],
  ['-2w', '2026-11-06'],
  ['+3m', '2027-02-20'],
  ['-18y', '2008-11-20'],
  ['2026-12-31', '2026-12-31'],
  ['2026-11-21T01:00:00.000Z', '2026-11-20'],
  ['2026-02-30', undefined],
  ['soon', undefined],
  ['', undefined],
])('the day %s is %s', (written, day) => expect(dayBound(written, at)).toBe(day));

test('a month after a long one ends with the shorter', () => {
  expect(dayBound('+1m', { now: '2027-01-31T12:00:00Z', timeZone: 'UTC' })).toBe('2027-02-28');
  expect(dayBound('+1y', { now: '2028-02-29T12:00:00Z', timeZone: 'UTC' })).toBe('2029-02-28');
});

test.each([
  ['09:00', '09:00'],
  ['9:05', '09:05'],
  ['2026-11-21T01:00:00.000Z', '20:00'],
  ['25:00', undefined],
  ['noon', undefined],
])('the time %s is %s', (written, time) => expect(timeBound(written, at)).toBe(time));

test.each([
  ['en-US', "I don't know", true],
  ['en-US', 'Um, skip it please.', true],
  ['en-US', "I don't know, maybe four", false],
  ['en-US', 'yes', false],
  ['de-DE', 'Das weiß ich nicht', false],
  ['de-DE', 'Weiß ich nicht', true],
  ['fr-FR', 'je ne sais pas', true],
  ['es-ES', 'no lo sé', true],
  ['it-IT', 'non lo so', true],
  ['pt-BR', 'não sei', true],
  ['nl-NL', 'geen idee', true],
])('in %s "%s" leaves an answer out: %s', (language, said, skips) =>
  expect(isSkip(said, language)).toBe(skips),
);
