import { expect, test } from 'vitest';
import { parseName } from './name.ts';

test.each([
  ['es', 'me llamo Ana García', 'Ana García'],
  ['es', 'mi nombre es ana garcía, por favor', 'Ana García'],
  ['fr', "bonjour, je m'appelle Anne Dupont", 'Anne Dupont'],
  ['fr', 'au nom de Dupont', 'Dupont'],
  ['de', 'mein Name ist Anna Schmidt', 'Anna Schmidt'],
  ['de', 'ich heiße anna schmidt', 'Anna Schmidt'],
  ['it', 'mi chiamo Anna Rossi', 'Anna Rossi'],
  ['pt', 'meu nome é Ana Silva', 'Ana Silva'],
  ['nl', 'mijn naam is Anna de Vries', 'Anna de Vries'],
])('a name in %s: %s', (_, said, name) => {
  expect(parseName(said)).toEqual({ type: 'found', value: name });
});
