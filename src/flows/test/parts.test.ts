import { describe, expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import type { TestWorld } from './runner.ts';
import { type TestCase, testFlows } from './suite.ts';

const PART = `
flow: part
description: A part with an input.
input: [order]
start: day
nodes:
  day:
    type: collect
    slots: [{ name: day, type: date, ask: "When shall order {{ slots.order }} come?" }]
    next: { done: bye, failed: bye }
  bye: { type: return, outcome: known }
tests:
  - name: with its input
    slots: { order: "77" }
    steps:
      - agent: order 77
      - caller: hang on, let me get my calendar
      - agent: take your time
      - caller: tomorrow
      - expect: { slots: { order: "77", day: 2026-11-21 } }
`;

async function play(asksForTime?: TestWorld['asksForTime']): Promise<TestCase[]> {
  const { flow, compiled, ...rest } = checkFlow(PART, { file: 'part.yaml' });
  if (flow === undefined || compiled === undefined) throw new Error('the flow does not load');
  const pause = asksForTime === undefined ? {} : { asksForTime };
  const worldOf = (): TestWorld => ({ recordings: { read: () => undefined }, ...pause });
  const { signal } = new AbortController();
  const [report] = await testFlows([{ flow, compiled, ...rest }], { worldOf, signal });
  return report?.cases ?? [];
}

describe('a part', () => {
  test('is played with the slots it is given, and waits as the line does', async () => {
    const asksForTime = (text: string): boolean => text.startsWith('hang on');
    expect(await play(asksForTime)).toMatchObject([{ status: 'passed' }]);
    expect(await play()).toMatchObject([{ status: 'failed' }]);
  });

  test('has no doubt about its input, and no slots it does not know', () => {
    const problemsOf = (text: string): string[] =>
      checkFlow(text, { file: 'part.yaml' }).problems.map(({ message }) => message);
    expect(problemsOf(PART)).toEqual([]);
    expect(problemsOf(PART.replace('slots: { order: "77" }', 'slots: { odrer: "77" }'))).toEqual([
      'the test names the slot "odrer", which this flow does not have; did you mean "order"?',
    ]);
  });
});
