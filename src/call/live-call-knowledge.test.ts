import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallBench } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const PASSAGE = { source: 'FAQ', heading: 'Hours', text: 'Open from nine to five.', score: 4.2 };
const wanted = {
  type: 'find-knowledge',
  queryId: 'k1',
  flow: 'fake',
  text: 'hours',
  limit: 3,
  timeoutMs: 150,
} as const;

async function asked(prepare: (bench: CallBench) => void): Promise<CallBench> {
  const bench = new CallBench((made) => {
    made.flow.script = (event) => {
      if (event.type === 'caller-said') return [wanted];
      return event.type === 'knowledge-found' ? [made.flow.ask()] : undefined;
    };
    prepare(made);
  });
  await pass(3000);
  bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
  bench.recogniser.stream.push({ type: 'final', text: 'what are your hours', words: [], confidence: 1 });
  bench.recogniser.stream.push({ type: 'turn-ended' });
  await pass(1);
  return bench;
}

async function hangUp(bench: CallBench): Promise<void> {
  bench.line.end('stopped');
  await pass(0);
}

it('an answer keeps where it comes from', async () => {
  const bench = await asked(({ flow }) => {
    flow.knowledge = [PASSAGE];
  });
  bench.model.says('From nine to five.');
  bench.model.isDone();
  await pass(6000);
  expect(bench.flow.events.find(({ type }) => type === 'knowledge-found')).toMatchObject({
    queryId: 'k1',
    chunks: [PASSAGE],
  });
  expect(bench.entries('turn').at(-1)).toMatchObject({
    role: 'agent',
    text: 'From nine to five.',
    sources: [{ source: 'FAQ', heading: 'Hours', score: 4.2 }],
  });
  await hangUp(bench);
});

it('an answer that rests on nothing says nothing of sources', async () => {
  const bench = await asked(() => undefined);
  bench.model.says('I do not know.');
  bench.model.isDone();
  await pass(6000);
  expect(bench.entries('turn').at(-1)).not.toHaveProperty('sources');
  await hangUp(bench);
});

it('what is found for a reply that was cut short goes nowhere', async () => {
  const found = Promise.withResolvers<void>();
  const bench = await asked(({ flow }) => {
    flow.findKnowledge = async ({ queryId }) => {
      await found.promise;
      return { type: 'knowledge-found', queryId, chunks: [PASSAGE] };
    };
  });
  await hangUp(bench);
  found.resolve();
  await pass(10);
  expect(bench.flow.events.some(({ type }) => type === 'knowledge-found')).toBe(false);
});
