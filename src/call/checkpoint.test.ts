import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Sessions } from '../sessions/index.ts';
import { Checkpoint } from './checkpoint.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PIECE_MS = 200;

/** A reply that is played in pieces, each of which is told; `aheadMs`: how much of it the carrier has. */
function speaking(aheadMs: number) {
  const writtenAtMs: number[] = [];
  const sinceMs = performance.now();
  const checkpoint = new Checkpoint({
    sessions: {
      renew: async () => 'written',
      checkpoint: async () => {
        writtenAtMs.push(performance.now() - sinceMs);
        return 'written';
      },
    } as Partial<Sessions> as Sessions,
    lease: { callId: 'c', owner: 'n', fence: 1 } as never,
    logger: pino({ level: 'silent' }),
    onFenced: () => {},
    capture: () => ({ change: { inFlight: { at: Date.now() } }, holdsMs: aheadMs, written: () => {} }),
  });
  const play = async (lengthMs: number): Promise<void> => {
    for (let atMs = 0; atMs < lengthMs; atMs += PIECE_MS) {
      checkpoint.touchSoon();
      await vi.advanceTimersByTimeAsync(PIECE_MS);
    }
  };
  return { checkpoint, writtenAtMs, play };
}

it('a reply that is played costs two writes a second, however many pieces it comes in', async () => {
  const { checkpoint, writtenAtMs, play } = speaking(800);
  await play(10_000);
  expect(writtenAtMs.length).toBeLessThanOrEqual(21);
  expect(writtenAtMs.length).toBeGreaterThanOrEqual(14);
  await checkpoint.close();
});

it('what is written is written again before the carrier has played what it had', async () => {
  const { checkpoint, writtenAtMs, play } = speaking(300);
  await play(2000);
  const waits = writtenAtMs.slice(1).map((atMs, index) => atMs - (writtenAtMs[index] ?? 0));
  expect(Math.max(...waits)).toBeLessThan(300 + PIECE_MS);
  await checkpoint.close();
});

it('where the call stands elsewhere, that is written at once', async () => {
  const { checkpoint, writtenAtMs } = speaking(800);
  checkpoint.touchSoon();
  await vi.advanceTimersByTimeAsync(50);
  checkpoint.touchSoon();
  await vi.advanceTimersByTimeAsync(50);
  expect(writtenAtMs).toHaveLength(1);
  checkpoint.touch();
  await vi.advanceTimersByTimeAsync(0);
  expect(writtenAtMs).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(2000);
  expect(writtenAtMs).toHaveLength(2);
  await checkpoint.close();
});

it('nothing is written once it is closed', async () => {
  const { checkpoint, writtenAtMs } = speaking(800);
  checkpoint.touchSoon();
  await vi.advanceTimersByTimeAsync(0);
  checkpoint.touchSoon();
  await checkpoint.close();
  await vi.advanceTimersByTimeAsync(2000);
  expect(writtenAtMs).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
