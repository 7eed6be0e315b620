import { expect, test } from 'vitest';
import type { SlotSpec } from '../flow.ts';
import { parseSaid } from './parse.ts';

/** A Wednesday. */
const NOW = '2026-11-18T15:00:00.000Z';
const dayOf = (said: string, language = 'en-US', max?: string): unknown => {
  const slot: SlotSpec = { name: 'x', type: 'date', ask: '?', reask: [] };
  if (max !== undefined) slot.max = max;
  const result = parseSaid(slot, said, {
    now: NOW,
    timeZone: 'UTC',
    language,
    country: 'US',
    callerNumber: '+15550123',
  });
  return result.type === 'found' ? result.value : undefined;
};

test.each([
  ['not this Friday but the next', '2026-11-27'],
  ['Not this Friday, the next one, please.', '2026-11-27'],
  ['not this coming Tuesday but the one after that', '2026-12-01'],
  ['not on this Monday but the Monday after', '2026-11-30'],
  ['not this Friday, a week later', '2026-11-27'],
  ['not this Friday but the Monday after', '2026-11-23'],
  ['the Friday after next', undefined],
])('%s', (said, day) => {
  expect(dayOf(said)).toBe(day);
});

test.each([
  ['the last day of the month', '2026-11-30'],
  ['on the very last day of next month', '2026-12-31'],
  ['the last day of February', '2027-02-28'],
  ['the last Friday of the month', '2026-11-27'],
  ['the first Monday in December', '2026-12-07'],
  ['the third Thursday of January', '2027-01-21'],
  // It is over, and which other one is meant nobody said.
  ['the first Monday of this month', undefined],
  ['the end of the month', undefined],
])('%s', (said, day) => {
  expect(dayOf(said)).toBe(day);
});

test.each([
  ['oh five oh five eighty', '1980-05-05'],
  ['zero five, zero five, nineteen eighty', '1980-05-05'],
  ['five five eighty', '1980-05-05'],
  ["it's 05 05 80", '1980-05-05'],
  ['my date of birth is 12 25 99', '1999-12-25'],
  ['0 5 1 2 1 9 8 0', '1980-05-12'],
  ['050580', '1980-05-05'],
  ['ten twelve two thousand five', '2005-10-12'],
  ['oh one oh two oh five', '2005-01-02'],
  ['twenty five twelve ninety nine', '1999-12-25'],
  ['May fifth eighty', '1980-05-05'],
  ['the 5th of May eighty-two', '1982-05-05'],
  ['thirteen thirteen eighty', undefined],
  ['two thirty one eighty', undefined],
  ['two twenty twenty six', '2026-02-20'],
  ['five eighty', undefined],
  ['1 2 3', undefined],
])('%s, where the month comes first', (said, day) => {
  expect(dayOf(said, 'en-US', 'today')).toBe(day);
});

test('the day comes first elsewhere, and in other languages', () => {
  expect(dayOf('oh five twelve eighty', 'en-GB')).toBe('1980-12-05');
  expect(dayOf('null fünf zwölf achtzig', 'de-DE', 'today')).toBe('1980-12-05');
  expect(dayOf('05 12 28')).toBe('2028-05-12');
});
