import { expect, it } from 'vitest';
import { MULAW_TO_LINEAR } from '../../audio/mulaw.ts';
import { HOLD_KINDS, HOLD_LOOP_MS, holdAudio } from './index.ts';
import { renderMusic, renderNoise } from './sounds.ts';

const FULL_SCALE = 32_768;

/** Loudness in dB below full scale, of each piece of so many milliseconds. */
function levelsDb(samples: Int16Array, everyMs: number): number[] {
  const size = everyMs * 8;
  return Array.from({ length: samples.length / size }, (_, i) => {
    const piece = samples.subarray(i * size, (i + 1) * size);
    const power = piece.reduce((sum, sample) => sum + sample * sample, 0) / size;
    return 10 * Math.log10(power / FULL_SCALE ** 2);
  });
}

/** The largest bend of the curve between three samples, and the one across the seam. */
function bends(samples: Int16Array): { largest: number; atSeam: number } {
  const at = (i: number): number => samples[(i + samples.length) % samples.length] ?? 0;
  const bend = (i: number): number => Math.abs(at(i - 1) - 2 * at(i) + at(i + 1));
  let largest = 0;
  for (let i = 1; i < samples.length - 1; i++) largest = Math.max(largest, bend(i));
  return { largest, atSeam: Math.max(bend(0), bend(-1)) };
}

it.each([
  ['music', renderMusic],
  ['noise', renderNoise],
])('%s: a loop of 20 to 30 s without a click at the seam, never clipped', (_, render) => {
  const samples = render();
  expect(samples.length / 8).toBe(HOLD_LOOP_MS);
  expect(HOLD_LOOP_MS).toBeGreaterThanOrEqual(20_000);
  expect(HOLD_LOOP_MS).toBeLessThanOrEqual(30_000);
  const { largest, atSeam } = bends(samples);
  expect(atSeam).toBeLessThan(largest);
  expect(samples.every((sample) => Math.abs(sample) < 32_000)).toBe(true);
});

it('music is softer than speech, and goes on all the time', () => {
  const levels = levelsDb(renderMusic(), 500);
  expect(Math.max(...levels)).toBeLessThan(-18);
  expect(Math.min(...levels)).toBeGreaterThan(-36);
});

it('noise lies 50 dB below full scale, and is steady', () => {
  for (const level of levelsDb(renderNoise(), 500)) expect(Math.abs(level + 50)).toBeLessThan(1.5);
});

it.each(HOLD_KINDS)('%s as a file is μ-law, says how long it is, and is rendered once', (kind) => {
  const file = holdAudio(kind);
  expect(holdAudio(kind)).toBe(file);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
  expect(file.toString('latin1', 50, 54)).toBe('data');
  const sound = file.subarray(58);
  expect(file.readUInt32LE(54)).toBe(sound.length);
  expect(sound.length / 8).toBe(HOLD_LOOP_MS);
  const samples = Int16Array.from(sound, (byte) => MULAW_TO_LINEAR[byte] ?? 0);
  const [level = 0] = levelsDb(samples, HOLD_LOOP_MS);
  expect(Math.abs(level - (kind === 'music' ? -24 : -50))).toBeLessThan(1);
});
