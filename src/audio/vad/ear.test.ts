import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVoice } from '../../tts/flite/index.ts';
import { Ear } from './ear.ts';
import type { VoiceActivityEvent } from './index.ts';
import { CONTEXT_BYTES, Silero, WINDOW_BYTES } from './silero.ts';
import {
  breath,
  cough,
  hearAlone,
  keystroke,
  mix,
  pinkNoise,
  random,
  silence,
  toMulaw,
  tone,
  whiteNoise,
} from './testing.ts';

const voice = createVoice();
let silero: Silero;
let sentence: Uint8Array;
beforeAll(async () => {
  silero = await Silero.load();
  sentence = (await voice.speak('Could you tell me when my parcel will arrive?', 'rms')).audio;
});
afterAll(async () => {
  await Promise.all([voice.close(), silero.release()]);
});

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const starts = (events: VoiceActivityEvent[]): VoiceActivityEvent[] =>
  events.filter((event) => event.type === 'speech-started');

describe('speech is found', () => {
  test.each([
    ['in digital silence', silence(1500)],
    ['on a quiet line', pinkNoise(1500, -60, 1)],
    ['in a street', pinkNoise(1500, -40, 2)],
  ])('%s: its onset, its end, its level', async (_where, noise) => {
    const before = toMulaw(noise);
    const events = await hearAlone(silero, join(before, sentence, before));
    const endMs = 1500 + sentence.length / 8;
    const [started] = starts(events);
    const stopped = events.findLast((event) => event.type === 'speech-stopped');
    expect(Math.abs((started?.onsetMs ?? 0) - 1500)).toBeLessThanOrEqual(100);
    expect((started?.atMs ?? 0) - 1500).toBeLessThanOrEqual(224);
    expect(Math.abs((stopped?.endMs ?? 0) - endMs)).toBeLessThanOrEqual(320);
    expect(stopped?.levelDb).toBeGreaterThan(-30);
    expect(stopped?.levelDb).toBeLessThan(-15);
    expect(events.filter((event) => event.type === 'speech-continues').length).toBeGreaterThan(5);
  });

  test('again after a while of silence, as the first time', async () => {
    const pause = toMulaw(silence(2000));
    const events = starts(await hearAlone(silero, join(pause, sentence, pause, sentence)));
    const apartMs = 2000 + sentence.length / 8;
    expect((events.at(-1)?.onsetMs ?? 0) - (events[0]?.onsetMs ?? 0)).toBeGreaterThan(apartMs - 100);
    expect((events.at(-1)?.onsetMs ?? 0) - (events[0]?.onsetMs ?? 0)).toBeLessThan(apartMs + 100);
  });

  // Silero also answers an input without those samples: with probabilities near 0.1, which no error would reveal.
  test('because the model gets the 32 samples before each window in front of it', async () => {
    const ear = new Ear({});
    ear.write(sentence, 0);
    const probabilities: number[] = [];
    let at = 0;
    for (let input = ear.ask(() => undefined); input !== undefined; input = ear.ask(() => undefined)) {
      const [probability = 0] = await silero.judge([{ memory: ear.memory, audio: input }]);
      // Never sure, so that the gate leaves out no window.
      ear.judged(Math.min(probability, 0.7), () => undefined);
      probabilities.push(probability);
      if (at > 0) expect(input).toEqual(sentence.slice(at - CONTEXT_BYTES, at + WINDOW_BYTES));
      at += WINDOW_BYTES;
    }
    expect(
      probabilities.filter((probability) => probability > 0.5).length / probabilities.length,
    ).toBeGreaterThan(0.85);
  });
});

describe('what is no speech is not taken for it', () => {
  const clicks = (): Float64Array<ArrayBuffer> => {
    const next = random(5);
    const scene = pinkNoise(20_000, -58, 3);
    for (let atMs = 300; atMs < 19_000; atMs += Math.round(70 + next() * 250)) {
      mix(scene, keystroke(-38 + next() * 18, atMs), atMs);
    }
    return scene;
  };
  const sick = (): Float64Array<ArrayBuffer> => {
    const next = random(6);
    const scene = pinkNoise(30_000, -58, 4);
    for (let atMs = 500; atMs < 29_000; atMs += Math.round(500 + next() * 1500)) {
      const ms = Math.round(150 + next() * 250);
      if (next() < 0.6) mix(scene, cough(ms, -32 + next() * 16, atMs), atMs);
      else mix(scene, breath(4 * ms, -48 + next() * 14, atMs), atMs);
    }
    return scene;
  };
  test.each([
    ['silence', silence(10_000)],
    ['loud white noise', whiteNoise(10_000, -20, 11)],
    ['soft white noise', whiteNoise(10_000, -45, 12)],
    ['loud pink noise', pinkNoise(10_000, -20, 13)],
    ['soft pink noise', pinkNoise(10_000, -45, 14)],
    ['a tone', tone(10_000, -20, 440)],
    ['a keyboard', clicks()],
    ['coughs and breath', sick()],
  ])('%s', async (_what, sound) => {
    expect(starts(await hearAlone(silero, toMulaw(sound)))).toEqual([]);
  });
});

describe('time', () => {
  const count = (ear: Ear): number => {
    let windows = 0;
    while (ear.ask(() => undefined) !== undefined) {
      windows++;
      ear.judged(0, () => undefined);
    }
    return windows;
  };
  const noise = toMulaw(whiteNoise(2000, -20, 21));

  test('frames of any length become windows of 256 samples', () => {
    const ear = new Ear({});
    for (let from = 0; from < 5120; from += 77)
      ear.write(noise.slice(from, Math.min(from + 77, 5120)), from / 8);
    expect(count(ear)).toBe(20);
  });

  test('jitter of less than a frame loses nothing', () => {
    const ear = new Ear({});
    const next = random(3);
    for (let frame = 0; frame < 32; frame++) {
      ear.write(noise.subarray(frame * 160, (frame + 1) * 160), Math.max(0, frame * 20 + next() * 15 - 7));
    }
    expect(count(ear)).toBe(20);
  });

  test('after a hole the onset is told in the time of the frames', async () => {
    const events: VoiceActivityEvent[] = [];
    const ear = new Ear({});
    const emit = (event: VoiceActivityEvent): unknown => events.push(event);
    ear.write(toMulaw(silence(1000)), 0);
    ear.write(toMulaw(silence(100)), 61_000);
    ear.write(sentence, 61_100);
    for (let window = ear.ask(emit); window !== undefined; window = ear.ask(emit)) {
      ear.judged((await silero.judge([{ memory: ear.memory, audio: window }]))[0] ?? 0, emit);
    }
    expect(Math.abs((starts(events)[0]?.onsetMs ?? 0) - 61_100)).toBeLessThanOrEqual(100);
  });
});
