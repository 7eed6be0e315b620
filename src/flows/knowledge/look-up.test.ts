import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FindKnowledge } from '../index.ts';
import { someKnowledge } from './conformance.ts';
import type { KnowledgeIndex } from './index.ts';
import { lookUp } from './look-up.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const base = someKnowledge('x');
const wanted: FindKnowledge = {
  type: 'find-knowledge',
  queryId: 'k1',
  flow: 'test',
  text: 'parking',
  limit: 3,
  timeoutMs: 150,
};
const { signal } = new AbortController();
const indexThat = (find: KnowledgeIndex['find']): KnowledgeIndex => ({ add: async () => undefined, find });

test('an index that does not answer is not waited for, and is told so', async () => {
  let stopped: AbortSignal | undefined;
  const index = indexThat((_base, _query, given) => {
    stopped = given;
    return new Promise(() => undefined);
  });
  const found = lookUp(index, base, wanted, signal);
  await vi.advanceTimersByTimeAsync(149);
  expect(stopped?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await found).toEqual({ type: 'knowledge-found', queryId: 'k1', chunks: [], missed: 'late' });
  expect(stopped?.aborted).toBe(true);
});

test('an index that fails, or is not there, leaves the answer to the model', async () => {
  const index = indexThat(() => Promise.reject(new Error('away')));
  expect(await lookUp(index, base, wanted, signal)).toMatchObject({ chunks: [], missed: 'failed' });
  expect(await lookUp(index, undefined, wanted, signal)).toMatchObject({ chunks: [], missed: 'failed' });
});

test('nothing is looked up for a call that is over', async () => {
  const index = indexThat(() => new Promise(() => undefined));
  expect(await lookUp(index, base, wanted, AbortSignal.abort())).toMatchObject({ chunks: [] });
});
