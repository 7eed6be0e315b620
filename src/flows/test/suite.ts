/** All tests of a flow, and what came of them. */
import type { CallFlow } from '../index.ts';
import type { CheckedFlow } from '../loader.ts';
import { localTime } from '../local-time.ts';
import type { FlowTest, Persona } from '../schema-tests.ts';
import { type Coverage, Visits } from './coverage.ts';
import { judge } from './judge.ts';
import { type Conversation, playSteps, type TestFailure, TestRun, type TestWorld } from './runner.ts';
import { playPersona } from './simulated-caller.ts';
import type { Happening } from './text-call.ts';
import { spokenTranscript } from './transcript.ts';

/** One line of a report: a conversation, or one sentence of a rubric about it. */
export interface TestCase {
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  reason?: string;
  /** Where in the flow's file: the test, or the step that failed. Counted from 1. */
  line: number;
  durationMs: number;
  failure?: TestFailure;
  /** What happened, for those that failed. */
  happenings: readonly Happening[];
  /** Steps that came after the one that failed. */
  notReached: number;
}

export interface FlowReport {
  flow: string;
  file: string;
  cases: TestCase[];
  coverage: Coverage;
}

export interface SuiteOptions {
  /** For the tests of one flow; whoever makes it ends what it holds. */
  worldOf: (flow: TestableFlow) => TestWorld;
  /** Only tests whose name, or `flow name`, holds this, whatever the case. */
  filter?: string;
  signal: AbortSignal;
  onCase?: (report: Pick<FlowReport, 'flow' | 'file'>, done: TestCase) => void;
}

/** Real models are waited for, so some conversations are held at the same time. */
const CONVERSATIONS_AT_ONCE = 4;
const NEEDS_MODEL = 'needs --model and ANTHROPIC_API_KEY';

/** A flow file that passed its checks. */
export type TestableFlow = CheckedFlow & Required<Pick<CheckedFlow, 'flow' | 'compiled'>>;

/**
 * Plays the tests of flows. What a test visits in a subflow counts for that flow too. Never rejects; ends early when the
 * signal aborts.
 */
export async function testFlows(
  flows: readonly TestableFlow[],
  options: SuiteOptions,
): Promise<FlowReport[]> {
  const visits = new Visits();
  const cases: TestCase[][] = [];
  for (const flow of flows) cases.push(await testFlow(flow, visits, options));
  return flows.map(({ flow, compiled, file }, index) => {
    const { id } = flow.settings;
    return { flow: id, file, cases: cases[index] ?? [], coverage: visits.of(id, compiled) };
  });
}

async function testFlow(checked: TestableFlow, visits: Visits, options: SuiteOptions): Promise<TestCase[]> {
  const { flow, compiled, file } = checked;
  const head = { flow: flow.settings.id, file };
  const world = options.worldOf(checked);
  const jobs = compiled.file.tests
    .map((test, index) => ({ test, index }))
    .filter(({ test }) => isWanted(`${head.flow} ${test.name}`, options.filter))
    .flatMap((numbered) => jobsOf(checked, numbered, world));
  const cases: TestCase[][] = jobs.map(() => []);
  const queue = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [index, job] of queue) {
      if (options.signal.aborted) return;
      const { happenings, done } = await job();
      visits.add(head.flow, happenings);
      cases[index] = done;
      for (const one of done) options.onCase?.(head, one);
    }
  };
  const workers = world.model === undefined ? 1 : CONVERSATIONS_AT_ONCE;
  await Promise.all(Array.from({ length: workers }, work));
  return cases.flat();
}

function isWanted(name: string, filter = ''): boolean {
  return name.toLowerCase().includes(filter.toLowerCase());
}

/** One conversation, with the cases it decides. */
type Job = () => Promise<{ happenings: readonly Happening[]; done: TestCase[] }>;
type Numbered = { test: FlowTest; index: number };

function jobsOf(checked: TestableFlow, numbered: Numbered, world: TestWorld): Job[] {
  const { test } = numbered;
  if (test.personas === undefined) return [() => conversation(checked, numbered, world)];
  return test.personas.map((persona, index) => () => {
    const named = { ...test, name: `${test.name} (${persona.name ?? `caller ${index + 1}`})` };
    return conversation(checked, { ...numbered, test: named }, world, persona);
  });
}

async function conversation(
  checked: TestableFlow,
  { test, index }: Numbered,
  world: TestWorld,
  persona?: Persona,
): ReturnType<Job> {
  const path = ['tests', index];
  const lineAt = (...inner: readonly PropertyKey[]): number => checked.at([...path, ...inner], '').line;
  const rubric = [test.rubric ?? []].flat();
  const skippedRubric = rubric.map((rule) => skipped(`${test.name}: ${rule}`, lineAt('rubric'), NEEDS_MODEL));
  if (persona !== undefined && world.model === undefined)
    return { happenings: [], done: [skipped(test.name, lineAt(), NEEDS_MODEL), ...skippedRubric] };

  const began = performance.now();
  const now = test.now === undefined ? {} : { now: instantOf(test.now, checked.compiled.file.time_zone) };
  const run = new TestRun({ flow: variantOf(checked, test), test, world, ...now });
  const { happenings, failure } = await hold(run, test, world, persona);
  const durationMs = performance.now() - began;
  const line = failure === undefined || failure.step < 0 ? lineAt() : lineAt('steps', failure.step);
  const notReached = failure === undefined ? 0 : test.steps.length - Math.max(0, failure.step + 1);
  const base = { name: test.name, line, durationMs, happenings, notReached };
  if (failure !== undefined) {
    const unjudged = rubric.map((rule) =>
      skipped(`${test.name}: ${rule}`, lineAt('rubric'), 'the conversation failed'),
    );
    return { happenings, done: [{ ...base, status: 'failed', failure }, ...unjudged] };
  }
  const judged =
    world.model === undefined
      ? skippedRubric
      : await judgeAll(rubric, world.model, run, test, lineAt('rubric'));
  return { happenings, done: [{ ...base, status: 'passed' }, ...judged] };
}

/** The flow with the arms that the test names; those it does not name are the first of their experiment. */
function variantOf({ flow }: TestableFlow, { experiments = {} }: FlowTest): CallFlow {
  const arms = Object.entries(experiments).map(([name, arm]) => `${name}.${arm}`);
  if (arms.length === 0) return flow;
  const partsOf = ({ settings }: CallFlow): string[] => settings.version.split('+');
  return flow.variants.find((variant) => arms.every((arm) => partsOf(variant).includes(arm))) ?? flow;
}

async function hold(
  run: TestRun,
  test: FlowTest,
  world: TestWorld,
  persona?: Persona,
): Promise<Conversation> {
  if (persona === undefined || world.model === undefined) return await playSteps(run, test.steps);
  const { model } = world;
  return await playSteps(run, test.steps, () => playPersona(run, persona, model));
}

async function judgeAll(
  rubric: readonly string[],
  model: NonNullable<TestWorld['model']>,
  run: TestRun,
  test: FlowTest,
  line: number,
): Promise<TestCase[]> {
  const cases: TestCase[] = [];
  for (const rule of rubric) {
    const began = performance.now();
    const { holds, why } = await judge(model, rule, spokenTranscript(run.happenings));
    const failure = {
      message: `the model judges that this does not hold: ${why}`,
      expected: rule,
      step: -1,
      after: run.happenings.length,
    };
    cases.push({
      name: `${test.name}: ${rule}`,
      status: holds ? 'passed' : 'failed',
      line,
      durationMs: performance.now() - began,
      happenings: run.happenings,
      notReached: 0,
      ...(holds ? {} : { failure }),
    });
  }
  return cases;
}

function skipped(name: string, line: number, reason: string): TestCase {
  return { name, status: 'skipped', reason, line, durationMs: 0, happenings: [], notReached: 0 };
}

/** `2026-11-20T15:00` in a time zone, as an instant; one that says its own offset is taken by it. */
function instantOf(written: string, timeZone: string): string {
  const iso = written.replace(' ', 'T');
  if (/(Z|[+-]\d\d:\d\d)$/.test(iso)) return new Date(iso).toISOString();
  const asUtc = new Date(`${iso}Z`).getTime();
  // The offset at that wall time: a second look settles it beside a change of the clocks.
  const offsetAt = (ms: number): number =>
    (localTime(new Date(ms).toISOString(), timeZone)?.offsetMinutes ?? 0) * 60_000;
  const near = asUtc - offsetAt(asUtc);
  return new Date(asUtc - offsetAt(near)).toISOString();
}
