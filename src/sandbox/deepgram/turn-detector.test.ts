import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KnownSpeech } from '../known-speech.ts';
import { cough, noise, silence, utterance } from './testing.ts';
import { TurnDetector, type TurnReport, type TurnTiming } from './turn-detector.ts';

const FRAME_MS = 20;
/** Four frames, as clients are told to send them. */
const CHUNK = 640;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(timing: Partial<TurnTiming> = {}) {
  const reports: (TurnReport & { atMs: number })[] = [];
  const knownSpeech = new KnownSpeech();
  const beganAt = performance.now();
  const now = () => Math.round(performance.now() - beganAt);
  const current = { updateMs: 10_000, eagerEndMs: 100 as number | undefined, endMs: 300, ...timing };
  const ear = new TurnDetector({
    knownSpeech,
    timing: () => current,
    onReport: (report) => reports.push({ ...report, atMs: now() }),
  });
  let waiting = Buffer.alloc(0);
  /** In real time: a chunk is sent when its last frame has been spoken. */
  const play = (audio: Uint8Array) => {
    for (let start = 0; start < audio.length; start += 160) {
      vi.advanceTimersByTime(FRAME_MS);
      waiting = Buffer.concat([waiting, audio.subarray(start, start + 160)]);
      if (waiting.length < CHUNK) continue;
      ear.write(waiting);
      waiting = Buffer.alloc(0);
    }
  };
  const say = (seed: number, frames: number) => {
    const speech = utterance(seed, frames);
    knownSpeech.register(speech);
    play(speech.audio);
  };
  const textOf = ({ words }: TurnReport) => words.map(({ text }) => text).join(' ');
  const brief = () => reports.map((report) => `${report.event}: ${textOf(report)}`.trim());
  return { ear, reports, knownSpeech, current, play, say, brief };
}

describe('a turn', () => {
  test('starts with its first word, is likely over, and ends', () => {
    const { say, play, brief, reports } = setUp();
    play(silence(8));
    say(1, 20);
    play(silence(40));
    expect(brief()).toEqual([
      'StartOfTurn: w1.0',
      'EagerEndOfTurn: w1.0 w1.1 w1.2 w1.3',
      'EndOfTurn: w1.0 w1.1 w1.2 w1.3',
    ]);
    // Speech ended at 560 ms, on the last frame of a chunk.
    expect(reports.slice(1).map(({ atMs }) => atMs)).toEqual([660, 860]);
    expect(reports[0]?.words[0]).toMatchObject({ startMs: 160, endMs: 260 });
  });

  test('is timed from its last loud frame, wherever in a chunk that is', () => {
    for (const lead of [1, 2, 3]) {
      const { say, play, reports } = setUp();
      play(silence(lead));
      say(1, 20);
      play(silence(40));
      const endedMs = (lead + 20) * FRAME_MS;
      expect(reports.slice(-2).map(({ atMs }) => atMs - endedMs)).toEqual([100, 300]);
    }
  });

  test('goes on after a likely end, and then ends with the words of its last likely end', () => {
    const { say, play, brief } = setUp();
    say(1, 20);
    play(silence(10));
    say(2, 10);
    play(silence(40));
    expect(brief()).toEqual([
      'StartOfTurn: w1.0',
      'EagerEndOfTurn: w1.0 w1.1 w1.2 w1.3',
      'TurnResumed: w1.0 w1.1 w1.2 w1.3 w2.0',
      'EagerEndOfTurn: w1.0 w1.1 w1.2 w1.3 w2.0 w2.1',
      'EndOfTurn: w1.0 w1.1 w1.2 w1.3 w2.0 w2.1',
    ]);
  });

  test('that ended is followed by another, with words and a window of its own', () => {
    const { say, play, reports } = setUp();
    say(1, 20);
    play(silence(40));
    say(2, 20);
    play(silence(40));
    const ends = reports.filter(({ event }) => event === 'EndOfTurn');
    expect(ends.map(({ turnIndex }) => turnIndex)).toEqual([0, 1]);
    expect(ends[1]?.words.map(({ text }) => text)).toEqual(['w2.0', 'w2.1', 'w2.2', 'w2.3']);
    expect(ends[1]?.windowStartMs).toBe(ends[0]?.windowEndMs);
  });

  test('ends without a likely end where none is wanted, and as late as is wanted', () => {
    const { say, play, brief, reports, current } = setUp({ eagerEndMs: undefined });
    say(1, 20);
    current.endMs = 1000;
    play(silence(60));
    expect(brief()).toEqual(['StartOfTurn: w1.0', 'EndOfTurn: w1.0 w1.1 w1.2 w1.3']);
    expect(reports.at(-1)?.atMs).toBe(1400);
  });

  test('stays open without audio, as the vendor’s does', () => {
    const { ear, say, play, brief } = setUp();
    say(1, 20);
    play(silence(4));
    vi.advanceTimersByTime(5000);
    expect(brief()).toHaveLength(2);
    play(silence(12));
    expect(brief().at(-1)).toMatch(/^EndOfTurn/);
    ear.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('updates come every interval of audio, in silence as well, unless something else was told', () => {
  const { say, play, brief, reports } = setUp({ updateMs: 240 });
  play(silence(24));
  say(1, 40);
  play(silence(40));
  const updates = reports.filter(({ event }) => event === 'Update').map(({ windowEndMs }) => windowEndMs);
  expect(updates.slice(0, 2)).toEqual([240, 480]);
  const all = 'w1.0 w1.1 w1.2 w1.3 w1.4 w1.5 w1.6 w1.7';
  expect(brief()).toEqual([
    'Update:',
    'Update:',
    'StartOfTurn: w1.0',
    'Update: w1.0 w1.1 w1.2',
    'Update: w1.0 w1.1 w1.2 w1.3 w1.4',
    `Update: ${all}`,
    `EagerEndOfTurn: ${all}`,
    `EndOfTurn: ${all}`,
    'Update:',
    'Update:',
  ]);
});

test('a back-channel is a turn, a cough and a noise are none and put no end off', () => {
  const { knownSpeech, say, play, brief } = setUp();
  const cleared = cough(7, 20);
  knownSpeech.register(cleared);
  play(cleared.audio);
  play(silence(40));
  play(noise(20));
  play(silence(40));
  expect(brief()).toEqual([]);
  say(1, 10);
  play(cleared.audio);
  play(noise(20));
  expect(brief()).toEqual(['StartOfTurn: w1.0', 'EagerEndOfTurn: w1.0 w1.1', 'EndOfTurn: w1.0 w1.1']);
});

test('the beginning of a word is no turn', () => {
  const { knownSpeech, play, brief } = setUp();
  const speech = utterance(1, 20);
  knownSpeech.register(speech);
  play(speech.audio.subarray(0, 2 * 160));
  play(silence(40));
  expect(brief()).toEqual([]);
});
