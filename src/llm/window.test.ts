import { describe, expect, it } from 'vitest';
import type { Message } from './index.ts';
import { random } from './testing.ts';
import { windowHistory } from './window.ts';

const user = (text = 'hello'): Message => ({ role: 'user', text });
const agent = (text = 'hi'): Message => ({ role: 'assistant', text, toolCalls: [] });

/** A call as it might go: greeting or not, several calls at once, results late, lost, or for calls nobody made. */
function randomHistory(seed: number): Message[] {
  const next = random(seed);
  const chance = (share: number): boolean => next() < share;
  const words = (): string => 'x'.repeat(Math.floor(next() * 80));
  const history: Message[] = chance(0.5) ? [agent('Good morning!')] : [];
  const owed: Message[] = [];
  let calls = 0;
  for (const turns = Math.floor(next() * 60); history.length < turns; ) {
    history.push(user(words()));
    if (chance(0.1)) history.push(user(words()));
    const toolCalls = chance(0.4) ? [call(), ...(chance(0.3) ? [call()] : [])] : [];
    history.push({ role: 'assistant', text: words(), toolCalls });
    for (const { id } of toolCalls) if (chance(0.9)) owed.push(result(id));
    if (chance(0.8)) history.push(...owed.splice(0));
    if (chance(0.02)) history.push(result('nobody'));
  }
  return history;

  function call() {
    return { id: `call-${++calls}`, name: 'book', input: { words: words() } };
  }
  function result(callId: string): Message {
    return { role: 'tool', callId, name: 'book', result: words(), isError: false };
  }
}

function callIds(messages: readonly Message[]): { calls: Set<string>; answered: Set<string> } {
  return {
    calls: new Set(
      messages.flatMap((message) =>
        message.role === 'assistant' ? message.toolCalls.map(({ id }) => id) : [],
      ),
    ),
    answered: new Set(messages.flatMap((message) => (message.role === 'tool' ? [message.callId] : []))),
  };
}

describe('windowHistory', () => {
  it('returns what fits whole, whoever spoke first', () => {
    const history = [agent(), user(), agent()];
    expect(windowHistory(history)).toEqual(history);
    expect(windowHistory([])).toEqual([]);
  });

  it.each([
    ['messages', { maxMessages: 6 }],
    ['characters', { maxCharacters: 25 }],
  ])('keeps the newest of too many %s, from a user message on', (_, limits) => {
    const history = Array.from({ length: 20 }, (_, turn) =>
      turn % 2 === 0 ? user(`hello ${turn}`) : agent(),
    );
    const window = windowHistory(history, limits);
    expect(window.at(-1)).toBe(history.at(-1));
    expect(window[0]?.role).toBe('user');
    expect(window.length).toBeGreaterThan(1);
    expect(window.length).toBeLessThanOrEqual(6);
  });

  it('keeps the newest exchange whole, however large', () => {
    const history: Message[] = [
      user('Old.'),
      agent('Old.'),
      user('Book.'),
      { role: 'assistant', text: '', toolCalls: [{ id: 'a', name: 'book', input: {} }] },
      { role: 'tool', callId: 'a', name: 'book', result: 'x'.repeat(1000), isError: false },
    ];
    expect(windowHistory(history, { maxCharacters: 100 })).toEqual(history.slice(2));
  });

  it('drops much at once and then nothing for a while', () => {
    const history: Message[] = [];
    const starts: number[] = [];
    for (let turn = 0; turn < 200; turn++) {
      history.push(user(`turn ${turn}`), agent());
      starts.push(history.length - windowHistory(history, { maxMessages: 40 }).length);
    }
    const moves = starts.filter((start, turn) => turn > 0 && start !== starts[turn - 1]);
    expect(moves.length).toBeGreaterThan(5);
    expect(moves.length).toBeLessThanOrEqual(20);
  });

  it('holds its promises for any history', () => {
    for (let seed = 0; seed < 500; seed++) {
      const history = randomHistory(seed);
      const limits = { maxMessages: 4 + (seed % 20), maxCharacters: 200 + ((seed * 37) % 2000) };
      const window = windowHistory(history, limits);
      const dropped = history.slice(0, history.length - window.length);
      const context = `seed ${seed}`;
      expect(window, context).toEqual(history.slice(dropped.length));
      expect(windowHistory(history, limits), context).toEqual(window);
      if (dropped.length > 0) expect(window[0]?.role, context).toBe('user');
      const gone = callIds(dropped);
      const kept = callIds(window);
      expect(
        [...kept.answered].filter((id) => gone.calls.has(id)),
        context,
      ).toEqual([]);
      const newest = history.findLastIndex(({ role }) => role === 'user');
      if (newest !== -1) expect(dropped.length, context).toBeLessThanOrEqual(newest);
    }
  });
});
