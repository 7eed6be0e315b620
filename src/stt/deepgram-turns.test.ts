import { describe, expect, it, vi } from 'vitest';
import { AudioClock } from './audio-clock.ts';
import { readNovaMessage } from './deepgram-messages.ts';
import { DeepgramTurns } from './deepgram-turns.ts';
import type { SttEvent } from './index.ts';
import { results } from './testing.ts';

/** What a sequence of vendor messages means; final and interim words are reduced to their text. */
function setUp() {
  const askFinalize = vi.fn();
  const turns = new DeepgramTurns(new AudioClock(), askFinalize);
  const read = (...messages: unknown[]): SttEvent[] =>
    messages.flatMap((raw) => {
      const message = readNovaMessage(raw);
      return message.type === 'other' ? [] : turns.read(message);
    });
  const brief = (...messages: unknown[]): string[] =>
    read(...messages).map((event) => ('text' in event ? `${event.type}: ${event.text}` : event.type));
  return { read, brief, askFinalize };
}

const utteranceEnd = { type: 'UtteranceEnd', channel: [0, 1], last_word_end: 1 };
const final = (text: string, startSec = 0) => results(text, { is_final: true, startSec });
const speechFinal = (text: string, startSec = 0) =>
  results(text, { is_final: true, speech_final: true, startSec });

describe('words', () => {
  it('come with times in milliseconds, confidence and punctuation', () => {
    const { read } = setUp();
    expect(
      read({
        type: 'Results',
        is_final: true,
        speech_final: false,
        channel: {
          alternatives: [
            {
              transcript: 'Hi, Bob.',
              confidence: 0.9,
              words: [
                { word: 'hi', punctuated_word: 'Hi,', start: 0.1, end: 0.3, confidence: 0.8 },
                { word: 'bob', start: 0.5, end: 0.75, confidence: 0.95 },
              ],
            },
          ],
        },
      }),
    ).toEqual([
      {
        type: 'final',
        text: 'Hi, Bob.',
        confidence: 0.9,
        words: [
          { text: 'Hi,', startMs: 100, endMs: 300, confidence: 0.8 },
          { text: 'bob', startMs: 500, endMs: 750, confidence: 0.95 },
        ],
      },
    ]);
  });

  it('are interims until they are final', () => {
    const { brief } = setUp();
    expect(brief(results('one'), results('one two'), final('one two three'))).toEqual([
      'interim: one',
      'interim: one two',
      'final: one two three',
    ]);
  });

  it('are not reported where there are none', () => {
    const { brief } = setUp();
    expect(brief(results(''), final(''), results(''))).toEqual([]);
  });

  it('that were an interim and come to nothing are taken back', () => {
    const { brief } = setUp();
    expect(brief(results('hm'), results(''), results(''))).toEqual(['interim: hm', 'interim: ']);
    expect(brief(results('hm'), final(''))).toEqual(['interim: hm', 'interim: ']);
  });

  it('may be missing altogether', () => {
    const { brief } = setUp();
    const silent = { type: 'Results', is_final: true, speech_final: true, channel: { alternatives: [] } };
    expect(brief(silent)).toEqual([]);
  });

  it('asked for by finalize are a final and end no turn of themselves', () => {
    const { brief } = setUp();
    expect(brief({ ...final('so far'), from_finalize: true })).toEqual(['final: so far']);
    expect(brief(utteranceEnd)).toEqual(['turn-ended']);
  });
});

describe('a turn', () => {
  it('ends with speech_final, at the end of its last word', () => {
    const { read } = setUp();
    expect(read(speechFinal('hello there', 2)).at(-1)).toEqual({ type: 'turn-ended', speechEndMs: 3000 });
  });

  it('of several finals adds up and ends once', () => {
    const { brief } = setUp();
    expect(brief(final('I would like'), final('to book'), speechFinal('a cleaning'))).toEqual([
      'final: I would like',
      'final: to book',
      'final: a cleaning',
      'turn-ended',
    ]);
  });

  it('ends with a speech_final that has no words of its own', () => {
    const { read } = setUp();
    read(final('hello there', 2));
    expect(read(speechFinal(''))).toEqual([{ type: 'turn-ended', speechEndMs: 3000 }]);
  });

  it('ends with UtteranceEnd where noise kept the endpointer from firing', () => {
    const { read } = setUp();
    read(final('hello there', 2));
    expect(read(utteranceEnd)).toEqual([{ type: 'turn-ended', speechEndMs: 3000 }]);
  });

  it('does not end twice for the same words', () => {
    const { brief } = setUp();
    expect(brief(speechFinal('hello'), utteranceEnd, speechFinal(''), utteranceEnd)).toEqual([
      'final: hello',
      'turn-ended',
    ]);
    expect(brief(final('and'), utteranceEnd, speechFinal(''))).toEqual(['final: and', 'turn-ended']);
  });

  it('does not end where nothing was said', () => {
    const { brief } = setUp();
    expect(brief(speechFinal(''), utteranceEnd)).toEqual([]);
  });

  it('takes its end from UtteranceEnd when the words have no times', () => {
    const { read } = setUp();
    const untimed = { ...final(''), channel: { alternatives: [{ transcript: 'hello' }] } };
    read(untimed);
    expect(read(utteranceEnd)).toEqual([{ type: 'turn-ended', speechEndMs: 1000 }]);
    read(untimed);
    expect(read({ ...utteranceEnd, last_word_end: -1 })).toEqual([{ type: 'turn-ended' }]);
  });

  it('whose last words are still an interim at UtteranceEnd asks for them and ends with them', () => {
    const { brief, askFinalize } = setUp();
    expect(brief(final('hello'), results('there'), utteranceEnd)).toEqual(['final: hello', 'interim: there']);
    expect(askFinalize).toHaveBeenCalledOnce();
    expect(brief({ ...final('there'), from_finalize: true })).toEqual(['final: there', 'turn-ended']);
    expect(brief(final('next'))).toEqual(['final: next']);
  });
});

it('tells where speech began', () => {
  const { read } = setUp();
  expect(read({ type: 'SpeechStarted', channel: [0, 1], timestamp: 0.5 })).toEqual([
    { type: 'speech-started', atMs: 500 },
  ]);
});

describe('a final that is told twice', () => {
  it('takes the place of no interim that came in between', () => {
    const { brief, askFinalize } = setUp();
    expect(brief(final('hello'), results('and', { startSec: 2 }), final('hello'))).toEqual([
      'final: hello',
      'interim: and',
    ]);
    expect(brief(utteranceEnd)).toEqual([]);
    expect(askFinalize).toHaveBeenCalledOnce();
    expect(brief(speechFinal('and', 2))).toEqual(['final: and', 'turn-ended']);
  });

  it('may end the turn the second time', () => {
    const { brief } = setUp();
    expect(brief(final('hello'), speechFinal('hello'))).toEqual(['final: hello', 'turn-ended']);
  });
});
