import { expect, test } from 'vitest';
import type { WireEvent } from '../../src/sandbox/wire.ts';
import { Exchanges } from './own-part.ts';

/** One answer on the wires: each of the four hops takes `hopMs`, and each stand-in is so late. */
interface Told {
  id: string;
  question: string;
  saidAtMs: number;
  hopMs?: number;
  lateMs?: number;
  /** The answer's pieces, 25 ms apart, what of them the voice is first given, and the piece that completes that. */
  pieces?: readonly string[];
  given?: string;
  completeAt?: number;
}

function told({
  id,
  question,
  saidAtMs,
  hopMs = 2,
  lateMs = 0,
  pieces = ['We', ' open', ' at', ' nine.'],
  given = 'We open',
  completeAt = 2,
}: Told): { events: WireEvent[]; heardAtMs: number } {
  const events: WireEvent[] = [];
  let now = saidAtMs;
  const add = (type: WireEvent['type'], text: string, sentText?: string): void => {
    events.push({
      type,
      atMs: now,
      exchange: `${id}/${type.slice(0, 3)}`,
      text,
      ...(sentText === undefined ? {} : { sentText }),
    });
  };
  now += hopMs;
  add('stt-speech-end', question);
  now += 300 + lateMs;
  add('stt-final-sent', question);
  now += hopMs;
  add('llm-request-received', question);
  now += 300 + lateMs;
  add('llm-first-token-sent', question);
  const fromMs = now;
  for (const [i] of pieces.entries()) {
    now = fromMs + 25 * i;
    add('llm-text-sent', question, pieces.slice(0, i + 1).join(''));
  }
  now = fromMs + 25 * completeAt + hopMs;
  add('tts-first-text-received', given);
  now += 150 + lateMs;
  add('tts-first-byte-sent', given);
  return { events, heardAtMs: now + hopMs };
}

function exchangesOf(...all: { events: WireEvent[] }[]): Exchanges {
  const exchanges = new Exchanges();
  const events = all.flatMap(({ events: own }) => own).sort((a, b) => a.atMs - b.atMs);
  for (const event of events) exchanges.take(event);
  return exchanges;
}

const SUNDAY = 'When do you open on Sunday?';

test('what lies between the stand-ins is the service’s own', () => {
  const answer = told({ id: 'a', question: SUNDAY, saidAtMs: 1000, hopMs: 3 });
  const times = exchangesOf(answer).timesOf({
    question: SUNDAY,
    saidAtMs: 1000,
    heardAtMs: answer.heardAtMs,
  });
  expect(times).toEqual({
    standInsMs: 300 + 350 + 150,
    ownMs: 12,
    hopsMs: { callerToRecogniser: 3, recogniserToModel: 3, modelToVoice: 3, voiceToCaller: 3 },
  });
});

test('a stand-in’s late timers do not count', () => {
  const answer = told({ id: 'a', question: SUNDAY, saidAtMs: 1000, lateMs: 40 });
  const { heardAtMs } = answer;
  expect(exchangesOf(answer).timesOf({ question: SUNDAY, saidAtMs: 1000, heardAtMs })?.ownMs).toBe(8);
});

test('the model has taken until the piece that completes what the voice was first given, and no longer', () => {
  const times = (given: string, completeAt: number) => {
    const answer = told({ id: 'a', question: SUNDAY, saidAtMs: 0, given, completeAt });
    return exchangesOf(answer).timesOf({ question: SUNDAY, saidAtMs: 0, heardAtMs: answer.heardAtMs });
  };
  // "open" might go on as "opener": the third piece tells.
  expect(times('We open', 2)?.standInsMs).toBe(300 + 300 + 50 + 150);
  expect(times('We open ', 2)?.standInsMs).toBe(300 + 300 + 50 + 150);
  expect(times('We open at nine.', 3)?.standInsMs).toBe(300 + 300 + 75 + 150);
  // A service that could have begun two pieces earlier is slow by them.
  expect(times('We open', 3)?.ownMs).toBe(8 + 25);
});

test('of calls with the same words at the same moment each has its own exchanges', () => {
  const calls = [0, 40, 80].map((saidAtMs, i) =>
    told({ id: String(i), question: SUNDAY, saidAtMs, lateMs: 7 * i }),
  );
  const exchanges = exchangesOf(...calls);
  const own = calls.map(
    ({ heardAtMs }, i) =>
      exchanges.timesOf({ question: 'when do you open on sunday', saidAtMs: 40 * i, heardAtMs })?.ownMs,
  );
  expect(own).toEqual([8, 8, 8]);
});

test('other words at the same moment are another call’s', () => {
  const bus = 'How do I get there by bus?';
  const mine = told({ id: 'a', question: SUNDAY, saidAtMs: 1000 });
  const other = told({
    id: 'b',
    question: bus,
    saidAtMs: 1000,
    lateMs: 1,
    pieces: ['By', ' bus', ' two.'],
    given: 'By bus ',
  });
  const exchanges = exchangesOf(mine, other);
  const { heardAtMs } = other;
  expect(exchanges.timesOf({ question: bus, saidAtMs: 1000, heardAtMs })?.standInsMs).toBe(803);
});

test('the next turn of a call is not taken for the one before', () => {
  const first = told({ id: 'a', question: SUNDAY, saidAtMs: 0 });
  const second = told({ id: 'a', question: SUNDAY, saidAtMs: 5000, lateMs: 20 });
  const exchanges = exchangesOf(first, second);
  const { heardAtMs } = second;
  expect(exchanges.timesOf({ question: SUNDAY, saidAtMs: 5000, heardAtMs })?.ownMs).toBe(8);
});

test.each(['stt-final-sent', 'llm-text-sent', 'tts-first-byte-sent'] as const)(
  'without %s there is nothing to be said',
  (missing) => {
    const { events, heardAtMs } = told({ id: 'a', question: SUNDAY, saidAtMs: 0 });
    const exchanges = exchangesOf({ events: events.filter(({ type }) => type !== missing) });
    expect(exchanges.timesOf({ question: SUNDAY, saidAtMs: 0, heardAtMs })).toBeUndefined();
  },
);

test('a request that came before the recogniser was sure is not one that followed it', () => {
  const { events, heardAtMs } = told({ id: 'a', question: SUNDAY, saidAtMs: 0 });
  const drafted = events.map((event) =>
    event.type === 'llm-request-received' ? { ...event, atMs: 200 } : event,
  );
  const exchanges = exchangesOf({ events: drafted });
  expect(exchanges.timesOf({ question: SUNDAY, saidAtMs: 0, heardAtMs })).toBeUndefined();
});
