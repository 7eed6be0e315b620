/** The command `simulate`: many calls in virtual time, the rules of a conversation checked after every event. */
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { writeCoreJournal } from '../../src/call/replay.ts';
import { reduce } from '../../src/call/turn-taking.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { simulatedFlows } from './flows.ts';
import { explainFailure, type Failure, type SimulationTally, simulateCalls } from './simulation.ts';
import { simulateInThreads } from './threads.ts';

export interface SimulateOptions {
  calls: number;
  seed: number;
  /** Only the call with this index. */
  only?: number;
  /** Count all failures, not only the first. */
  keepGoing: boolean;
  threads?: number;
  /** Where the journal of a failure goes. */
  out?: string;
  json: boolean;
  context: CliContext;
  signal: AbortSignal;
}

const CLEAR_LINE = '\r\u001B[2K';

/** Runs the command; its exit code is 1 where a rule was broken. */
export async function runSimulate(options: SimulateOptions): Promise<void> {
  const { context, seed, json } = options;
  const startedMs = performance.now();
  const wrong = whatIsWrongWith(options.out);
  if (wrong !== undefined) {
    context.err.write(`error: ${wrong}\n`);
    return context.setExitCode(2);
  }
  const tally =
    options.only === undefined ? await playAll(options, startedMs) : playOne(options, options.only);
  const lengthSec = (performance.now() - startedMs) / 1000;
  const failure = tally.first && explainFailure({ flows: simulatedFlows(), reduce }, seed, tally.first.index);
  const file = failure && keep(options, failure);
  if (json)
    context.out.write(`${JSON.stringify(report(options, tally, lengthSec, failure, file), null, 2)}\n`);
  else {
    tell(options, tally, lengthSec);
    if (failure !== undefined && file !== undefined) tellFailure(options, failure, file);
  }
  if (tally.first !== undefined) context.setExitCode(1);
}

async function playAll(options: SimulateOptions, startedMs: number): Promise<SimulationTally> {
  const { calls, seed, keepGoing, signal, json } = options;
  const { err } = options.context;
  const isShown = err.isTTY === true && !json;
  const tally = await simulateInThreads({
    calls,
    seed,
    keepGoing,
    signal,
    threads: options.threads ?? availableParallelism(),
    onProgress: (sofar) => {
      const rate = Math.round((1000 * sofar.calls) / (performance.now() - startedMs));
      if (isShown) err.write(`${CLEAR_LINE}${sofar.calls} of ${calls} calls, ${rate} a second`);
    },
  });
  if (isShown) err.write(CLEAR_LINE);
  return tally;
}

function playOne({ seed }: SimulateOptions, index: number): SimulationTally {
  return simulateCalls({ flows: simulatedFlows(), reduce, seed, from: index, to: index + 1 });
}

/** Where no journal can be written: known before the calls are played, not after. */
function whatIsWrongWith(out: string | undefined): string | undefined {
  if (out === undefined) return undefined;
  if (isFolder(out)) return `--out names a file, and ${out} is a folder: name a file in it`;
  return isFolder(dirname(resolve(out))) ? undefined : `--out: there is no folder ${dirname(resolve(out))}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Writes the journal of a failure; returns where it is. */
function keep({ out, seed }: SimulateOptions, { journal }: Failure): string {
  const name = `simulation-failure-${seed}-${String(journal.about['index'])}.jsonl`;
  const file = resolve(out ?? join(process.env['DATA_DIR'] ?? '.', name));
  writeFileSync(file, writeCoreJournal(journal));
  return file;
}

function report(
  { seed }: SimulateOptions,
  { calls, events, virtualMs, counts, broken }: SimulationTally,
  lengthSec: number,
  failure: Failure | undefined,
  file: string | undefined,
): unknown {
  return {
    seed,
    calls,
    events,
    virtualHours: virtualMs / 3_600_000,
    lengthSec,
    callsPerSecond: calls / lengthSec,
    eventsPerSecond: events / lengthSec,
    broken,
    reached: counts,
    ...(failure === undefined
      ? {}
      : { failure: { ...failure.journal.about, scenario: failure.scenario, file } }),
  };
}

function tell(
  { seed, context: { out }, signal }: SimulateOptions,
  tally: SimulationTally,
  lengthSec: number,
): void {
  const { calls, events, virtualMs, counts, broken } = tally;
  out.write('What was reached:\n');
  for (const [name, count] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
    out.write(`${String(count).padStart(10)}  ${name}\n`);
  out.write(
    `${calls} calls (seed ${seed}), ${(virtualMs / 3_600_000).toFixed(1)} hours of conversation, ${events} events ` +
      `in ${lengthSec.toFixed(1)} s: ${Math.round(calls / lengthSec)} calls and ` +
      `${Math.round(events / lengthSec)} events a second.\n`,
  );
  if (signal.aborted) out.write('Interrupted before the end.\n');
  const rules = Object.entries(broken);
  if (rules.length === 0) out.write('No rule was broken.\n');
  for (const [rule, times] of rules)
    out.write(`Broken: ${rule}, on ${times} ${times === 1 ? 'call' : 'calls'}.\n`);
}

function tellFailure({ seed, context: { out } }: SimulateOptions, failure: Failure, file: string): void {
  const { broken, scenario, journal } = failure;
  const { acts, faults, happenings, index, flow } = scenario;
  out.write(
    `\nThe first failure is call ${index} of seed ${seed}, of the flow ${flow}: ${broken.rule}\n` +
      `  ${broken.message}\n` +
      `Made as small as it gets: ${acts.length} acts of the caller (${acts.map(({ type }) => type).join(', ') || 'none'}), ` +
      `${faults.length + happenings.length} faults, ${journal.events.length} events, broken ${broken.atMs} ms into the call.\n` +
      `  callwright replay ${file}\n` +
      `  npm run simulate -- --seed ${seed} --only ${index}\n`,
  );
}
