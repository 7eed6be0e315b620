import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallFlow } from '../flows/index.ts';
import { recordingsIn } from './flow-test-recordings.ts';

const { signal } = new AbortController();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callwright-recordings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A flow whose tools answer with their input, a moment later. */
function echoing(): { flow: CallFlow; runs: unknown[] } {
  const runs: unknown[] = [];
  const run: CallFlow['tools']['run'] = async ({ input }) => {
    runs.push(input);
    await Promise.resolve();
    return { result: { echo: input }, isError: false };
  };
  return { flow: { tools: { run } } as unknown as CallFlow, runs }; // nothing else of it is used
}

function daysKept(): unknown[] {
  const kept: { input: { day: number } }[] = JSON.parse(readFileSync(join(folder, 'days.json'), 'utf8'));
  return kept.map(({ input }) => input.day);
}

// Once, conversations that ran at the same time (--model) lost all answers but the last.
test('what conversations record at the same time is all kept, each input asked for once', async () => {
  const { flow, runs } = echoing();
  const recordings = recordingsIn(folder, flow, signal);
  const answers = await Promise.all(
    [1, 2, 1].map((day) => recordings.record?.('days.json', { tool: 'days', input: { day } })),
  );
  await recordings.save();
  expect(daysKept()).toEqual([1, 2]);
  expect(runs).toHaveLength(2);
  expect(answers[2]).toEqual(answers[0]);
});

// Once, the answers for tests that --filter left out, and those of another flow in the folder, were gone.
test('answers that another run recorded stay, unless the same was asked again', async () => {
  const old = [1, 2].map((day) => ({ input: { day }, result: 'old', isError: false }));
  writeFileSync(join(folder, 'days.json'), JSON.stringify(old));
  const recordings = recordingsIn(folder, echoing().flow, signal);
  for (const day of [2, 3]) await recordings.record?.('days.json', { tool: 'days', input: { day } });
  await recordings.save();
  expect(daysKept()).toEqual([1, 2, 3]);
  expect(recordingsIn(folder, undefined, signal).recordings.read('days.json')).toMatchObject([
    { result: 'old' },
    { result: { echo: { day: 2 } } },
    { result: { echo: { day: 3 } } },
  ]);
});

test('a file that is no recording is refused when it is read, and written anew', async () => {
  writeFileSync(join(folder, 'days.json'), '{}');
  const recordings = recordingsIn(folder, echoing().flow, signal);
  expect(() => recordings.recordings.read('days.json')).toThrow('write it anew with --record');
  await recordings.record?.('days.json', { tool: 'days', input: { day: 1 } });
  await recordings.save();
  expect(daysKept()).toEqual([1]);
});
