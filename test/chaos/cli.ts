/** `npm run chaos`: reads the options, runs the cases that are wanted and prints what became of their calls. */
import { Command, InvalidArgumentError } from 'commander';
import { parseCount } from '../../src/cli/numbers.ts';
import { stopSignal } from '../../src/cli/stop-signal.ts';
import { allCases, STAGES, selectCases } from './cases.ts';
import type { Verdict } from './judge.ts';
import { LEGEND, lineOf, summaryOf, tableOf } from './report.ts';
import { runCases } from './run.ts';

interface Options {
  only: string[];
  cases?: number;
  seed: number;
  atOnce: number;
  list: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  npm run chaos                                  everything; some forty minutes
  npm run chaos -- --only process                kill -9 and SIGTERM at every moment
  npm run chaos -- --only stt/stall,tts/stall    two faults at every moment
  npm run chaos -- --cases 20 --seed 7           twenty drawn by lot, the same ones for the same seed

Exit code: 0 where every call went well, 1 where one did not.`;

await new Command('chaos')
  .description(
    `break every stage (${STAGES.join(', ')}) in every way at every moment of a call, on three nodes behind HAProxy with real Redis and Postgres`,
  )
  .option(
    '--only <patterns>',
    'cases with this stage, fault or moment, or several joined by slashes',
    parsePatterns,
    [],
  )
  .option('--cases <count>', 'at most so many, drawn by lot', parseCount)
  .option('--seed <seed>', 'of the lot', parseCount, 1)
  .option('--at-once <worlds>', 'how many worlds beside each other, each with its own nodes', parseCount, 3)
  .option('--list', 'only list the cases', false)
  .option('--json', 'print JSON, for programs: one document a case', false)
  .addHelpText('after', EXAMPLES)
  .action(run)
  .parseAsync();

async function run({ only, cases: count, seed, atOnce, list, json }: Options): Promise<void> {
  const cases = selectCases({ only, count, seed });
  if (list) {
    for (const { name, faults, process, longestSilenceMs } of cases)
      console.log(json ? JSON.stringify({ name, faults, process, longestSilenceMs }) : name);
    return;
  }
  const startedAtMs = performance.now();
  let done = 0;
  const worlds = Math.min(atOnce, cases.length);
  console.error(
    new Date().toISOString(),
    `${cases.length} cases in ${worlds} world${worlds === 1 ? '' : 's'}; starting them …`,
  );
  const onVerdict = (verdict: Verdict): void => {
    done++;
    if (json) console.log(JSON.stringify(verdict));
    else console.error(`${String(done).padStart(3)}/${cases.length} ${lineOf(verdict)}`);
  };
  const verdicts = await runCases({ cases, worlds: atOnce, onVerdict, signal: stopSignal() });
  const failed = verdicts.filter(({ good }) => !good);
  if (!json) {
    for (const line of ['', ...tableOf(verdicts), '', LEGEND, '', ...summaryOf(verdicts)]) console.log(line);
    for (const { name, problems } of failed) console.log(`✗ ${name}: ${problems.join('; ')}`);
    const minutes = ((performance.now() - startedAtMs) / 60_000).toFixed(1);
    console.log(
      `\n${verdicts.length - failed.length} of ${verdicts.length} calls went well (${minutes} min).`,
    );
  }
  if (failed.length > 0) process.exitCode = 1;
}

function parsePatterns(value: string): string[] {
  const known = new Set(allCases().flatMap(({ stage, fault, moment }) => [stage, fault, moment]));
  const patterns = value.split(',').map((pattern) => pattern.trim());
  for (const word of patterns.flatMap((pattern) => pattern.split('/')))
    if (!known.has(word))
      throw new InvalidArgumentError(`There is no stage, fault or moment "${word}"; --list shows all cases.`);
  return patterns;
}
console.error(process.getActiveResourcesInfo());
