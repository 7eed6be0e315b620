import { describe, expect, it } from 'vitest';
import { EnergyDetector } from './energy.ts';
import { MULAW_SILENCE, MULAW_TO_LINEAR, rms } from './mulaw.ts';
import { StereoRecording } from './recording.ts';

const frame = (byte: number): Uint8Array => new Uint8Array(160).fill(byte);

function record(
  play: (recording: StereoRecording) => void,
  earlierMs = 0,
): { left: number[]; right: number[] } {
  const bytes: number[] = [];
  const recording = new StereoRecording({ earlierMs, write: (piece) => bytes.push(...piece) });
  play(recording);
  recording.flush();
  return { left: bytes.filter((_, i) => i % 2 === 0), right: bytes.filter((_, i) => i % 2 === 1) };
}

describe('the stereo recording', () => {
  it('puts the caller left and the agent right, in step with the caller', () => {
    const { left, right } = record((recording) => {
      recording.callerFrame(frame(1), 0);
      recording.agentSent(frame(2).subarray(0, 80), 0);
      recording.callerFrame(frame(1), 20);
    });
    expect(left).toEqual([...frame(1), ...frame(1)]);
    expect(right).toEqual([
      ...frame(MULAW_SILENCE),
      ...frame(2).subarray(0, 80),
      ...frame(MULAW_SILENCE).subarray(0, 80),
    ]);
  });

  it('puts the agent where the clock says, though the frames of that moment come late', () => {
    const { right } = record((recording) => {
      recording.callerFrame(frame(1), 0);
      // 45 ms into the call; the frames of 20 and 40 ms are still on their way.
      recording.agentSent(frame(2), 45);
      for (const atMs of [20, 40, 60]) recording.callerFrame(frame(1), atMs);
    });
    expect(right.indexOf(2)).toBe(45 * 8);
  });

  it('is silent on the side of a caller who is muted, and goes on with the agent', () => {
    const { left, right } = record((recording) => {
      recording.callerFrame(frame(1), 0);
      recording.muteCaller(true);
      recording.agentSent(frame(2), 20);
      recording.callerFrame(frame(1), 20);
      recording.muteCaller(false);
      recording.callerFrame(frame(1), 40);
    });
    expect(left).toEqual([...frame(1), ...frame(MULAW_SILENCE), ...frame(1)]);
    expect(right.slice(160, 320)).toEqual([...frame(2)]);
  });

  it('forgets agent audio that was cleared before it was heard', () => {
    const { right } = record((recording) => {
      recording.agentSent(frame(2), 0);
      recording.agentSent(frame(2), 0);
      recording.callerFrame(frame(1), 0);
      recording.agentCleared();
      recording.callerFrame(frame(1), 20);
    });
    expect(right).toEqual([...frame(2), ...frame(MULAW_SILENCE)]);
  });

  it('fills a hole in the caller’s media, so that times stay true', () => {
    const { left } = record((recording) => {
      recording.callerFrame(frame(1), 0);
      for (let i = 0; i < 100; i++) recording.callerFrame(frame(1), 520 + i * 20);
    });
    expect(left.length).toBe((500 + 101 * 20) * 8);
  });

  it('takes late frames for late, not for a hole', () => {
    const { left } = record((recording) => {
      recording.callerFrame(frame(1), 0);
      for (let i = 1; i <= 20; i++) recording.callerFrame(frame(1), 400 + i);
      for (let i = 21; i < 100; i++) recording.callerFrame(frame(1), i * 20);
    });
    expect(left.length).toBe(100 * 160);
  });

  it('goes on where an earlier part of the call ended, the time between included', () => {
    const { left } = record((recording) => recording.callerFrame(frame(1), 2100), 2000);
    expect(left.length).toBe(100 * 8 + 160);
  });
});

describe('energy', () => {
  const tone = Uint8Array.from({ length: 160 }, (_, i) => (i % 8 < 4 ? 0x90 : 0x10));

  it('is silent for silence and loud for a loud frame', () => {
    expect(rms(frame(MULAW_SILENCE))).toBe(0);
    expect(rms(tone)).toBeGreaterThan(5000);
    expect(MULAW_TO_LINEAR[0x80]).toBe(32124);
  });

  it('starts with a sound, not with a click, and stops after a pause', () => {
    const detector = new EnergyDetector();
    const changes: string[] = [];
    const feed = (audio: Uint8Array, count: number, from: number): number => {
      for (let i = 0; i < count; i++) {
        const change = detector.push(audio, from + i * 20);
        if (change !== undefined) changes.push(`${change} ${from + i * 20}`);
      }
      return from + count * 20;
    };
    let at = feed(frame(MULAW_SILENCE), 50, 0);
    at = feed(tone, 2, at);
    at = feed(frame(MULAW_SILENCE), 50, at);
    expect(changes).toEqual([]);
    const onset = at;
    at = feed(tone, 20, at);
    expect(changes).toEqual([`started ${onset + 100}`]);
    const end = at;
    feed(frame(MULAW_SILENCE), 50, at);
    expect(changes[1]).toBe(`stopped ${end + 380}`);
    expect(detector.lastLoudAtMs).toBe(end);
  });

  it('hears the soft end of a long loud speech, to a few milliseconds', () => {
    const detector = new EnergyDetector();
    const soft = Uint8Array.from({ length: 160 }, (_, i) => (i % 16 < 8 ? 0xd0 : 0x50));
    expect(rms(soft)).toBeGreaterThan(300);
    expect(rms(soft)).toBeLessThan(1000);
    let at = 0;
    const feed = (audio: Uint8Array, count: number): void => {
      for (let i = 0; i < count; i++, at += 20) detector.push(audio, at);
    };
    feed(frame(MULAW_SILENCE), 50);
    for (let words = 0; words < 8; words++) {
      feed(tone, 20);
      feed(frame(MULAW_SILENCE), 3);
    }
    feed(soft, 4);
    feed(
      Uint8Array.from({ length: 160 }, (_, i) => (i < 80 ? (soft[i] ?? 0) : MULAW_SILENCE)),
      1,
    );
    const end = at - 10;
    feed(frame(MULAW_SILENCE), 5);
    expect(detector.lastLoudAtMs).toBe(end);
  });

  it('takes a steady noise for the line, not for a caller', () => {
    const detector = new EnergyDetector();
    const hum = Uint8Array.from({ length: 160 }, (_, i) => (i % 16 < 8 ? 0xd8 : 0x58));
    let sounding = false;
    for (let i = 0; i < 1000; i++) {
      const change = detector.push(hum, i * 20);
      if (change !== undefined) sounding = change === 'started';
    }
    expect(sounding).toBe(false);
  });
});
