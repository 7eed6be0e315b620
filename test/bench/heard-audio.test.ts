import { beforeAll, expect, test } from 'vitest';
import { MULAW_SILENCE } from '../../src/audio/mulaw.ts';
import { createVoice, type Speech } from '../../src/tts/flite/index.ts';
import { heardWords } from './heard-audio.ts';

let speech: Speech;

beforeAll(async () => {
  const voice = createVoice();
  speech = await voice.speak('The old harbour hall holds eleven wooden ships from the cold north.');
  await voice.close();
});

const bytes = (ms: number): number => Math.round(ms * 8);
const silence = (ms: number): Uint8Array => new Uint8Array(bytes(ms)).fill(MULAW_SILENCE);
const from = (ms: number, toMs?: number): Uint8Array =>
  speech.audio.subarray(bytes(ms), toMs === undefined ? undefined : bytes(toMs));
const word = (text: string) => {
  const found = speech.words.find((one) => one.text === text);
  if (found === undefined) throw new Error(`nobody said "${text}"`);
  return found;
};

test('all of it, at any place of a recording, is neither lost nor doubled', () => {
  const recorded = Buffer.concat([silence(333.5), speech.audio, silence(100)]);
  expect(heardWords(recorded, speech)).toEqual({ lost: [], doubled: [] });
});

test('a pause in the middle of a word that is begun again is no loss, and nothing is said twice', () => {
  const { startMs, endMs } = word('eleven');
  const recorded = Buffer.concat([from(0, (startMs + endMs) / 2), silence(410), from(startMs)]);
  expect(heardWords(recorded, speech)).toEqual({ lost: [], doubled: [] });
});

test('a word that is left out is lost', () => {
  const { startMs, endMs } = word('eleven');
  const recorded = Buffer.concat([from(0, startMs), silence(200), from(endMs)]);
  expect(heardWords(recorded, speech).lost).toEqual(['eleven']);
});

test('a word that is heard whole twice is doubled', () => {
  const [eleven, wooden] = [word('eleven'), word('wooden')];
  const recorded = Buffer.concat([from(0, wooden.startMs + 40), silence(200), from(eleven.startMs)]);
  expect(heardWords(recorded, speech).doubled).toEqual(['eleven']);
});
