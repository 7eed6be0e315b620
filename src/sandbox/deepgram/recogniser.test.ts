import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KnownSpeech } from '../known-speech.ts';
import { type Hearing, Recogniser } from './recogniser.ts';
import { cough, noise, silence, utterance } from './testing.ts';

const FRAME = 160;

describe('the recogniser', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function recogniser(options: Partial<ConstructorParameters<typeof Recogniser>[0]> = {}) {
    const heard: Hearing[] = [];
    const knownSpeech = new KnownSpeech();
    const ear = new Recogniser({
      knownSpeech,
      onHearing: (hearing) => heard.push(hearing),
      interimMs: 200,
      endOfSpeechMs: 300,
      utteranceEndMs: undefined,
      ...options,
    });
    /** In real time, in pieces of an awkward size. */
    const play = (audio: Uint8Array) => {
      for (let start = 0; start < audio.length; start += FRAME) {
        ear.write(audio.subarray(start, start + 100));
        ear.write(audio.subarray(start + 100, start + FRAME));
        vi.advanceTimersByTime(20);
      }
    };
    const words = (kind: string) =>
      heard.flatMap((h) =>
        h.type === 'segment' && h.kind === kind ? [h.words.map(({ text }) => text).join(' ')] : [],
      );
    return { ear, heard, knownSpeech, play, words };
  }

  test('ends speech after the wanted pause, counted from the last loud frame, and not in shorter pauses', () => {
    const { knownSpeech, play, words, heard } = recogniser();
    const [first, second] = [utterance(1, 20), utterance(2, 10)];
    knownSpeech.register(first);
    knownSpeech.register(second);
    play(first.audio);
    play(silence(13));
    play(second.audio);
    play(silence(13));
    expect(words('pause')).toEqual([]);
    play(silence(2));
    expect(words('pause')).toEqual(['w1.0 w1.1 w1.2 w1.3 w2.0 w2.1']);
    expect(words('interim').slice(0, 2)).toEqual(['w1.0 w1.1', 'w1.0 w1.1 w1.2 w1.3']);
    play(silence(50));
    expect(heard.at(-1)).toMatchObject({ kind: 'pause' });
  });

  test('reports each word as final once, whatever is said next', () => {
    const { ear, knownSpeech, play, words } = recogniser();
    const speech = utterance(1, 20);
    knownSpeech.register(speech);
    play(speech.audio.subarray(0, 10 * FRAME));
    ear.finalize();
    play(speech.audio.subarray(10 * FRAME));
    play(silence(20));
    expect(words('asked')).toEqual(['w1.0 w1.1']);
    expect(words('pause')).toEqual(['w1.2 w1.3']);
  });

  test('tells two utterances apart that begin alike', () => {
    const { knownSpeech, play, words } = recogniser();
    const long = utterance(1, 20);
    const short = {
      audio: long.audio.slice(0, 10 * FRAME),
      words: [{ text: 'short', startMs: 0, endMs: 200 }],
    };
    knownSpeech.register(long);
    knownSpeech.register(short);
    play(long.audio);
    play(silence(20));
    expect(words('pause')).toEqual(['w1.0 w1.1 w1.2 w1.3']);
  });

  test('takes a click for nothing, and hears on after speech that was cut', () => {
    const { heard, knownSpeech, play, words } = recogniser();
    play(noise(2));
    play(silence(30));
    expect(heard).toEqual([]);
    const speech = utterance(3, 30);
    knownSpeech.register(speech);
    play(speech.audio.subarray(0, 12 * FRAME));
    play(silence(20));
    expect(words('pause')).toEqual(['w3.0 w3.1']);
  });

  test('ends an utterance by its words though noise goes on', () => {
    const { heard, knownSpeech, play, words } = recogniser({ utteranceEndMs: 500 });
    const speech = utterance(1, 10);
    knownSpeech.register(speech);
    play(speech.audio);
    play(noise(40));
    expect(words('plain')).toEqual(['w1.0 w1.1']);
    expect(heard.filter(({ type }) => type === 'utterance-end')).toEqual([
      { type: 'utterance-end', lastWordEndMs: 200 },
    ]);
  });

  test('without endpointing, what was said is final but the speech is not over', () => {
    const { knownSpeech, play, words } = recogniser({ endOfSpeechMs: undefined });
    const speech = utterance(1, 10);
    knownSpeech.register(speech);
    play(speech.audio);
    play(silence(60));
    expect([words('plain'), words('pause')]).toEqual([['w1.0 w1.1'], []]);
  });

  test('tells the words so far every interval of the speech, and the end its pause after the last loud frame', () => {
    const { ear, heard, knownSpeech, play } = recogniser({ interimMs: 250 });
    const speech = utterance(1, 60);
    knownSpeech.register(speech);
    play(speech.audio);
    const interims = heard.flatMap((h) => (h.type === 'segment' && h.kind === 'interim' ? [h.endMs] : []));
    expect(interims).toEqual([260, 520, 780, 1040]);
    play(silence(13));
    expect(heard.at(-1)).not.toMatchObject({ kind: 'pause' });
    play(silence(2));
    expect(heard.at(-1)).toMatchObject({ kind: 'pause' });
    ear.close();
  });

  test('hears words in a back-channel and nothing in a registered cough', () => {
    const { heard, knownSpeech, play, words } = recogniser();
    const [cleared, uhHuh] = [cough(1, 20), utterance(2, 15)];
    knownSpeech.register(cleared);
    knownSpeech.register(uhHuh);
    play(cleared.audio);
    play(silence(30));
    expect(heard).toEqual([]);
    play(uhHuh.audio);
    play(silence(30));
    expect(words('interim')).toContain('w2.0 w2.1');
    expect(words('pause')).toEqual(['w2.0 w2.1 w2.2']);
  });

  test('does not wait longer for audio that comes in larger pieces', () => {
    const { ear, knownSpeech, words } = recogniser();
    const speech = utterance(1, 10);
    knownSpeech.register(speech);
    ear.write(Buffer.concat([speech.audio, silence(14)]));
    vi.advanceTimersByTime(10);
    expect(words('pause')).toEqual([]);
    vi.advanceTimersByTime(11);
    expect(words('pause')).toEqual(['w1.0 w1.1']);
  });
});
