import { describe, expect, it } from 'vitest';
import { Backlog, type Outgoing } from './backlog.ts';

const audio = (value: number, durationMs = 20): Outgoing => ({
  type: 'audio',
  frame: Uint8Array.of(value),
  durationMs,
});

describe('Backlog', () => {
  it('keeps everything in order and is empty afterwards', () => {
    const backlog = new Backlog(100);
    const items: Outgoing[] = [audio(1), { type: 'finalize' }, audio(2)];
    for (const item of items) backlog.push(item);
    expect(backlog.drain()).toEqual(items);
    expect(backlog.drain()).toEqual([]);
    expect(backlog.droppedMs).toBe(0);
  });

  it('keeps the newest audio when full; what is dropped is counted and stays as a gap', () => {
    const backlog = new Backlog(60);
    for (const value of [1, 2, 3, 4, 5]) backlog.push(audio(value));
    expect(backlog.drain()).toEqual([{ type: 'gap', durationMs: 40 }, audio(3), audio(4), audio(5)]);
    expect(backlog.droppedMs).toBe(40);
  });

  it('joins dropped audio with gaps before it and forgets requests about it', () => {
    const backlog = new Backlog(40);
    backlog.push({ type: 'gap', durationMs: 100 });
    backlog.push(audio(1));
    backlog.push({ type: 'finalize' });
    backlog.push(audio(2, 40));
    expect(backlog.drain()).toEqual([{ type: 'gap', durationMs: 120 }, { type: 'finalize' }, audio(2, 40)]);
    expect(backlog.droppedMs).toBe(20);
  });

  it('does not grow however long a stream stays muted', () => {
    const backlog = new Backlog(40);
    for (let count = 0; count < 1000; count += 1) backlog.push({ type: 'gap', durationMs: 20 });
    expect(backlog.drain()).toEqual([{ type: 'gap', durationMs: 20_000 }]);
  });
});
