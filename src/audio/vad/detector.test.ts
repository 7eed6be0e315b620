import { describe, expect, test } from 'vitest';
import { SpeechDetector, WINDOW_MS } from './detector.ts';
import type { VoiceActivityEvent, VoiceActivityOptions } from './index.ts';

/** Windows in a row from 0, all at −20 dBFS. */
function hear(probabilities: readonly number[], options?: VoiceActivityOptions): VoiceActivityEvent[] {
  const detector = new SpeechDetector(options);
  return probabilities.flatMap((probability, index) =>
    detector.push({ atMs: index * WINDOW_MS, probability, power: 0.01 }),
  );
}
const times = (count: number, probability: number): number[] => Array(count).fill(probability);
const told = (events: VoiceActivityEvent[]): string[] => events.map((event) => `${event.type} ${event.atMs}`);

describe('the speech detector', () => {
  test('tells speech with its onset, and its end without the hangover', () => {
    const events = hear([...times(2, 0.1), ...times(3, 0.9), ...times(8, 0)]);
    expect(events).toEqual([
      {
        type: 'speech-started',
        onsetMs: 64,
        atMs: 160,
        probability: expect.closeTo(0.9),
        levelDb: expect.closeTo(-20),
      },
      {
        type: 'speech-stopped',
        onsetMs: 64,
        endMs: 160,
        atMs: 384,
        meanProbability: expect.closeTo(0.9),
        levelDb: expect.closeTo(-20),
      },
    ]);
  });

  test('says about every tenth of a second that speech goes on, and not in the hangover', () => {
    expect(told(hear([...times(10, 0.9), ...times(4, 0)]))).toEqual([
      'speech-started 96',
      'speech-continues 192',
      'speech-continues 288',
    ]);
  });

  test('says nothing of what is too short', () => {
    expect(hear([0.9, 0.9, 0, 0.9, 0.9, 0, 0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0])).toEqual([]);
    expect(hear([...times(5, 0.9), ...times(9, 0)], { minSpeechMs: 192 })).toEqual([]);
  });

  test('bridges pauses shorter than the hangover', () => {
    const word = times(3, 0.9);
    expect(told(hear([...word, ...times(5, 0), ...word, ...times(7, 0)]))).toEqual([
      'speech-started 96',
      'speech-continues 288',
      'speech-stopped 576',
    ]);
    expect(told(hear([...word, ...times(3, 0), ...word], { hangoverMs: 96 }))).toEqual([
      'speech-started 96',
      'speech-stopped 192',
      'speech-started 288',
    ]);
  });

  test('needs the threshold to begin and a little less to go on', () => {
    expect(hear(times(20, 0.45))).toEqual([]);
    expect(told(hear([0.6, 0.4, 0.4]))).toEqual(['speech-started 96']);
    expect(hear([0.6, 0.3, 0.6, 0.3, 0.6])).toEqual([]);
    expect(hear([0.6, 0.6, 0.6], { threshold: 0.7 })).toEqual([]);
  });

  test('takes a hole in the audio for silence', () => {
    const detector = new SpeechDetector();
    for (const atMs of [0, 32, 64]) detector.push({ atMs, probability: 1, power: 0.01 });
    expect(told([...detector.push({ atMs: 5000, probability: 1, power: 0.01 })])).toEqual([
      'speech-stopped 5000',
    ]);
    expect(told([...detector.push({ atMs: 5032, probability: 1, power: 0.01 })])).toEqual([]);
    expect(told([...detector.push({ atMs: 5064, probability: 1, power: 0.01 })])).toEqual([
      'speech-started 5096',
    ]);
  });

  test('takes other settings while speech goes on, and leaves the rest as it was', () => {
    const detector = new SpeechDetector({ minSpeechMs: 32 });
    detector.push({ atMs: 0, probability: 1, power: 0.01 });
    detector.configure({ hangoverMs: 64, threshold: undefined });
    expect(detector.push({ atMs: 32, probability: 0.2, power: 0 })).toEqual([]);
    expect(told([...detector.push({ atMs: 64, probability: 0.2, power: 0 })])).toEqual(['speech-stopped 96']);
    expect(told([...detector.push({ atMs: 96, probability: 0.5, power: 0 })])).toEqual([
      'speech-started 128',
    ]);
  });
});
