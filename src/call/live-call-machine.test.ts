import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FlowCommand } from '../flows/index.ts';
import { CallBench } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount(), 'a timer is left').toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Leaves words on a machine, where it is known to be one. */
function outbound(prepare: (bench: CallBench) => void = () => {}): CallBench {
  return new CallBench((bench) => {
    bench.flow.script = ({ type }): FlowCommand[] | undefined =>
      type === 'machine-answered'
        ? [
            { type: 'say', partId: 'vm', text: 'Please call us back.', interruptible: false, fixed: false },
            { type: 'hang-up', reason: 'flow', result: 'left_message' },
          ]
        : undefined;
    prepare(bench);
  });
}

it('an answering machine cuts what is being said, and hears its words to the end', async () => {
  const bench = outbound();
  await pass(300);
  expect(bench.line.queuedBytes).toBeGreaterThan(0);
  bench.call.machineAnswered();
  await pass(300);
  // Its own greeting, still going on.
  bench.recogniser.stream.push({ type: 'speech-started', atMs: 0 });
  bench.recogniser.stream.push({ type: 'final', text: 'leave a message', words: [], confidence: 1 });
  bench.recogniser.stream.push({ type: 'turn-ended' });
  await pass(6000);
  expect(bench.entries('turn').at(-1)).toMatchObject({ text: 'Please call us back.', interrupted: false });
  expect(bench.left).toMatchObject([{ type: 'hang-up', result: 'left_message' }]);
});

it('is told once: said again, it changes nothing', async () => {
  const bench = outbound();
  await pass(3000);
  bench.call.machineAnswered();
  bench.call.machineAnswered();
  await pass(300);
  bench.call.machineAnswered();
  await pass(6000);
  expect(bench.flow.events.filter(({ type }) => type === 'machine-answered')).toHaveLength(1);
  expect(bench.left).toHaveLength(1);
});

it('known before the line was there, the flow is begun and told of the machine at once', async () => {
  const bench = outbound((made) => {
    made.input = { type: 'machine-answered' };
  });
  await pass(6000);
  expect(bench.flow.events.slice(0, 2).map(({ type }) => type)).toEqual(['call-started', 'machine-answered']);
  expect(bench.entries('turn')).toMatchObject([{ role: 'agent', text: 'Please call us back.' }]);
});

it('that the flow makes nothing of leaves the call waiting for the caller', async () => {
  const bench = new CallBench();
  await pass(3000);
  bench.call.machineAnswered();
  await pass(9000);
  expect(bench.flow.events.map(({ type }) => type)).toContain('caller-silent');
  bench.line.end('stopped');
  await pass(0);
});

it('what the call was given is there for the flow', async () => {
  const bench = new CallBench((made) => {
    made.session = { direction: 'outbound', variables: { name: 'Ada' } };
  });
  await pass(100);
  expect(bench.flow.events[0]).toMatchObject({
    type: 'call-started',
    call: { direction: 'outbound', variables: { name: 'Ada' } },
  });
  bench.line.end('stopped');
  await pass(0);
});
