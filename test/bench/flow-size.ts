/**
 * How long a flow of 500 nodes takes to load and a step of a call through it: `node test/bench/flow-size.ts [NODES]`.
 * Goals: it loads (read, checked, compiled) in under 200 ms, and a step takes under 1 ms.
 */
import { checkFlow, parseFlow } from '../../src/flows/loader.ts';
import { callThrough, largeFlow } from '../../src/flows/testing.ts';
import { percentile } from './figures.ts';

const WARM_UPS = 5;
const ROUNDS = 30;

const nodes = Number(process.argv[2] ?? 500);
const text = largeFlow(nodes);

const loads: number[] = [];
for (let round = -WARM_UPS; round < ROUNDS; round++) {
  const began = performance.now();
  const { problems } = checkFlow(text, { file: 'large.yaml' });
  const tookMs = performance.now() - began;
  if (problems.length > 0) throw new Error(problems[0]?.message);
  if (round === -WARM_UPS) process.stdout.write(`first load in the process: ${tookMs.toFixed(1)} ms\n`);
  if (round >= 0) loads.push(tookMs);
}
const flow = parseFlow(text, { file: 'large.yaml' });
callThrough(flow);
const steps = Array.from({ length: ROUNDS }, () => callThrough(flow)).flat();

process.stdout.write(
  `${nodes} nodes, ${text.length} characters; in ms, of ${loads.length} loads and ${steps.length} steps\n`,
);
for (const [name, times] of Object.entries({ load: loads, step: steps })) {
  const at = (share: number): string => percentile(times, share).toFixed(3);
  process.stdout.write(`${name}: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)}\n`);
}
