import { expect, test } from 'vitest';
import { inNumerals } from './numerals.ts';

test('numerals leave everything else as it was', () => {
  expect(inNumerals('Le vingt-cinq décembre, à neuf heures !', 'fr-FR')).toBe('Le 25 décembre, à 9 heures !');
  expect(inNumerals('une table', 'fr')).toBe('une table');
  expect(inNumerals('zéro un quarante', 'fr')).toBe('0 1 40');
  expect(inNumerals('twenty five', 'en-US')).toBe('twenty five');
  expect(inNumerals('', 'de')).toBe('');
});
