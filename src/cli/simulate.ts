import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from './context.ts';
import { parseCount } from './numbers.ts';
import { stopSignal } from './stop-signal.ts';

const HELP = `
Every call is made of the seed and its index, so a call that failed can be played again by itself with --only. The first
failure is made as small as it gets and written as a journal, which "callwright replay" steps through.`;

interface Options {
  calls: number;
  seed: number;
  only?: number;
  keepGoing?: boolean;
  threads?: number;
  out?: string;
  json?: boolean;
}

/** Adds `simulate`. */
export function registerSimulateCommand(program: Command, context: CliContext): void {
  program
    .command('simulate')
    .description('play calls in virtual time, and check the rules of a conversation after every event')
    .option('--calls <count>', 'how many calls', parseCount, 10_000)
    .option('--seed <number>', 'what they are made of', parseWhole, 1)
    .option('--only <index>', 'only the call with this index', parseWhole)
    .option('--keep-going', 'count all failures, not only the first')
    .option('--threads <count>', 'how many threads; one a processor, unless set', parseCount)
    .option('--out <file>', 'where the journal of a failure goes (a file in DATA_DIR, or here, unless set)')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', HELP)
    .action(async ({ keepGoing = false, json = false, ...options }: Options) => {
      const { runSimulate } = await import('../../test/simulation/main.ts');
      await runSimulate({ ...options, keepGoing, json, context, signal: stopSignal() });
    });
}

function parseWhole(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 0.');
  return Number(value);
}
