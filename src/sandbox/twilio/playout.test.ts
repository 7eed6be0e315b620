import { beforeEach, describe, expect, it } from 'vitest';
import { type Mark, Playout } from './playout.ts';

let marks: Mark[];
let playout: Playout;

beforeEach(() => {
  marks = [];
  playout = new Playout((mark) => marks.push(mark));
});

const audio = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value);

describe('a playout buffer', () => {
  it('is silent while nothing is queued', () => {
    const heard = playout.pull();
    expect(heard).toMatchObject({ playing: false, receivedAtMs: 0 });
    expect([...heard.audio]).toEqual(Array.from({ length: 160 }, () => 0xff));
  });

  it('plays pieces of any size without a seam, and pads the last frame with silence', () => {
    playout.enqueue(audio(100, 1), 10);
    playout.enqueue(audio(0, 9), 11);
    playout.enqueue(audio(1, 2), 12);
    playout.enqueue(audio(69, 3), 13);
    const first = playout.pull();
    expect(first).toMatchObject({ playing: true, receivedAtMs: 10 });
    expect([...first.audio]).toEqual([...audio(100, 1), 2, ...audio(59, 3)]);
    const second = playout.pull();
    expect(second).toMatchObject({ playing: true, receivedAtMs: 13 });
    expect([...second.audio]).toEqual([...audio(10, 3), ...audio(150, 0xff)]);
    expect(playout.pull().playing).toBe(false);
  });

  it('reaches a mark once the frame with the last byte before it has been heard', () => {
    playout.enqueue(audio(160, 1), 0);
    playout.mark('first');
    playout.enqueue(audio(1, 1), 0);
    playout.mark('second');
    playout.pull();
    expect(marks).toEqual([]);
    playout.pull();
    expect(marks).toEqual([{ name: 'first', cleared: false }]);
    playout.mark('third');
    playout.pull();
    expect(marks.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  });

  it('reaches a mark at once when all before it has been heard', () => {
    playout.mark('now');
    expect(marks).toEqual([{ name: 'now', cleared: false }]);
  });

  it('gives every outstanding mark back on clear, and plays what comes after', () => {
    playout.enqueue(audio(800, 1), 0);
    playout.mark('a');
    playout.mark('b');
    playout.pull();
    playout.clear();
    expect(marks).toEqual([
      { name: 'a', cleared: true },
      { name: 'b', cleared: true },
    ]);
    playout.enqueue(audio(160, 2), 5);
    expect(playout.queuedMs).toBe(20);
    expect(playout.pull().audio[0]).toBe(2);
  });

  it('refuses audio and marks without end', () => {
    expect(playout.enqueue(audio(10 * 60 * 8000, 1), 0)).toBe(true);
    expect(playout.enqueue(audio(1, 1), 0)).toBe(false);
    const taken = Array.from({ length: 10_001 }, (_, i) => playout.mark(String(i)));
    expect(taken.filter((ok) => !ok)).toHaveLength(1);
  });
});
