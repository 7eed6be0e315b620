import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BYTES_PER_MS } from '../telephony/index.ts';
import { MULAW_SILENCE } from './mulaw.ts';
import { Playout } from './playout.ts';

/** A carrier in fake time: plays what it is sent at 8 bytes a millisecond, returns marks, and on `clear` all of them. */
class Carrier {
  readonly marks: (mark: string) => void;
  playedBytes = 0;
  clears = 0;
  #queue: { bytes: number; mark: string }[] = [];
  #timer: NodeJS.Timeout | undefined;
  returnsMarks = true;
  constructor(marks: (mark: string) => void) {
    this.marks = marks;
  }
  get queuedMs(): number {
    return this.#queue.reduce((sum, piece) => sum + piece.bytes, 0) / BYTES_PER_MS;
  }
  play(audio: Uint8Array, mark = ''): boolean {
    this.#queue.push({ bytes: audio.length, mark });
    this.#timer ??= setTimeout(() => this.#tick(), 20);
    return true;
  }
  clear(): void {
    this.clears++;
    const marks = this.#queue.map((piece) => piece.mark);
    this.#queue = [];
    for (const mark of marks) this.marks(mark);
  }
  #tick(): void {
    this.#timer = this.#queue.length > 0 ? setTimeout(() => this.#tick(), 20) : undefined;
    let left = 20 * BYTES_PER_MS;
    for (let head = this.#queue[0]; head !== undefined && left > 0; head = this.#queue[0]) {
      const taken = Math.min(left, head.bytes);
      head.bytes -= taken;
      left -= taken;
      this.playedBytes += taken;
      if (head.bytes > 0) break;
      this.#queue.shift();
      if (this.returnsMarks) this.marks(head.mark);
    }
  }
}

function setUp(): { carrier: Carrier; playout: Playout; events: string[] } {
  const events: string[] = [];
  const carrier = new Carrier((mark) => playout.played(mark));
  const playout: Playout = new Playout(carrier, {
    audible: () => events.push('audible'),
    sounds: (inMs) => events.push(`sounds in ${inMs}`),
    idle: () => events.push('idle'),
  });
  return { carrier, playout, events };
}

/** Without a sound: what is told of sound is told where it is meant. */
const audio = (ms: number): Uint8Array => new Uint8Array(ms * BYTES_PER_MS).fill(MULAW_SILENCE);
const LOUD = 0x80;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('playout', () => {
  it('plays everything once, and says when it starts and ends', () => {
    const { carrier, playout, events } = setUp();
    playout.append(audio(3000));
    expect(events).toEqual(['audible']);
    vi.advanceTimersByTime(3100);
    expect(events).toEqual(['audible', 'idle']);
    expect(carrier.playedBytes).toBe(3000 * BYTES_PER_MS);
    expect(playout.heardMs()).toBe(3000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells once when the first sound is heard, behind the silence that a voice begins with', () => {
    const { playout, events } = setUp();
    playout.append(audio(300));
    vi.advanceTimersByTime(100);
    expect(events).toEqual(['audible']);
    const sound = audio(500).fill(LOUD, 40 * BYTES_PER_MS);
    playout.append(sound);
    expect(events).toEqual(['audible', 'sounds in 240']);
    playout.append(sound);
    expect(events).toHaveLength(2);
  });

  it('keeps less than a second waiting at the carrier', () => {
    const { carrier, playout } = setUp();
    playout.append(audio(10_000));
    for (let ms = 0; ms < 9000; ms += 100) {
      vi.advanceTimersByTime(100);
      expect(carrier.queuedMs).toBeGreaterThan(300);
      expect(carrier.queuedMs).toBeLessThanOrEqual(1000);
    }
  });

  it('makes few messages of a voice that is faster than speech and comes in crumbs', () => {
    const { carrier, playout } = setUp();
    const sent: number[] = [];
    const play = carrier.play.bind(carrier);
    carrier.play = (piece, mark) => {
      sent.push(piece.length / BYTES_PER_MS);
      return play(piece, mark);
    };
    for (let crumb = 0; crumb < 200; crumb++) {
      playout.append(audio(20));
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(3000);
    expect(carrier.playedBytes).toBe(4000 * BYTES_PER_MS);
    // The first 600 ms as they come: half of it is played meanwhile, then 200 ms each.
    expect(sent.length).toBeLessThan(60);
    expect(sent.slice(-6, -1)).toEqual([200, 200, 200, 200, 200]);
  });

  it('takes back what the carrier does not have yet, and nothing else', () => {
    const { carrier, playout, events } = setUp();
    playout.append(audio(2000));
    expect(playout.takeBack(1500)).toBe(1500);
    // 800 ms are on their way.
    expect(playout.takeBack(100)).toBe(800);
    expect(playout.takeBack(5000)).toBe(800);
    playout.append(audio(300));
    vi.advanceTimersByTime(3000);
    expect(carrier.playedBytes).toBe(1100 * BYTES_PER_MS);
    expect(events.at(-1)).toBe('idle');
  });

  it('knows how much was heard, between marks too', () => {
    const { playout } = setUp();
    playout.append(audio(2000));
    vi.advanceTimersByTime(730);
    expect(playout.heardMs()).toBeGreaterThan(680);
    expect(playout.heardMs()).toBeLessThanOrEqual(740);
  });

  it('falls silent at once when paused, and goes on with nothing lost', () => {
    const { carrier, playout, events } = setUp();
    playout.append(audio(2000));
    vi.advanceTimersByTime(500);
    playout.pause();
    expect(carrier.clears).toBe(1);
    expect(carrier.queuedMs).toBe(0);
    const heard = playout.heardMs();
    vi.advanceTimersByTime(5000);
    expect(playout.heardMs()).toBe(heard);
    playout.resume();
    vi.advanceTimersByTime(2000);
    expect(playout.heardMs()).toBe(2000);
    expect(events).toEqual(['audible', 'audible', 'idle']);
    expect(carrier.playedBytes).toBeGreaterThanOrEqual(1980 * BYTES_PER_MS);
    expect(carrier.playedBytes).toBeLessThanOrEqual(2060 * BYTES_PER_MS);
  });

  it('goes on from an earlier word where asked', () => {
    const { playout } = setUp();
    playout.append(audio(2000));
    vi.advanceTimersByTime(1000);
    playout.pause();
    playout.resume(600);
    expect(playout.heardMs()).toBe(600);
  });

  it('keeps what arrives while paused for later', () => {
    const { carrier, playout, events } = setUp();
    playout.pause();
    playout.append(audio(400));
    vi.advanceTimersByTime(1000);
    expect(carrier.playedBytes).toBe(0);
    expect(events).toEqual([]);
    playout.resume();
    vi.advanceTimersByTime(1000);
    expect(carrier.playedBytes).toBe(400 * BYTES_PER_MS);
  });

  it('takes marks that a clear returned for what they are: not heard', () => {
    const { playout } = setUp();
    playout.append(audio(2000));
    vi.advanceTimersByTime(300);
    expect(playout.cancel()).toBeLessThan(340);
    expect(playout.heardMs()).toBeLessThan(340);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  it('ends by the clock where marks never come', () => {
    const { carrier, playout, events } = setUp();
    carrier.returnsMarks = false;
    playout.append(audio(1000));
    vi.advanceTimersByTime(2500);
    expect(events).toEqual(['audible', 'idle']);
    expect(playout.heardMs()).toBe(1000);
  });

  it('goes idle and audible again around a gap', () => {
    const { playout, events } = setUp();
    playout.append(audio(200));
    vi.advanceTimersByTime(500);
    playout.append(audio(200));
    vi.advanceTimersByTime(500);
    expect(events).toEqual(['audible', 'idle', 'audible', 'idle']);
  });

  it('sends nothing after it was cancelled', () => {
    const { carrier, playout } = setUp();
    playout.append(audio(5000));
    playout.cancel();
    playout.append(audio(100));
    playout.resume();
    vi.advanceTimersByTime(6000);
    expect(carrier.playedBytes).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
