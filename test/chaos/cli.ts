/** `npm run chaos`: reads the options, runs what is wanted and prints what became of the calls. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseCount } from '../../src/cli/numbers.ts';
import { stopSignal } from '../../src/cli/stop-signal.ts';
import { allCases, STAGES, selectCases } from './cases.ts';
import { type CrowdDeed, type CrowdFigure, runCrowd } from './crowd.ts';
import type { Verdict } from './judge.ts';
import { LEGEND, lineOf, summaryOf, tableOf } from './report.ts';
import { runCases } from './run.ts';

interface CaseOptions {
  only: string[];
  cases?: number;
  seed: number;
  atOnce: number;
  list: boolean;
  json: boolean;
}

interface Options extends CaseOptions {
  calls: number;
  kill?: 'one';
  rolling: boolean;
  /** In seconds. */
  soak?: number;
}

const EXAMPLES = `
Examples:
  npm run chaos                                  everything; an hour
  npm run chaos -- --only process                kill -9 and SIGTERM at every moment
  npm run chaos -- --only stt/stall,tts/stall    two faults at every moment
  npm run chaos -- --cases 20 --seed 7           twenty drawn by lot, the same ones for the same seed
  npm run chaos -- --kill one --calls 50         fifty calls on three nodes, of which one is killed
  npm run chaos -- --rolling --calls 50          fifty calls while all nodes are restarted in turn
  npm run chaos -- --soak 30m --calls 50         half an hour of fifty calls: memory, and what is left over

Exit code: 0 where every call went well, 1 where one did not.`;

/** How long callers keep calling while something is done to the nodes. */
const DEED_SEC = { 'kill-one': 20, rolling: 60 } as const;

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
  .option('--calls <count>', 'how many calls at once, with --kill, --rolling or --soak', parseCount, 50)
  .addOption(new Option('--kill <which>', 'instead: kill a node under calls').choices(['one']))
  .option('--rolling', 'instead: restart the nodes one after the other under calls', false)
  .option('--soak <time>', 'instead: only calls for so long, such as 30m or 90s', parseTime)
  .option('--json', 'print JSON, for programs: one document a case or figure', false)
  .addHelpText('after', EXAMPLES)
  .action(run)
  .parseAsync();
// A connection to a process that was killed may outlive everything else.
process.exit(process.exitCode);

async function run({ soak, kill, rolling, calls, ...options }: Options): Promise<void> {
  const deed: CrowdDeed | undefined = kill ? 'kill-one' : rolling ? 'rolling' : soak ? 'soak' : undefined;
  const isGood =
    deed === undefined
      ? await tryCases(options)
      : await tryCrowd(deed, deed === 'soak' ? (soak ?? 0) : DEED_SEC[deed], calls, options.json);
  if (!isGood) process.exitCode = 1;
}

async function tryCases({ only, cases: count, seed, atOnce, list, json }: CaseOptions): Promise<boolean> {
  const cases = selectCases({ only, count, seed });
  if (list) {
    for (const { name, faults, process, longestSilenceMs } of cases)
      console.log(json ? JSON.stringify({ name, faults, process, longestSilenceMs }) : name);
    return true;
  }
  const startedAtMs = performance.now();
  let done = 0;
  const worlds = Math.min(atOnce, cases.length);
  console.error(`${cases.length} cases in ${worlds} world${worlds === 1 ? '' : 's'}; starting them …`);
  const onVerdict = (verdict: Verdict): void => {
    done++;
    if (json) console.log(JSON.stringify(verdict));
    else console.error(`${String(done).padStart(3)}/${cases.length} ${lineOf(verdict)}`);
  };
  const onNote = (note: string): void => console.error(note);
  const verdicts = await runCases({ cases, worlds: atOnce, onVerdict, onNote, signal: stopSignal() });
  const failed = verdicts.filter(({ good }) => !good);
  if (!json) {
    for (const line of ['', ...tableOf(verdicts), '', LEGEND, '', ...summaryOf(verdicts)]) console.log(line);
    for (const { name, problems } of failed) console.log(`✗ ${name}: ${problems.join('; ')}`);
    const minutes = ((performance.now() - startedAtMs) / 60_000).toFixed(1);
    console.log(
      `\n${verdicts.length - failed.length} of ${verdicts.length} calls went well (${minutes} min).`,
    );
  }
  // Those that were not run any more are not known to go well.
  return failed.length === 0 && verdicts.length === cases.length;
}

async function tryCrowd(deed: CrowdDeed, seconds: number, calls: number, json: boolean): Promise<boolean> {
  const onProgress = (line: string): void => console.error(line);
  const { figures, problems } = await runCrowd({ calls, deed, seconds, onProgress, signal: stopSignal() });
  const met = ({ value, atMost }: CrowdFigure): boolean => atMost === undefined || value <= atMost;
  for (const figure of figures) {
    if (json) console.log(JSON.stringify({ ...figure, met: met(figure) }));
    else console.log(lineOfFigure(figure, met(figure)));
  }
  for (const problem of problems) console.error(problem);
  return figures.every(met);
}

function lineOfFigure({ name, value, unit, atMost }: CrowdFigure, isMet: boolean): string {
  const goal = atMost === undefined ? '' : ` (at most ${atMost}${unit && ` ${unit}`})`;
  return `${isMet ? '✓' : '✗'} ${name.padEnd(40)} ${value.toFixed(unit === '%' ? 1 : 0)} ${unit}${goal}`;
}

function parsePatterns(value: string): string[] {
  const known = new Set(allCases().flatMap(({ stage, fault, moment }) => [stage, fault, moment]));
  const patterns = value.split(',').map((pattern) => pattern.trim());
  for (const word of patterns.flatMap((pattern) => pattern.split('/')))
    if (!known.has(word))
      throw new InvalidArgumentError(`There is no stage, fault or moment "${word}"; --list shows all cases.`);
  return patterns;
}

/** In seconds. */
function parseTime(value: string): number {
  const [, count, unit] = /^(\d{1,5})(s|m|h)$/.exec(value) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It must be a time such as 30m or 90s.');
  return Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']; // the pattern has no other
}
