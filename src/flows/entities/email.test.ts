import { describe, expect, test } from 'vitest';
import { emailProgress, parseEmail } from './email.ts';

const address = (said: string, language: string): unknown => {
  const result = parseEmail(said, language);
  return result.type === 'found' ? result.value : result.type;
};

describe.each<[language: string, rows: [said: string, value: string][]]>([
  [
    'en-US',
    [
      ['anna dot smith at example dot com', 'anna.smith@example.com'],
      ['Anna.Smith@Example.com', 'anna.smith@example.com'],
      ['my email address is anna.smith at example.com.', 'anna.smith@example.com'],
      ["It's anna underscore smith at g mail dot com, thanks", 'anna_smith@gmail.com'],
      ['a n n a at example dot co dot uk please', 'anna@example.co.uk'],
      ['A-N-N-A at example dot com', 'anna@example.com'],
      ['anna dash smith at my dash company dot org', 'anna-smith@my-company.org'],
      ['anna one nine eight four at example dot com', 'anna1984@example.com'],
      ['anna twenty five at example dot com', 'anna25@example.com'],
      ['anna plus shop at example dot com', 'anna+shop@example.com'],
      ['bill with double l', 'none'],
      ['b i double l at example dot com', 'bill@example.com'],
      ['b as in bravo, o b at example dot com', 'bob@example.com'],
      ['all lower case anna at example dot com', 'anna@example.com'],
      ['anna at example dot com, no, hannah at example dot com', 'hannah@example.com'],
      ['info@example.com', 'info@example.com'],
      ['anna at example', 'none'],
      ["I don't have one", 'none'],
      ['I work from nine to five at the office', 'none'],
      ['anna at home at example dot com', 'none'],
      ['what do you need it for', 'none'],
    ],
  ],
  [
    'es-ES',
    [
      ['mi correo es ana punto garcía arroba ejemplo punto es', 'ana.garcia@ejemplo.es'],
      ['ana punto garcia arroba ejemplo punto es', 'ana.garcia@ejemplo.es'],
      ['ana guion bajo garcia arroba ejemplo punto com', 'ana_garcia@ejemplo.com'],
    ],
  ],
  [
    'fr-FR',
    [
      ["c'est anne point dupont arobase exemple point fr", 'anne.dupont@exemple.fr'],
      ['anne tiret bas dupont arobase exemple point fr', 'anne_dupont@exemple.fr'],
    ],
  ],
  [
    'de-DE',
    [
      ['anna punkt schmidt at beispiel punkt de', 'anna.schmidt@beispiel.de'],
      ['meine Adresse ist anna minus schmidt ät beispiel punkt de bitte', 'anna-schmidt@beispiel.de'],
    ],
  ],
  ['it-IT', [['anna punto rossi chiocciola esempio punto it', 'anna.rossi@esempio.it']]],
  ['pt-PT', [['ana ponto silva arroba exemplo ponto pt', 'ana.silva@exemplo.pt']]],
  ['nl-NL', [['anna punt de vries apenstaartje voorbeeld punt nl', 'anna.devries@voorbeeld.nl']]],
])('%s', (language, rows) => {
  test.each(rows)('%s → %s', (said, value) => expect(address(said, language)).toBe(value));
});

test('an address that is written is itself, however often it goes round', () => {
  const letters = 'abcxyz0189._-';
  for (let seed = 1; seed < 400; seed++) {
    const local = [...String(seed * 7919)]
      .map((digit) => letters[(Number(digit) * seed) % letters.length])
      .join('');
    const result = parseEmail(`x${local}y@example.com`, 'en-US');
    if (result.type !== 'found') continue;
    expect(parseEmail(String(result.value), 'en-US')).toEqual(result);
  }
});

test.each([
  ['anna dot smith at', 'partial'],
  ['anna dot', 'partial'],
  ['anna at example dot com', 'extendable'],
  ['a n n', 'partial'],
  ['well', 'unknown'],
])('%s is %s', (said, progress) => expect(emailProgress(said, 'en-US')).toBe(progress));

test.each([
  ['en-US', 'no, anna at gmail dot com', 'anna@gmail.com'],
  ['en-US', 'No, it is anna at gmail dot com', 'anna@gmail.com'],
  ['en-US', 'no anna at gmail dot com', 'anna@gmail.com'],
  ['en-US', 'nope, anna@gmail.com', 'anna@gmail.com'],
  ['de-DE', 'nein, anna at gmail punkt com', 'anna@gmail.com'],
  ['fr-FR', 'non, anna arobase gmail point com', 'anna@gmail.com'],
  ['en-US', 'no reply at gmail dot com', 'noreply@gmail.com'],
  ['en-US', 'noah at gmail dot com', 'noah@gmail.com'],
])('a no before it is no part of it, %s: %s', (language, said, value) => {
  expect(parseEmail(said, language)).toEqual({ type: 'found', value });
});
