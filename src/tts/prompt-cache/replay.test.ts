import { expect, test } from 'vitest';
import type { TtsEvent } from '../index.ts';
import { all } from '../testing.ts';
import { replay } from './replay.ts';
import { spoken } from './testing.ts';

const prompt = spoken('Hello there.');
const whole: TtsEvent[] = [
  ...prompt.words.map((word): TtsEvent => ({ type: 'word', ...word })),
  { type: 'audio', audio: prompt.audio },
  { type: 'done' },
];

test('is the stream of a voice that had spoken already', async () => {
  expect(await all(replay(prompt))).toEqual(whole);
});

test('what it is told to say makes no difference', async () => {
  const stream = replay(prompt);
  stream.say('Something else.');
  stream.end();
  stream.say('And more.');
  stream.end();
  expect(await all(stream)).toEqual(whole);
});

test('is silent once it was cancelled, also in the middle', async () => {
  const stream = replay(prompt);
  const heard: TtsEvent[] = [];
  for await (const event of stream) {
    heard.push(event);
    stream.cancel();
    stream.cancel();
  }
  expect(heard).toEqual(whole.slice(0, 1));
});

test('a prompt can be played any number of times', async () => {
  expect(await all(replay(prompt))).toEqual(await all(replay(prompt)));
});
