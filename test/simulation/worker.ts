/** One thread of a simulation: plays the calls it is given, and says what came of them. */
import { parentPort } from 'node:worker_threads';
import { reduce } from '../../src/call/turn-taking.ts';
import { simulatedFlows } from './flows.ts';
import { simulateCalls } from './simulation.ts';

/** What a thread is asked to do. */
export interface Block {
  seed: number;
  from: number;
  to: number;
}

const flows = simulatedFlows();
parentPort?.on('message', ({ seed, from, to }: Block) => {
  parentPort?.postMessage(simulateCalls({ flows, reduce, seed, from, to }));
});
