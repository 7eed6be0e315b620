import { expect, test } from 'vitest';
import { parseNumber } from './number.ts';

test.each([
  ['me and my wife', 2],
  ["It's just my husband and me.", 2],
  ['my wife and I, please', 2],
  ['me, my wife and our two kids', 4],
  ['me and three friends', 4],
  ['for me plus two other people', 3],
  ['my girlfriend, another friend and myself', 3],
  ['just me', 1],
  // Whether whoever calls is one of them nobody said.
  ['my wife and two kids', undefined],
  ['me and my kids', undefined],
  ['two adults and two children', undefined],
])('%s', (said, size) => {
  const result = parseNumber(said, {});
  expect(result.type === 'found' ? result.value : undefined).toBe(size);
});

test('the bounds hold', () => {
  expect(parseNumber('me and my wife', { max: 1 }).type).toBe('invalid');
});
