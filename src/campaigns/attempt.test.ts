import { describe, expect, test } from 'vitest';
import { type AttemptEvent, isThrottle, mayHaveRung, NO_FACTS, outcomeOf, withEvent } from './attempt.ts';
import { type Dice, diceOf } from './testing.ts';

const EARLY = { earlySec: 10 };
const known = (...events: readonly AttemptEvent[]) => events.reduce(withEvent, NO_FACTS);
const outcome = (...events: readonly AttemptEvent[]) => outcomeOf(known(...events), EARLY);

const RANG: readonly AttemptEvent[] = [{ type: 'queued' }, { type: 'initiated' }, { type: 'ringing' }];
const ANSWERED: readonly AttemptEvent[] = [...RANG, { type: 'in-progress' }];

describe('how an attempt ended', () => {
  test.each<[string, readonly AttemptEvent[], ReturnType<typeof outcomeOf>]>([
    ['goes on', ANSWERED, undefined],
    ['a conversation', [...ANSWERED, { type: 'completed', durationSec: 60 }], 'answered'],
    ['busy', [...RANG, { type: 'busy' }], 'busy'],
    ['nobody', [...RANG, { type: 'no-answer' }], 'no-answer'],
    ['not placed', [{ type: 'refused', errorCode: 21217 }], 'failed'],
    ['asked for a slower pace', [{ type: 'refused', errorCode: 20429 }], 'canceled'],
    ['taken back', [{ type: 'queued' }, { type: 'canceled' }], 'canceled'],
    ['lost', [{ type: 'lost' }], 'unknown'],
    ['lost and found', [{ type: 'lost' }, { type: 'completed', durationSec: 60 }], 'answered'],
    [
      'a machine',
      [...ANSWERED, { type: 'answered-by', by: 'machine_start' }, { type: 'completed', durationSec: 20 }],
      'machine',
    ],
    ['a message', [...ANSWERED, { type: 'message-left' }, { type: 'completed', durationSec: 20 }], 'machine'],
    [
      'a person after the machine',
      [
        ...ANSWERED,
        { type: 'answered-by', by: 'machine_start' },
        { type: 'person-heard' },
        { type: 'completed', durationSec: 60 },
      ],
      'answered',
    ],
    [
      'detection that changed its mind',
      [
        ...ANSWERED,
        { type: 'answered-by', by: 'machine_start' },
        { type: 'answered-by', by: 'human' },
        { type: 'completed', durationSec: 60 },
      ],
      'answered',
    ],
    [
      'hung up at once',
      [...ANSWERED, { type: 'talk-ended', by: 'person', talkSec: 3 }, { type: 'completed', durationSec: 4 }],
      'hung-up-early',
    ],
    [
      'a short talk to its end',
      [...ANSWERED, { type: 'talk-ended', by: 'agent', talkSec: 6 }, { type: 'completed', durationSec: 7 }],
      'answered',
    ],
    [
      'opted out at once',
      [...ANSWERED, { type: 'opted-out' }, { type: 'completed', durationSec: 4 }],
      'opted-out',
    ],
    ['broken off after the answer', [...ANSWERED, { type: 'failed', durationSec: 40 }], 'answered'],
  ])('%s', (_what, events, expected) => {
    expect(outcome(...events)).toBe(expected);
  });

  test('a carrier that asks for a slower pace is told from one that refuses the number', () => {
    expect([20429, 10004, 21211, undefined].map(isThrottle)).toEqual([true, true, false, false]);
  });

  test('only what certainly did not ring is no attempt', () => {
    expect(mayHaveRung(known({ type: 'queued' }, { type: 'canceled' }))).toBe(false);
    expect(mayHaveRung(known(...RANG, { type: 'canceled' }))).toBe(true);
    expect(mayHaveRung(known({ type: 'lost' }))).toBe(true);
    expect(mayHaveRung(NO_FACTS)).toBe(true);
  });
});

/** Whatever can be told, also what contradicts itself. */
function anyEvent(dice: Dice): AttemptEvent {
  return dice.pick<AttemptEvent>([
    { type: 'queued' },
    { type: 'initiated' },
    { type: 'ringing' },
    { type: 'in-progress' },
    { type: 'completed', durationSec: dice.below(40) },
    { type: 'busy' },
    { type: 'no-answer', errorCode: dice.pick([undefined, 31005]) },
    { type: 'failed', errorCode: dice.pick([21211, 32203, undefined]) },
    { type: 'canceled' },
    { type: 'refused', errorCode: dice.pick([20429, 21217]) },
    { type: 'lost' },
    { type: 'answered-by', by: dice.pick(['human', 'machine_start', 'machine_end_beep', 'fax', 'unknown']) },
    { type: 'person-heard' },
    { type: 'message-left' },
    { type: 'talk-ended', by: dice.pick(['person', 'agent']), talkSec: dice.below(30) },
    { type: 'opted-out' },
    { type: 'callback-asked', atMs: dice.below(5), saidAtMs: dice.below(3) },
  ]);
}

test('in any order, and any number of times, the same tellings mean the same', () => {
  for (let seed = 0; seed < 3000; seed++) {
    const dice = diceOf(seed);
    const told = Array.from({ length: 1 + dice.below(8) }, () => anyEvent(dice));
    const expected = known(...told);
    const again = dice.shuffled([...told, ...told.filter(() => dice.next() < 0.5), ...told]);
    const found = known(...again);
    expect(found, `seed ${seed}`).toEqual(expected);
    expect(outcomeOf(found, EARLY)).toBe(outcomeOf(expected, EARLY));
  }
});

test('facts are plain JSON, and the tellings go on after they were stored', () => {
  const before = known(...ANSWERED, { type: 'answered-by', by: 'machine_start' });
  const stored = JSON.parse(JSON.stringify(before));
  expect(stored).toEqual(before);
  expect(outcomeOf(withEvent(stored, { type: 'completed' }), EARLY)).toBe('machine');
});
