import { describe, expect, it } from 'vitest';
import type { VoiceActivity, VoiceActivityEvent } from '../audio/vad/index.ts';
import { type Utterance, Utterances } from './utterances.ts';

const FRAME_MS = 20;

/** Voice activity that hears what the test says. */
function bench({ available = true } = {}) {
  let tell: (event: VoiceActivityEvent) => void = () => {};
  const judged: number[] = [];
  const voiceActivity: VoiceActivity = {
    available,
    open: (_, onEvent) => {
      tell = onEvent;
      return { write: (_frame, atMs) => void judged.push(atMs), configure: () => {}, close: () => {} };
    },
    close: async () => {},
  };
  const started: number[] = [];
  const ended: Utterance[] = [];
  const utterances = new Utterances({
    voiceActivity,
    endpointingMs: 300,
    onStarted: (atMs) => started.push(atMs),
    onEnded: (utterance) => ended.push(utterance),
  });
  let frames = 0;
  const audio = (ms: number, byte: number): Uint8Array => {
    const bytes = new Uint8Array(ms * 8).fill(byte);
    for (let at = 0; at < bytes.length; at += 160) bytes[at] = frames++ % 2 === 0 ? byte : byte;
    return bytes;
  };
  return {
    utterances,
    started,
    ended,
    judged,
    speak: (ms: number) => {
      for (let at = 0; at < ms; at += FRAME_MS) utterances.write(audio(FRAME_MS, 0x15));
    },
    rest: (ms: number) => {
      for (let at = 0; at < ms; at += FRAME_MS) utterances.write(audio(FRAME_MS, 0xff));
    },
    piece: (ms: number, byte: number) => utterances.write(audio(ms, byte)),
    starts: (onsetMs: number, atMs: number) =>
      tell({ type: 'speech-started', onsetMs, atMs, probability: 1, levelDb: -20 }),
    stops: (onsetMs: number, endMs: number, atMs: number) =>
      tell({ type: 'speech-stopped', onsetMs, endMs, atMs, meanProbability: 1, levelDb: -20 }),
  };
}

const lengthMs = ({ audio }: Utterance): number => audio.length / 8;

describe('utterances', () => {
  it('are cut by voice activity, with some of what was before and after', () => {
    const { utterances, rest, speak, starts, stops, started, ended } = bench();
    rest(1000);
    speak(800);
    starts(1000, 1200);
    expect(utterances.isSpeaking).toBe(true);
    rest(500);
    stops(1000, 1800, 2100);
    expect(started).toEqual([1000]);
    expect(ended).toMatchObject([{ startMs: 700, speechStartMs: 1000, speechEndMs: 1800 }]);
    expect(ended.map(lengthMs)).toEqual([1300]);
    expect([...(ended[0]?.audio.subarray(300 * 8, 1100 * 8) ?? [])].every((byte) => byte === 0x15)).toBe(
      true,
    );
  });

  it('share no audio', () => {
    const { rest, speak, starts, stops, ended } = bench();
    rest(400);
    speak(400);
    starts(400, 600);
    rest(400);
    stops(400, 800, 1100);
    speak(400);
    starts(1200, 1400);
    rest(400);
    stops(1200, 1600, 2000);
    const [first, second] = ended;
    expect((first?.startMs ?? 0) + lengthMs(first as Utterance)).toBe(second?.startMs);
  });

  it('are cut by energy where there is no voice activity', () => {
    const { rest, speak, started, ended } = bench({ available: false });
    rest(500);
    speak(600);
    rest(600);
    expect(started).toEqual([expect.closeTo(460, -2)]);
    expect(ended).toMatchObject([{ speechEndMs: 1100 }]);
  });

  it('are cut by energy in audio that comes all at once, which voice activity does not get', () => {
    const { piece, rest, judged, ended } = bench();
    piece(1000, 0x15);
    piece(1000, 0xff);
    expect(judged).toEqual([]);
    expect(ended).toHaveLength(1);
    rest(100);
    expect(judged).toHaveLength(5);
  });

  it('that voice activity never ended have an end', () => {
    const { piece, rest, ended } = bench();
    piece(1000, 0x15);
    rest(1000);
    expect(ended).toMatchObject([{ speechStartMs: 0, speechEndMs: 1000 }]);
  });

  it('that are too long for a model are cut', () => {
    const { speak, starts, ended, utterances } = bench();
    starts(0, 100);
    speak(60_000);
    expect(ended.map(lengthMs).every((length) => length <= 26_000)).toBe(true);
    expect(ended).toHaveLength(2);
    utterances.cut();
    expect(ended.reduce((sum, each) => sum + lengthMs(each), 0)).toBe(60_000);
  });

  it('hold nothing of what is concealed', () => {
    const { utterances, speak, rest, starts, stops, ended } = bench();
    rest(400);
    starts(400, 500);
    speak(200);
    for (let at = 0; at < 1000; at += FRAME_MS) utterances.conceal(new Uint8Array(160).fill(0x15));
    expect(ended).toHaveLength(1);
    starts(1600, 1700);
    speak(300);
    rest(300);
    stops(1600, 1900, 2200);
    expect(ended[1]?.startMs).toBe(1300);
    expect([...(ended[1]?.audio.subarray(0, 300 * 8) ?? [])].every((byte) => byte === 0xff)).toBe(true);
  });
});
