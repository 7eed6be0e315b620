import { expect, test } from 'vitest';
import { MULAW_SILENCE } from '../../src/audio/mulaw.ts';
import { createVoice, type Speech } from '../../src/tts/flite/index.ts';
import { compareWords, longestSilence, plainWords, stutters, wordsHeard } from './heard.ts';

const silence = (ms: number): Uint8Array => new Uint8Array(ms * 8).fill(MULAW_SILENCE);

async function speak(...texts: string[]): Promise<Speech[]> {
  const voice = createVoice();
  try {
    return await Promise.all(texts.map((text) => voice.speak(text)));
  } finally {
    await voice.close();
  }
}

test('hears words in order, cut ones not, repeated ones twice, wherever they were taken up', async () => {
  const [first, second] = await speak('Please come in on Tuesday.', 'We open at nine.');
  if (first === undefined || second === undefined) throw new Error('no speech');
  const cutAt = Math.round(((first.words[2]?.startMs ?? 0) + 20) * 8);
  const channel = Buffer.concat([
    silence(333),
    first.audio.subarray(0, cutAt),
    silence(101),
    second.audio,
    first.audio,
  ]);
  expect(wordsHeard(channel, [first, second]).map(({ text }) => text)).toEqual(
    plainWords('please come we open at nine please come in on tuesday'),
  );
});

test('what a pause interrupts in the middle of a word is heard once', async () => {
  const [speech] = await speak('Wonderful weather.');
  if (speech === undefined) throw new Error('no speech');
  const cutAt = Math.round((((speech.words[0]?.startMs ?? 0) + (speech.words[0]?.endMs ?? 0)) / 2) * 8);
  const channel = Buffer.concat([
    speech.audio.subarray(0, cutAt),
    silence(240),
    speech.audio.subarray(cutAt),
  ]);
  expect(wordsHeard(channel, [speech]).map(({ text }) => text)).toEqual(['wonderful', 'weather']);
});

test('the silence that counts is the one before the agent, and the last one only of a call that failed', () => {
  const loud = (ms: number): Uint8Array => new Uint8Array(ms * 8).map((_, i) => (i % 8 < 4 ? 0x00 : 0x80));
  const agent = Buffer.concat([silence(400), loud(200), silence(3000), loud(200), silence(5000)]);
  const caller = Buffer.concat([silence(2400), loud(200), silence(6200)]);
  expect(longestSilence({ caller, agent }, false)).toEqual({ fromMs: 2600, lengthMs: 1000 });
  expect(longestSilence({ caller, agent }, true)).toEqual({ fromMs: 3800, lengthMs: 5000 });
});

test('words are compared in order, and stutters are found', () => {
  const said = plainWords("I'd like Tuesday, please.");
  expect(compareWords(said, said)).toEqual({ missing: [], extra: [] });
  expect(compareWords(said, plainWords("I'd Tuesday Tuesday please"))).toEqual({
    missing: ['like'],
    extra: ['tuesday'],
  });
  const heard = (text: string) => plainWords(text).map((word) => ({ text: word, isWhole: true }));
  const twice = heard('you are booked you are booked for nine nine');
  expect(stutters(twice)).toEqual(['you', 'are', 'booked', 'nine']);
  expect(stutters([{ text: 'prac', isWhole: false }, ...heard('prac')])).toEqual([]);
});
