import { describe, expect, test } from 'vitest';
import { findMoney, moneyProgress, parseMoney, withoutMoney } from './money.ts';
import { onlyNumerals } from './numerals.ts';

const amount = (said: string, currency: string, language = 'en-US', bounds = {}): unknown => {
  const result = parseMoney(onlyNumerals(said, language), {
    currency,
    decimalComma: !language.startsWith('en'),
    ...bounds,
  });
  return result.type === 'found' ? result.value : result.type;
};

describe.each<[language: string, currency: string, rows: [said: string, value: number | string][]]>([
  [
    'en-US',
    'USD',
    [
      ['twelve fifty', 12.5],
      ['twelve dollars and fifty cents', 12.5],
      ['twelve dollars fifty', 12.5],
      ['twelve dollars and five cents', 12.05],
      ['$12.50', 12.5],
      ['12.50', 12.5],
      ['$1,250', 1250],
      ['$1,250.50 please', 1250.5],
      ['a hundred and twenty dollars', 120],
      ['one hundred twenty', 120],
      ['fifty cents', 0.5],
      ['99 cents', 0.99],
      ['twenty bucks', 20],
      ["it's twenty", 20],
      ['about two thousand five hundred', 2500],
      ['5k', 5000],
      ['two and a half thousand dollars', 'none'],
      ['nineteen ninety nine', 19.99],
      ['nine ninety nine', 'none'],
      ['one twenty', 'none'],
      ['twenty, no, thirty dollars', 30],
      ['twenty or thirty dollars', 'none'],
      ['at least fifty dollars', 'none'],
      ['twelve euros', 'invalid'],
      ['fifty percent', 'none'],
      ['nothing', 0],
      ["I don't know", 'none'],
      ['at half past three', 'none'],
      ['minus five dollars', 'none'],
    ],
  ],
  [
    'en-GB',
    'GBP',
    [
      ['twelve pounds fifty', 12.5],
      ['£12.50', 12.5],
      ['fifty pence', 0.5],
      ['50p', 0.5],
      ['five quid', 5],
      ['twelve dollars', 'invalid'],
    ],
  ],
  [
    'de-DE',
    'EUR',
    [
      ['zwölf Euro fünfzig', 12.5],
      ['zwölf Euro und fünfzig Cent', 12.5],
      ['12,50 €', 12.5],
      ['1.250,50 €', 1250.5],
      ['1.250 Euro', 1250],
      ['hundertzwanzig Euro', 120],
      ['fünfzig Cent', 0.5],
      ['zwanzig oder dreißig Euro', 'none'],
    ],
  ],
  [
    'fr-FR',
    'EUR',
    [
      ['douze euros cinquante', 12.5],
      ['douze euros et cinquante centimes', 12.5],
      ['quatre-vingt-dix-neuf euros', 99],
      ['12,50 €', 12.5],
    ],
  ],
  [
    'es-ES',
    'EUR',
    [
      ['doce euros con cincuenta', 12.5],
      ['ciento veinte euros', 120],
      ['cincuenta céntimos', 0.5],
    ],
  ],
  [
    'it-IT',
    'EUR',
    [
      ['dodici euro e cinquanta', 12.5],
      ['centoventi euro', 120],
    ],
  ],
  ['pt-BR', 'BRL', [['doze reais e cinquenta centavos', 12.5]]],
  ['nl-NL', 'EUR', [['twaalf euro vijftig', 12.5]]],
])('%s', (language, currency, rows) => {
  test.each(rows)('%s → %s', (said, value) => expect(amount(said, currency, language)).toBe(value));
});

test('what is allowed tells a price from a number of hundreds', () => {
  expect(amount('twelve fifty', 'USD', 'en-US', { max: 100 })).toBe(12.5);
  expect(amount('twelve fifty', 'USD', 'en-US', { min: 500, max: 2000 })).toBe(1250);
  expect(amount('nine ninety nine', 'USD', 'en-US', { max: 100 })).toBe(9.99);
  expect(amount('fifty dollars', 'USD', 'en-US', { max: 20 })).toBe('invalid');
});

test('amounts have the decimals of their currency', () => {
  expect(amount('1250', 'JPY')).toBe(1250);
  expect(amount('12.349', 'USD')).toBe(12.35);
});

test('is found ahead of its question only with its currency', () => {
  expect(findMoney('a transfer of two hundred dollars on Tuesday', { currency: 'USD' })).toBe(200);
  expect(findMoney('four people', { currency: 'USD' })).toBeUndefined();
  expect(withoutMoney('four people for fifty dollars').trim()).toBe('four people for');
});

test.each([
  ['twelve', 'extendable'],
  ['twelve dollars', 'extendable'],
  ['twelve dollars and', 'partial'],
  ['twelve dollars and fifty cents', 'whole'],
  ['$12.50', 'whole'],
  ['my account', 'unknown'],
])('%s is %s', (said, progress) => expect(moneyProgress(said, { currency: 'USD' })).toBe(progress));
