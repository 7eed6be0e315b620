import type { Command } from 'commander';
import { parseCount, parseCounts } from './numbers.ts';
import { stopSignal } from './stop-signal.ts';

/** Adds `bench`. */
export function registerBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('measure latency, processor time and memory against the sandbox')
    .option('--calls <counts>', 'how many calls at once, one run each', parseCounts, [1, 10, 50])
    .option('--seconds <seconds>', 'length of each run', parseCount, 30)
    .option('--json', 'print JSON, for programs')
    .action(async ({ json = false, ...options }: { calls: number[]; seconds: number; json?: boolean }) => {
      const { runBench } = await import('../../test/bench/main.ts');
      await runBench({ ...options, json, signal: stopSignal() });
    });
}
