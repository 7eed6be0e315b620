import { describe, expect, it } from 'vitest';
import { KeptAudio } from './kept-audio.ts';

const FRAME_MS = 20;
const frame = (byte: number): Uint8Array => new Uint8Array(160).fill(byte);
const bytesOf = (kept: KeptAudio): number[] => [...kept.audio()].flatMap((piece) => [...piece]);

/** Frames of 0, 1, 2 … from `fromMs` on. */
function keep(kept: KeptAudio, count: number, fromMs = 0): void {
  for (let i = 0; i < count; i++) kept.push(frame(i % 256), fromMs + i * FRAME_MS);
}

describe('audio for the next recogniser', () => {
  it('is all there, in order', () => {
    const kept = new KeptAudio(10_000);
    expect(kept.beganMs).toBeUndefined();
    keep(kept, 120, 300);
    expect(kept.beganMs).toBe(300);
    expect(bytesOf(kept)).toEqual(Array.from({ length: 120 }, (_, i) => [...frame(i)]).flat());
  });

  it('begins after what a final has covered, to the byte', () => {
    const kept = new KeptAudio(10_000);
    keep(kept, 120);
    kept.covered(1110);
    expect(kept.beganMs).toBe(1110);
    expect(bytesOf(kept)).toHaveLength((2400 - 1110) * 8);
    expect(bytesOf(kept)[0]).toBe(55);
    kept.push(frame(200), 2400);
    expect(bytesOf(kept).at(-1)).toBe(200);
    kept.covered(5000);
    expect(kept.beganMs).toBeUndefined();
  });

  it('is the newest where there is too much', () => {
    const kept = new KeptAudio(3000);
    keep(kept, 1000);
    expect(kept.beganMs).toBeGreaterThanOrEqual(20_000 - 4000);
    expect(kept.beganMs).toBeLessThanOrEqual(20_000 - 3000);
    expect(bytesOf(kept).at(-1)).toBe(999 % 256);
  });

  it('keeps its times over a hole, and takes frames of any size', () => {
    const kept = new KeptAudio(10_000);
    keep(kept, 10);
    kept.push(new Uint8Array(16_000).fill(7), 5000);
    kept.covered(4000);
    expect(kept.beganMs).toBe(5000);
    expect(bytesOf(kept)).toHaveLength(16_000);
  });
});
