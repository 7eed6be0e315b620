import { describe, expect, it } from 'vitest';
import { Downsampler } from './downsampler.ts';

function tone(rateHz: number, hz: number, lengthMs: number): Int16Array {
  return Int16Array.from({ length: (rateHz * lengthMs) / 1000 }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

function through(rateHz: number, sound: Int16Array, pieceSamples: number): Int16Array {
  const down = new Downsampler(rateHz);
  const pieces: number[] = [];
  for (let at = 0; at < sound.length; at += pieceSamples)
    pieces.push(...down.push(sound.subarray(at, at + pieceSamples)));
  return Int16Array.from([...pieces, ...down.end()]);
}

const level = (sound: Int16Array) =>
  Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length);

describe('a downsampler', () => {
  it.each([16_000, 22_050, 24_000, 44_100, 48_000])(
    'keeps the length, pitch and level of speech at %i Hz',
    (rateHz) => {
      const result = through(rateHz, tone(rateHz, 1000, 500), 777);
      expect(Math.abs(result.length - 4000)).toBeLessThanOrEqual(1);
      const middle = result.subarray(400, 3600);
      expect(level(middle)).toBeCloseTo(10_000 / Math.SQRT2, -2);
      const expected = tone(8000, 1000, 500).subarray(400, 3600);
      expect(level(middle.map((sample, i) => sample - (expected[i] ?? 0)))).toBeLessThan(150);
    },
  );

  it.each([16_000, 24_000, 48_000])('lets nothing alias from %i Hz', (rateHz) => {
    expect(level(through(rateHz, tone(rateHz, 5500, 300), 500).subarray(200, 2200))).toBeLessThan(100);
  });

  it('does not care in which pieces the sound comes', () => {
    const sound = tone(24_000, 700, 200);
    expect(through(24_000, sound, 1)).toEqual(through(24_000, sound, sound.length));
  });

  it('leaves 8 kHz as it is, and refuses less', () => {
    const sound = tone(8000, 700, 100);
    expect(through(8000, sound, 100)).toEqual(sound);
    expect(() => new Downsampler(4000)).toThrow(RangeError);
  });
});
