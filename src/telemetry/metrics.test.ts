import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const table = { doors_total: { help: 'Doors, by how they were left.', labels: ['state'] } } as const;

function metrics(options: { strict?: boolean; liveCalls?: () => number } = {}) {
  return createMetrics({ counters: [table], strict: true, liveCalls: () => 0, ...options });
}

it('counts, with or without the prefix', async () => {
  const { inc, render } = metrics();
  inc('doors_total', { state: 'open' });
  inc('callwright_doors_total', { state: 'open' });
  inc('barge_ins_total', { by: 'speech' });
  const text = await render();
  expect(text).toContain('callwright_doors_total{state="open"} 2\n');
  expect(text).toContain('callwright_barge_ins_total{by="speech"} 1\n');
});

it.each<[string, Record<string, string>]>([
  ['windows_total', {}],
  ['doors_total', {}],
  ['doors_total', { state: 'open', colour: 'red' }],
  ['doors_total', { colour: 'red' }],
])('does not take %s with %j: an error in tests, uncounted in a call', async (name, labels) => {
  expect(() => metrics().inc(name, labels)).toThrow(/is declared/);
  const lenient = metrics({ strict: false });
  lenient.inc(name, labels);
  expect(await lenient.render()).not.toMatch(/windows|doors_total\{/);
});

it('keeps a label that has no end from filling the memory', async () => {
  const { inc, render } = metrics();
  for (let door = 0; door < 1000; door++) inc('doors_total', { state: `state ${door}` });
  const series = (await render()).split('\n').filter((line) => line.startsWith('callwright_doors_total{'));
  expect(series).toHaveLength(41);
  expect(series).toContain('callwright_doors_total{state="other"} 960');
});

it('measures a turn and the stages that it has', async () => {
  const { observeTurn, render } = metrics();
  observeTurn({
    speechEndMs: 1000,
    turnEndMs: 1300,
    voiceFirstByteMs: 1700,
    firstFrameMs: 1702,
    voiceToVoiceMs: 702,
  });
  const text = await render();
  expect(text).toContain('callwright_voice_to_voice_seconds_sum 0.702');
  expect(text).toContain('callwright_stage_seconds_sum{stage="endpointing"} 0.3');
  expect(text).toContain('callwright_stage_seconds_count{stage="playout"} 1');
  expect(text).not.toContain('stage="model"');
});

it('asks for the number of live calls when it is read', async () => {
  let live = 1;
  const { render } = metrics({ liveCalls: () => live });
  expect(await render()).toContain('callwright_live_calls 1');
  live = 7;
  expect(await render()).toContain('callwright_live_calls 7');
});

it('tells how late the event loop is', async () => {
  expect(await metrics().render()).toContain('nodejs_eventloop_lag_p99_seconds');
});
