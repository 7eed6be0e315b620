import { expect, test } from 'vitest';
import { MemoryPrompts } from './memory.ts';

const prompt = (bytes: number) => ({ audio: new Uint8Array(bytes), words: [] });

test('the one used longest ago makes room', () => {
  const memory = new MemoryPrompts(35_000);
  for (const key of ['a', 'b', 'c']) memory.set(key, prompt(10_000));
  memory.get('a');
  memory.set('d', prompt(10_000));
  expect(['a', 'b', 'c', 'd'].filter((key) => memory.has(key))).toEqual(['a', 'c', 'd']);
});

test('room is counted in bytes, and given back', () => {
  const memory = new MemoryPrompts(35_000);
  for (let round = 0; round < 100; round++) memory.set('a', prompt(10_000));
  memory.set('b', prompt(10_000));
  memory.set('c', prompt(10_000));
  expect(['a', 'b', 'c'].filter((key) => memory.has(key))).toEqual(['a', 'b', 'c']);
  memory.set('d', prompt(30_000));
  expect(['a', 'b', 'c', 'd'].filter((key) => memory.has(key))).toEqual(['d']);
});

test('one that is too large does not empty it', () => {
  const memory = new MemoryPrompts(35_000);
  memory.set('a', prompt(10_000));
  memory.set('b', prompt(40_000));
  expect([memory.has('a'), memory.has('b')]).toEqual([true, false]);
});

test('words take room too', () => {
  const memory = new MemoryPrompts(35_000);
  const words = Array.from({ length: 1000 }, (_, at) => ({ text: 'word', startMs: at, endMs: at }));
  memory.set('a', { audio: new Uint8Array(10), words });
  expect(memory.has('a')).toBe(false);
});
