import { describe, expect, test } from 'vitest';
import { inNumerals } from './numerals.ts';
import { isNamedPostcode, parsePostcode, postcodeProgress } from './postcode.ts';

const code = (said: string, country: string, language = 'en-US'): unknown => {
  const result = parsePostcode(inNumerals(said, language), country);
  return result.type === 'found' ? result.value : result.type;
};

describe.each<[country: string, language: string, rows: [said: string, value: string][]]>([
  [
    'US',
    'en-US',
    [
      ['nine oh two one oh', '90210'],
      ['90210', '90210'],
      ['my zip code is 9 0 2 1 0', '90210'],
      ['ninety two ten', 'invalid'],
      ['one double zero oh one', '10001'],
      ['ten thousand and one', '10001'],
      ['12345-6789', '12345-6789'],
      ['twelve three forty five', '12345'],
      ['12345, no, 12346', '12346'],
      ['1234', 'invalid'],
      ["I don't know", 'none'],
      ['I am a constructor, 90210', '90210'],
    ],
  ],
  [
    'GB',
    'en-GB',
    [
      ['SW1A 1AA', 'SW1A 1AA'],
      ['S W one A, one double A', 'SW1A 1AA'],
      ["it's sw1a1aa", 'SW1A 1AA'],
      ['I live in M1 1AE', 'M1 1AE'],
      ['E C one A one B B', 'EC1A 1BB'],
      ['sierra whiskey one alpha one alpha alpha', 'SW1A 1AA'],
      ['S as in sugar W 1 A 1 A A', 'SW1A 1AA'],
      ['B thirty three eight T H', 'B33 8TH'],
      ['O X one oh oh N Y', 'OX10 0NY'],
      ['C R two six X H', 'CR2 6XH'],
      ['oh ex one two jay dee', 'OX1 2JD'],
      ['SW1A', 'invalid'],
      ['I am not sure', 'none'],
    ],
  ],
  [
    'CA',
    'en-CA',
    [
      ['K 1 A 0 B 1', 'K1A 0B1'],
      ['kilo one alpha zero bravo one', 'K1A 0B1'],
      ['D1A 0B1', 'invalid'],
    ],
  ],
  [
    'NL',
    'nl-NL',
    [
      ['1012 AB', '1012 AB'],
      ['twaalf vierendertig AB', '1234 AB'],
      ['1012 am', '1012 AM'],
    ],
  ],
  [
    'DE',
    'de-DE',
    [
      ['eins null eins eins fünf', '10115'],
      ['meine Postleitzahl ist 10115', '10115'],
    ],
  ],
  [
    'FR',
    'fr-FR',
    [
      ['soixante-quinze zéro zéro un', '75001'],
      ['soixante-quinze mille un', '75001'],
    ],
  ],
  [
    'ES',
    'es-ES',
    [
      ['dos ocho cero cero uno', '28001'],
      ['99001', 'invalid'],
    ],
  ],
  [
    'PT',
    'pt-PT',
    [
      ['um zero zero zero um zero zero', '1000-100'],
      ['1000-100', '1000-100'],
    ],
  ],
  ['IT', 'it-IT', [['zero zero uno otto quattro', '00184']]],
  ['IE', 'en-IE', [['D 0 2 A F 3 0', 'D02 AF30']]],
])('%s', (country, language, rows) => {
  test.each(rows)('%s → %s', (said, value) => expect(code(said, country, language)).toBe(value));
});

test('what is written once is written so again', () => {
  for (const [country, text] of [
    ['GB', 'SW1A 1AA'],
    ['CA', 'K1A 0B1'],
    ['NL', '1012 AB'],
    ['US', '12345-6789'],
    ['PL', '00-950'],
    ['SE', '114 55'],
  ] as const)
    expect(code(text, country)).toBe(text);
});

test('says whether a text can be one ahead of its question', () => {
  expect(isNamedPostcode('12345', 'US')).toBe(false);
  expect(isNamedPostcode('the zip is 12345', 'US')).toBe(true);
  expect(isNamedPostcode('SW1A 1AA', 'GB')).toBe(true);
});

test('knows how far it has come', () => {
  expect(postcodeProgress('10', 'DE')).toBe('partial');
  expect(postcodeProgress('10115', 'DE')).toBe('whole');
  expect(postcodeProgress('10115', 'US')).toBe('extendable');
  expect(postcodeProgress('well', 'DE')).toBe('unknown');
});
