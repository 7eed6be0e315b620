/** `npm run bench`: reads the options, runs the parts that are wanted and prints what they have found. */
import { Command, InvalidArgumentError } from 'commander';
import { parseCount, parseCounts } from '../../src/cli/numbers.ts';
import { stopSignal } from '../../src/cli/stop-signal.ts';
import { meetsGoal, type PartReport, printReport } from './figures.ts';
import { PART_NAMES, PARTS, type PartName } from './parts.ts';

interface Options {
  only: PartName[];
  calls: number[];
  seconds: number;
  json: boolean;
  strict: boolean;
}

const program = new Command('bench')
  .description(
    'measure latency, interruptions, processor time and memory of the service against the sandbox, in real time',
  )
  .option('--only <parts>', `which parts, of ${PART_NAMES.join(', ')}`, parseParts, [...PART_NAMES])
  .option('--calls <counts>', 'load: how many calls at once, one run each', parseCounts, [1, 10, 50, 200])
  .option('--seconds <seconds>', 'load: length of each run', parseCount, 30)
  .option('--json', 'print JSON, for programs: one document a part, and for load one a run', false)
  .option('--strict', 'exit with 1 where a goal is missed', false)
  .action(run);

await program.parseAsync();

async function run({ only, calls, seconds, json, strict }: Options): Promise<void> {
  const signal = stopSignal();
  let missed = 0;
  for (const name of only) {
    if (signal.aborted) break;
    if (!json) console.log(`\n${name} …`);
    try {
      for await (const report of PARTS[name]({ calls, seconds, signal })) {
        missed += report.figures.filter((figure) => meetsGoal(figure) === false).length;
        if (json) printJson(report);
        else printReport(report);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  if (strict && missed > 0) process.exitCode = 1;
  else if (!json && missed > 0) console.log(`\n${missed} goal${missed === 1 ? '' : 's'} missed.`);
}

function printJson({ part, figures, notes }: PartReport): void {
  const judged = figures.map((figure) => ({ ...figure, met: meetsGoal(figure) }));
  console.log(JSON.stringify({ part, figures: judged, notes }));
}

/** In the order in which they run. */
function parseParts(value: string): PartName[] {
  const wanted = value.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !PART_NAMES.some((known) => known === name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no part "${unknown}". Parts: ${PART_NAMES.join(', ')}.`);
  return PART_NAMES.filter((name) => wanted.includes(name));
}
