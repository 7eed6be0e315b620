import { describe, expect, it } from 'vitest';
import { AudioClock } from './audio-clock.ts';
import { readFluxMessage } from './deepgram-flux-messages.ts';
import { FluxTurns } from './deepgram-flux-turns.ts';
import type { SttEvent } from './index.ts';
import { turnInfo } from './testing.ts';

function setUp(clock = new AudioClock()) {
  const turns = new FluxTurns(clock);
  const read = (...messages: unknown[]): SttEvent[] =>
    messages.flatMap((raw) => {
      const message = readFluxMessage(raw);
      return message.type === 'TurnInfo' ? turns.read(message) : [];
    });
  const brief = (...messages: unknown[]): string[] =>
    read(...messages).map((event) => ('text' in event ? `${event.type}: ${event.text}` : event.type));
  return { read, brief };
}

describe('a turn', () => {
  it('starts, is likely over, goes on, and ends', () => {
    const { brief } = setUp();
    expect(
      brief(
        turnInfo('Update', ''),
        turnInfo('StartOfTurn', 'Hi'),
        turnInfo('Update', 'Hi I need'),
        turnInfo('EagerEndOfTurn', 'Hi I need a cleaning.'),
        turnInfo('Update', 'Hi I need a cleaning.'),
        turnInfo('TurnResumed', 'Hi I need a cleaning please'),
        turnInfo('EagerEndOfTurn', 'Hi I need a cleaning please.'),
        turnInfo('EndOfTurn', 'Hi I need a cleaning please.'),
      ),
    ).toEqual([
      'speech-started',
      'interim: Hi',
      'interim: Hi I need',
      'interim: Hi I need a cleaning.',
      'turn-likely: Hi I need a cleaning.',
      'turn-resumed',
      'interim: Hi I need a cleaning please',
      'interim: Hi I need a cleaning please.',
      'turn-likely: Hi I need a cleaning please.',
      'final: Hi I need a cleaning please.',
      'turn-ended',
    ]);
  });

  it('comes with times in milliseconds and confidence', () => {
    const { read } = setUp();
    const words = [
      { text: 'Hello', startMs: 2000, endMs: 2500, confidence: 0.9 },
      { text: 'Bob', startMs: 2500, endMs: 3000, confidence: 0.9 },
    ];
    expect(
      read(
        turnInfo('StartOfTurn', 'Hello Bob', { startSec: 2 }),
        turnInfo('EndOfTurn', 'Hello Bob', { startSec: 2 }),
      ),
    ).toEqual([
      { type: 'speech-started', atMs: 2000 },
      { type: 'interim', text: 'Hello Bob', words },
      { type: 'final', text: 'Hello Bob', words, confidence: 0.9 },
      { type: 'turn-ended', speechEndMs: 3000 },
    ]);
  });

  it('counts the audio that was kept from the vendor', () => {
    const clock = new AudioClock();
    clock.keptBack(500);
    const { read } = setUp(clock);
    expect(read(turnInfo('EndOfTurn', 'Hello', { startSec: 1 }))).toMatchObject([
      { words: [{ startMs: 1500, endMs: 2000 }] },
      { speechEndMs: 2000 },
    ]);
  });

  it('whose words have no times spans what was listened to', () => {
    const { read } = setUp();
    const untimed = (event: string) => ({
      ...turnInfo(event, 'Hello', { startSec: 1 }),
      words: [{ word: 'Hello', confidence: 0.5 }],
    });
    expect(read(untimed('StartOfTurn'), untimed('EndOfTurn'))).toMatchObject([
      { type: 'speech-started', atMs: 1500 },
      { type: 'interim', words: [{ startMs: 0, endMs: 1500 }] },
      { type: 'final' },
      { type: 'turn-ended' },
    ]);
  });

  it('ends once, and what comes late of it is dropped', () => {
    const { brief } = setUp();
    expect(
      brief(
        turnInfo('StartOfTurn', 'Yes.'),
        turnInfo('EndOfTurn', 'Yes.'),
        turnInfo('EndOfTurn', 'Yes.'),
        turnInfo('EagerEndOfTurn', 'Yes.'),
        turnInfo('Update', '', { turn: 1 }),
        turnInfo('StartOfTurn', 'Yes.', { turn: 1 }),
        turnInfo('EndOfTurn', 'Yes.', { turn: 1 }),
      ),
    ).toEqual([
      'speech-started',
      'interim: Yes.',
      'final: Yes.',
      'turn-ended',
      'speech-started',
      'interim: Yes.',
      'final: Yes.',
      'turn-ended',
    ]);
  });

  it('that turns out to be empty takes its words back and ends nothing', () => {
    const { brief } = setUp();
    expect(
      brief(turnInfo('StartOfTurn', 'hm'), turnInfo('EagerEndOfTurn', 'hm'), turnInfo('EndOfTurn', '')),
    ).toEqual(['speech-started', 'interim: hm', 'turn-likely: hm', 'turn-resumed', 'interim: ']);
    expect(brief(turnInfo('EndOfTurn', '', { turn: 1 }))).toEqual([]);
  });
});

describe('a likely end', () => {
  it('is told once, however often the vendor tells it', () => {
    const { brief } = setUp();
    const eager = turnInfo('EagerEndOfTurn', 'Yes.');
    expect(brief(eager, eager)).toEqual(['interim: Yes.', 'turn-likely: Yes.']);
  });

  it('of other words takes the one before back', () => {
    const { brief } = setUp();
    expect(brief(turnInfo('EagerEndOfTurn', 'Yes.'), turnInfo('EagerEndOfTurn', 'Yes no.'))).toEqual([
      'interim: Yes.',
      'turn-likely: Yes.',
      'turn-resumed',
      'interim: Yes no.',
      'turn-likely: Yes no.',
    ]);
  });

  it('that was not told is not taken back', () => {
    expect(setUp().brief(turnInfo('TurnResumed', 'Yes'))).toEqual(['interim: Yes']);
  });
});

it('takes an event that is newer than this adapter for nothing', () => {
  expect(readFluxMessage(turnInfo('BackChannel', 'mhm'))).toEqual({
    type: 'other',
    vendorType: 'TurnInfo BackChannel',
  });
});
