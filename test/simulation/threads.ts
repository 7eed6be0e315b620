/** Spreads a simulation over threads. Blocks of calls are handed out in order, so that the first failure is the first. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Coverage } from './coverage.ts';
import type { SimulationTally } from './simulation.ts';
import type { Block } from './worker.ts';

export interface ThreadsOptions {
  calls: number;
  seed: number;
  threads: number;
  /** Play on after a failure. */
  keepGoing: boolean;
  signal: AbortSignal;
  onProgress(tally: SimulationTally): void;
}

/** Calls handed to a thread at a time: a second or two of work. */
const BLOCK = 500;

/** Resolves with all that was played; the threads are gone by then. */
export async function simulateInThreads(options: ThreadsOptions): Promise<SimulationTally> {
  const total: SimulationTally = {
    calls: 0,
    events: 0,
    virtualMs: 0,
    counts: {},
    broken: {},
    first: undefined,
  };
  const coverage = new Coverage();
  let next = 0;
  const take = (): Block | undefined => {
    const from = next;
    const isEnough = total.first !== undefined && !options.keepGoing;
    if (from >= options.calls || isEnough || options.signal.aborted) return undefined;
    next = Math.min(options.calls, from + BLOCK);
    return { seed: options.seed, from, to: next };
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (let block = take(); block !== undefined; block = take()) {
        worker.postMessage(block);
        const [tally] = (await once(worker, 'message')) as [SimulationTally]; // what a worker posts
        add(total, tally, coverage);
        options.onProgress(total);
      }
    } finally {
      await worker.terminate();
    }
  };
  const threads = Math.min(options.threads, Math.ceil(options.calls / BLOCK));
  await Promise.all(Array.from({ length: threads }, work));
  return { ...total, counts: coverage.counts };
}

function add(
  total: SimulationTally,
  { calls, events, virtualMs, counts, broken, first }: SimulationTally,
  coverage: Coverage,
): void {
  total.calls += calls;
  total.events += events;
  total.virtualMs += virtualMs;
  coverage.add(counts);
  for (const [rule, times] of Object.entries(broken)) total.broken[rule] = (total.broken[rule] ?? 0) + times;
  if (first !== undefined && (total.first === undefined || first.index < total.first.index))
    total.first = first;
}
