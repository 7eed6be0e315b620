import { describe, expect, it } from 'vitest';
import { MarkerReader, RelayScript } from './script.ts';

/** Cuts the audio into pieces of this many bytes and reads the words' numbers from them. */
function readCut(audio: Uint8Array, bytes: number): { word: number; atByte: number }[] {
  const reader = new MarkerReader();
  const found: { word: number; atByte: number }[] = [];
  for (let at = 0; at < audio.length; at += bytes)
    for (const { word, atByte } of reader.read(audio.subarray(at, at + bytes)))
      found.push({ word, atByte: at + atByte });
  return found;
}

describe('audio that stands for words', () => {
  const script = new RelayScript();
  // So that numbers have more than one digit.
  script.write('word '.repeat(300), 'en-US');
  const speech = script.write(' We open at nine, every day.', 'en-US');
  if (speech === undefined) throw new Error('there are words');
  const { audio, words, passage } = speech;

  it.each([1600, 160, 7, 3, 1])('has its words found, cut into pieces of %i bytes', (bytes) => {
    const expected = words.map(({ startMs }, index) => ({ word: 300 + index, atByte: startMs * 8 }));
    expect(readCut(audio, bytes)).toEqual(expected);
  });

  it('tells each word when it stands in the audio, whole frames long', () => {
    expect(words.map(({ text }) => text)).toEqual(['We', 'open', 'at', 'nine,', 'every', 'day.']);
    expect(words.every(({ startMs, endMs }) => endMs > startMs && startMs % 20 === 0)).toBe(true);
    expect(words.at(-1)?.endMs).toBe(audio.length / 8);
  });

  it('is text again from any of its words on', () => {
    expect(script.textOf(passage.firstWord, passage.endWord)).toBe(' We open at nine, every day.');
    expect(script.textOf(302, passage.endWord)).toBe(' at nine, every day.');
  });

  it('begun in the middle of a word goes on with the next one', () => {
    const [second, third] = [words[1]?.startMs ?? 0, words[2]?.startMs ?? 0];
    const from = second * 8 + 3;
    expect([...new MarkerReader().read(audio.subarray(from))][0]).toEqual({
      word: 302,
      atByte: third * 8 - from,
    });
  });

  it('is none where there are no words', () => {
    expect(script.write('  ', 'en-US')).toBeUndefined();
  });
});
