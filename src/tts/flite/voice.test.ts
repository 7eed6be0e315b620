import { afterAll, expect, test } from 'vitest';
import { rms } from '../../audio/mulaw.ts';
import { KnownSpeech } from '../../sandbox/known-speech.ts';
import { alignWords } from './align.ts';
import { createVoice } from './index.ts';

const voice = createVoice();
afterAll(() => voice.close());

test('speaks in whole frames, without silence before or after, at a level a telephone would have', async () => {
  const { audio } = await voice.speak('Hello, I would like to book an appointment.');
  expect(audio.length % 160).toBe(0);
  expect(audio.length / 8).toBeGreaterThan(1500);
  expect(rms(audio.subarray(0, 160))).toBeGreaterThan(100);
  expect(rms(audio.subarray(-320))).toBeGreaterThan(50);
  expect(rms(audio)).toBeGreaterThan(1000);
});

test('gives every word its time, in order, also where one word is spoken as many', async () => {
  const text = "Hi Dr. Smith — call 555-0134 at 3:30 p.m. on Tuesday, it's $25, café.";
  const { audio, words } = await voice.speak(text, 'rms');
  expect(words.map((word) => word.text)).toEqual(text.split(' ').filter((word) => word !== '—'));
  words.forEach((word, index) => {
    expect(word.startMs).toBeGreaterThanOrEqual(words[index - 1]?.endMs ?? 0);
    expect(word.endMs).toBeGreaterThan(word.startMs);
  });
  expect(words.at(-1)?.endMs).toBeLessThanOrEqual(audio.length / 8);
  const number = words.find((word) => word.text === '555-0134');
  expect((number?.endMs ?? 0) - (number?.startMs ?? 0)).toBeGreaterThan(1500);
});

test('speaks the same text from memory, and different voices differently', async () => {
  const first = await voice.speak('Good morning.');
  expect(await voice.speak('Good morning.', 'some-vendor-voice-id')).toBe(first);
  expect((await voice.speak('Good morning.', 'awb')).audio).not.toEqual(first.audio);
});

test('has nothing to say for text without a letter', async () => {
  expect(await voice.speak(' … !')).toEqual({ audio: new Uint8Array(0), words: [] });
});

test('refuses a text that is too long, and everything once it is closed', async () => {
  await expect(voice.speak('a '.repeat(2000))).rejects.toMatchObject({ code: 'voice-text-too-long' });
  const closing = createVoice();
  const speaking = closing.speak('This will never be heard.');
  await Promise.all([closing.close(), expect(speaking).rejects.toMatchObject({ code: 'voice-closed' })]);
  await expect(closing.speak('Nor will this.')).rejects.toMatchObject({ code: 'voice-closed' });
});

test('aligns by least edits where a word sounds different within a sentence', () => {
  const phones = ['dh', 'iy', 'ae', 'p', 'l'].map((name, index) => ({
    name,
    startMs: 100 + index * 100,
    endMs: 200 + index * 100,
  }));
  const words = [
    { text: 'The', phones: ['dh', 'ax'] },
    { text: 'apple', phones: ['ae', 'p', 'ax', 'l'] },
  ];
  expect(alignWords(phones, words, { startMs: 100, endMs: 580 })).toEqual([
    { text: 'The', startMs: 0, endMs: 200 },
    { text: 'apple', startMs: 200, endMs: 480 },
  ]);
});

test('known speech is found by any of its voiced frames, and nothing else is', async () => {
  const known = new KnownSpeech();
  const mine = await voice.speak('My name is Anna.', 'rms');
  const other = await voice.speak('The number you have dialled is unknown.', 'slt');
  known.register(mine);
  const frame = (speech: typeof mine, index: number) => speech.audio.slice(index * 160, index * 160 + 160);
  expect(known.find(frame(mine, 12))).toEqual({ speech: mine, offsetMs: 240 });
  expect(known.find(frame(other, 12))).toBeUndefined();
  expect(known.find(new Uint8Array(160).fill(0xff))).toBeUndefined();
});

test('known speech forgets the oldest when it is full', () => {
  const known = new KnownSpeech();
  const utterance = (seed: number) => {
    const audio = new Uint8Array(160 * 1000);
    for (let i = 0; i < audio.length; i++) audio[i] = (i * 31 + seed * 7919 + (i >> 8) * 13) & 0x8f;
    new DataView(audio.buffer).setUint32(0, seed);
    for (let frame = 0; frame < 1000; frame++)
      new DataView(audio.buffer).setUint32(frame * 160, seed * 1000 + frame);
    return { audio, words: [] };
  };
  const first = utterance(1);
  known.register(first);
  expect(known.find(first.audio.subarray(0, 160))).toBeDefined();
  for (let seed = 2; seed <= 31; seed++) known.register(utterance(seed));
  expect(known.find(first.audio.subarray(0, 160))).toBeUndefined();
});
