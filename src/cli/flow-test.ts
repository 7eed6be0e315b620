/** `callwright flow test`: plays the tests that flows carry in their own files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { styleText } from 'node:util';
import { type Command, InvalidArgumentError } from 'commander';
import { loadTextConfig } from '../config.ts';
import { type Coverage, percent, type Share } from '../flows/test/coverage.ts';
import type { Paint } from '../flows/test/diff.ts';
import type { LiveModel } from '../flows/test/judge.ts';
import type { FlowReport, TestCase } from '../flows/test/suite.ts';
import type { LanguageModel } from '../llm/index.ts';
import { UserError } from '../user-error.ts';
import type { CliContext } from './context.ts';
import { flowsAndErrors, type UsableFlow } from './flow-files.ts';
import { printable } from './render.ts';
import { stopSignal } from './stop-signal.ts';

const HELP = `
Tests stand in a flow's own file, under "tests:"; flows/README.md says how to write them. They are played in text, with
the tools answered by the test and nothing sent anywhere. With --model, the real model answers in place of a test's
"model" steps, judges rubrics and plays simulated callers: that needs ANTHROPIC_API_KEY, and costs what the model costs.

Exit codes: 0 all passed, 1 something failed (a test, a flow, a coverage that is too low), 2 the command was not
understood.`;

/** From the start of the line to its end: what a progress line overwrites. */
const CLEAR_LINE = '\r\u001B[K';

interface Options {
  json?: boolean;
  junit?: string;
  filter?: string;
  coverage?: boolean;
  minCoverage?: number;
  model?: boolean;
  record?: boolean;
}

/** Adds `flow test`. */
export function registerFlowTestCommand(flow: Command, context: CliContext): void {
  flow
    .command('test')
    .description('play the tests of call flows')
    .argument('[path...]', 'flow files, or folders of them; without any, FLOWS_DIR')
    .option('--filter <text>', 'only tests whose name, or flow and name, holds this')
    .option('--coverage', 'list the nodes and transitions that no test takes')
    .option('--min-coverage <percent>', 'fail where tests visit fewer of the nodes of a flow', parsePercent)
    .option('--model', 'ask the real model (ANTHROPIC_API_KEY)')
    .option('--record', 'really run the tools whose answers are "recorded", and keep what they answer')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', HELP)
    .action((paths: string[], options: Options) => testFlows(paths, options, context));
}

async function testFlows(paths: readonly string[], options: Options, context: CliContext): Promise<void> {
  const config = loadTextConfig();
  const { FlowError, formatProblem } = await import('../flows/problems.ts');
  const { flows, errors } = await flowsAndErrors(
    paths.length > 0 ? paths : [config.flowsDir],
    options.record ? config.flowVariables : undefined,
  );
  if (flows.length === 0 && errors.length > 0) throw new FlowError(errors);
  // Without them it is over before anybody could want it to end in order.
  const signal = options.model || options.record ? stopSignal() : new AbortController().signal;
  await using parts = new AsyncDisposableStack();
  for (const { flow } of flows) parts.defer(() => flow.close());
  const model = options.model ? parts.adopt(await realModel(config), (opened) => opened.close()) : undefined;
  const began = performance.now();
  const reports = await playAll(flows, { options, context, signal, model });
  const outcome = outcomeOf(reports, performance.now() - began, {
    ...options,
    interrupted: signal.aborted,
    broken: errors.map(formatProblem),
  });
  if (options.junit !== undefined) await writeJunit(options.junit, reports);
  if (options.json) context.out.write(`${JSON.stringify(await jsonOf(reports, outcome), null, 2)}\n`);
  else await tell(reports, outcome, options, context);
  if (outcome.problems.length > 0) context.setExitCode(1);
}

async function realModel({ anthropic }: ReturnType<typeof loadTextConfig>): Promise<LanguageModel> {
  if (anthropic.source !== 'real') {
    throw new UserError(
      '--model asks the real model, and ANTHROPIC_API_KEY is not set. Set it (ANTHROPIC_BASE_URL points it elsewhere), or leave --model out: the "model" steps of the tests answer then.',
    );
  }
  const { connectModel } = await import('./chat-model.ts');
  return connectModel(anthropic, anthropic);
}

interface Play {
  options: Options;
  context: CliContext;
  signal: AbortSignal;
  model: LanguageModel | undefined;
}

async function playAll(flows: readonly UsableFlow[], play: Play): Promise<FlowReport[]> {
  const { options, context, signal, model } = play;
  const { testFlows } = await import('../flows/test/suite.ts');
  const { asksForTime } = await import('../call/endpointing-phrases.ts');
  const { recordingsIn } = await import('./flow-test-recordings.ts');
  const all = flows.reduce((sum, { compiled }) => sum + compiled.file.tests.length, 0);
  const progress = !options.json && context.err.isTTY ? progressOn(context, all) : undefined;
  const asked = model === undefined ? {} : { model: await inText(model, signal) };
  const recorded: { save(): Promise<void> }[] = [];
  const reports = await testFlows(flows, {
    worldOf({ file, flow }) {
      const recordings = recordingsIn(dirname(resolve(file)), options.record ? flow : undefined, signal);
      recorded.push(recordings);
      return { ...recordings, ...asked, asksForTime };
    },
    signal,
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    ...(progress === undefined ? {} : { onCase: progress.step }),
  });
  for (const recordings of recorded) await recordings.save();
  progress?.end();
  return reports;
}

async function inText(model: LanguageModel, signal: AbortSignal): Promise<LiveModel> {
  const { askInText } = await import('./chat-model.ts');
  return (request) => askInText(model, request, signal);
}

function progressOn({ err }: CliContext, all: number): { step: () => void; end: () => void } {
  let done = 0;
  return {
    step: () => err.write(`${CLEAR_LINE}${++done} of ${all} tests`),
    end: () => err.write(CLEAR_LINE),
  };
}

/** What all reports come to; `problems`: why the command fails. */
interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
  coverage: Coverage;
  problems: string[];
}

function outcomeOf(
  reports: readonly FlowReport[],
  durationMs: number,
  { filter, minCoverage, interrupted, broken }: Options & { interrupted: boolean; broken: string[] },
): Outcome {
  const cases = reports.flatMap((report) => report.cases);
  const count = (status: TestCase['status']): number => cases.filter((one) => one.status === status).length;
  const failed = count('failed');
  const low = reports.filter(({ coverage }) => percent(coverage.nodes) < (minCoverage ?? 0));
  const problems = [
    ...broken,
    ...(interrupted ? ['interrupted before the end'] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cases.length > 0
      ? []
      : [
          filter === undefined
            ? 'there are no tests; flows hold them under "tests:"'
            : `no test is called anything like "${filter}"`,
        ]),
    ...low.map(
      ({ flow, coverage }) =>
        `${flow}: tests visit ${percent(coverage.nodes)} % of the nodes, fewer than ${minCoverage} %`,
    ),
  ];
  const sum = (kind: keyof Coverage): Share => ({
    visited: reports.reduce((total, { coverage }) => total + coverage[kind].visited, 0),
    all: reports.reduce((total, { coverage }) => total + coverage[kind].all, 0),
    missing: [],
  });
  const coverage = { nodes: sum('nodes'), transitions: sum('transitions') };
  return { passed: count('passed'), failed, skipped: count('skipped'), durationMs, coverage, problems };
}

async function writeJunit(file: string, reports: readonly FlowReport[]): Promise<void> {
  const { junitXml } = await import('../flows/test/junit.ts');
  try {
    await mkdir(dirname(resolve(file)), { recursive: true });
    await writeFile(file, junitXml(reports));
  } catch (error) {
    throw new UserError(
      `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function jsonOf(reports: readonly FlowReport[], outcome: Outcome): Promise<unknown> {
  const { failureText } = await import('../flows/test/diff.ts');
  const flows = reports.map(({ flow, file, cases, coverage }) => ({
    flow,
    file,
    tests: cases.map((one) => ({
      name: one.name,
      status: one.status,
      line: one.line,
      durationMs: Math.round(one.durationMs * 100) / 100,
      ...(one.reason === undefined ? {} : { reason: one.reason }),
      ...(one.failure === undefined
        ? {}
        : { failure: failureJson(one.failure, failureText(one, file), one.happenings) }),
    })),
    coverage: withPercent(coverage),
  }));
  return { flows, summary: { ...outcome, coverage: withPercent(outcome.coverage) } };
}

function withPercent({ nodes, transitions }: Coverage): unknown {
  return {
    nodes: { ...nodes, percent: percent(nodes) },
    transitions: { ...transitions, percent: percent(transitions) },
  };
}

function failureJson(
  { after, ...failure }: NonNullable<TestCase['failure']>,
  text: string,
  happenings: TestCase['happenings'],
): Record<string, unknown> {
  return { ...failure, text, conversation: happenings.slice(0, after) };
}

async function tell(
  reports: readonly FlowReport[],
  outcome: Outcome,
  options: Options,
  { out, err }: CliContext,
): Promise<void> {
  const { failureText } = await import('../flows/test/diff.ts');
  const paint = painter(out.isTTY === true);
  for (const { flow, file, cases, coverage } of reports) {
    if (cases.length === 0 && options.filter !== undefined) continue;
    const shares = `nodes ${percent(coverage.nodes)} %, transitions ${percent(coverage.transitions)} %`;
    out.write(
      `${flow} ${paint.dim(`(${file}) ${cases.length === 0 ? 'no tests of its own; ' : ''}${shares}`)}\n`,
    );
    for (const one of cases)
      out.write(
        `${caseLine(one, paint)}${one.failure === undefined ? '' : `${failureText(one, file, paint)}\n\n`}`,
      );
    if (options.coverage)
      out.write(
        missingLines(coverage)
          .map((line) => `${paint.dim(line)}\n`)
          .join(''),
      );
  }
  out.write(`\n${summaryLine(outcome, options, paint)}\n`);
  for (const problem of outcome.problems) err.write(`${problem}\n`);
}

function caseLine(one: TestCase, paint: Paint): string {
  const name = printable(one.name);
  if (one.status === 'passed') return `  ${paint.good('✓')} ${name}\n`;
  if (one.status === 'failed') return `  ${paint.bad('✗')} ${name}\n`;
  return paint.dim(`  - ${name} (skipped: ${one.reason ?? ''})\n`);
}

function missingLines({ nodes, transitions }: Coverage): string[] {
  return [
    ...nodes.missing.map((node) => `  node not visited: ${node}`),
    ...transitions.missing.map((transition) => `  transition not taken: ${transition}`),
  ];
}

function summaryLine(outcome: Outcome, { filter }: Options, paint: Paint): string {
  const { passed, failed, skipped, durationMs, coverage } = outcome;
  const counts = [
    paint.good(`${passed} passed`),
    ...(failed > 0 ? [paint.bad(`${failed} failed`)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const shares = `; coverage: nodes ${percent(coverage.nodes)} %, transitions ${percent(coverage.transitions)} %`;
  return `${counts.join(', ')} in ${(durationMs / 1000).toFixed(2)} s${filter === undefined ? shares : ''}`;
}

function painter(color: boolean): Paint {
  const style = (name: 'red' | 'green' | 'dim') => (text: string) =>
    color ? styleText(name, text, { validateStream: false }) : text;
  return { bad: style('red'), good: style('green'), dim: style('dim') };
}

function parsePercent(value: string): number {
  if (!/^\d{1,3}$/.test(value) || Number(value) > 100)
    throw new InvalidArgumentError('It must be a number from 0 to 100.');
  return Number(value);
}
