import { expect, test } from 'vitest';
import { isSkip } from './skip.ts';

test.each([
  ['en-US', 'no'],
  ['en-US', 'nope'],
  ['en-US', 'not really'],
  ['en-US', 'no, not really'],
  ['en-US', 'no, nothing, thank you'],
  ['en-US', 'nothing, thank you'],
  ['en-US', 'no thank you very much'],
  ['en-US', "no, that's all"],
  ['en-US', 'not that I know of'],
  ['de-DE', 'nein'],
  ['de-DE', 'nein, eigentlich nicht'],
  ['de-DE', 'nein, nichts, vielen Dank'],
  ['fr-FR', 'non'],
  ['fr-FR', 'non, rien, merci'],
  ['es-ES', 'no, nada más, gracias'],
  ['it-IT', 'no, niente, grazie'],
  ['pt-PT', 'não, nada, obrigado'],
  ['nl-NL', 'nee, niet echt'],
])('leaves an answer out, %s: %s', (language, said) => {
  expect(isSkip(said, language)).toBe(true);
});

test.each(['no nuts please', 'nothing with milk', 'a window table', 'no onions, thank you', 'thank you'])(
  'is an answer: %s',
  (said) => {
    expect(isSkip(said, 'en-US')).toBe(false);
  },
);
