import { expect, test } from 'vitest';
import type { VoiceActivityEvent } from './index.ts';
import { pack, unpack } from './messages.ts';

test('events are the same after the journey, in their order', () => {
  const events: [number, VoiceActivityEvent][] = [
    [7, { type: 'speech-started', onsetMs: 1.5, atMs: 97.5, probability: 0.9, levelDb: -21.25 }],
    [3, { type: 'speech-continues', onsetMs: 0, atMs: 192, probability: 1, levelDb: -90 }],
    [7, { type: 'speech-stopped', onsetMs: 1.5, endMs: 97.5, atMs: 300, meanProbability: 0.8, levelDb: -22 }],
  ];
  const numbers: number[] = [];
  for (const [id, event] of events) pack(numbers, id, event);
  const told: [number, VoiceActivityEvent][] = [];
  unpack(Float64Array.from(numbers), (id, event) => told.push([id, event]));
  expect(told).toEqual(events);
});
