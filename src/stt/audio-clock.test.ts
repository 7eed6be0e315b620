import { describe, expect, it } from 'vitest';
import { AudioClock } from './audio-clock.ts';

describe('AudioClock', () => {
  it('is the vendor’s time as long as all audio is sent', () => {
    const clock = new AudioClock();
    clock.sent(1000);
    expect([clock.startMs(400), clock.endMs(1000)]).toEqual([400, 1000]);
  });

  it('adds what was kept back before a moment, and nothing of what was kept back later', () => {
    const clock = new AudioClock();
    clock.sent(1000);
    clock.keptBack(500);
    clock.sent(1000);
    clock.keptBack(300);
    clock.keptBack(200);
    clock.sent(1000);
    expect([clock.startMs(900), clock.startMs(1500), clock.startMs(2500)]).toEqual([900, 2000, 3500]);
  });

  it('puts an end on the boundary before the gap and a start on it after the gap', () => {
    const clock = new AudioClock();
    clock.sent(1000);
    clock.keptBack(500);
    expect([clock.endMs(1000), clock.startMs(1000)]).toEqual([1000, 1500]);
  });
});
