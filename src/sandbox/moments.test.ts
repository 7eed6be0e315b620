import { expect, test } from 'vitest';
import { type Moment, Moments } from './moments.ts';

/** A call on which these things happen one after the other. */
async function momentsOf(...types: string[]): Promise<Moment[]> {
  const moments = new Moments();
  const told: Moment[] = [];
  moments.follow((moment) => told.push(moment));
  const listeners = new Set<(event: { type: string }) => void>();
  const ended = Promise.withResolvers<void>();
  moments.watch({
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ended: ended.promise,
  });
  for (const type of types) for (const listener of listeners) listener({ type });
  ended.resolve();
  await ended.promise;
  expect(listeners.size).toBe(0);
  return told;
}

test('a call goes from its greeting through listening, thinking and speaking', async () => {
  expect(
    await momentsOf('status', 'heard-agent-start', 'saying', 'said', 'heard-agent-start', 'heard-agent-end'),
  ).toEqual(['greeting', 'listening', 'thinking', 'speaking']);
});

test('an agent that goes on after a pause has begun to speak once; a key is an act like words', async () => {
  expect(
    await momentsOf(
      'heard-agent-start',
      'heard-agent-start',
      'pressed',
      'heard-agent-start',
      'heard-agent-start',
    ),
  ).toEqual(['greeting', 'thinking', 'speaking']);
});

test('a caller who speaks first is listened to, and no answer is a greeting', async () => {
  expect(await momentsOf('saying', 'said', 'heard-agent-start')).toEqual([
    'listening',
    'thinking',
    'speaking',
  ]);
});
