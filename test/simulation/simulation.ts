/** Runs ranges of simulated calls, and makes the first failure small enough to be read. */
import type { CoreJournal } from '../../src/call/replay.ts';
import type { TurnEvent } from '../../src/call/turn-events.ts';
import type { TurnSettings } from '../../src/call/turn-state.ts';
import type { CallFlow } from '../../src/flows/index.ts';
import { type BrokenRule, type CallResult, type Reducer, simulateCall } from './call.ts';
import { Coverage } from './coverage.ts';
import { minimise } from './minimise.ts';
import { makeScenario, type Scenario } from './scenario.ts';

export interface SimulationOptions {
  flows: ReadonlyMap<string, CallFlow>;
  reduce: Reducer;
  seed: number;
  /** The calls with these indexes, the last one excluded. */
  from: number;
  to: number;
}

export interface SimulationTally {
  calls: number;
  events: number;
  /** Virtual time of all calls together. */
  virtualMs: number;
  counts: Readonly<Record<string, number>>;
  /** How often each rule was broken. */
  broken: Record<string, number>;
  /** The broken rule of the call with the lowest index. */
  first: { index: number; broken: BrokenRule } | undefined;
}

/** Simulates calls one after the other. */
export function simulateCalls(options: SimulationOptions): SimulationTally {
  const { seed, from, to } = options;
  const coverage = new Coverage();
  const tally: SimulationTally = {
    calls: 0,
    events: 0,
    virtualMs: 0,
    counts: coverage.counts,
    broken: {},
    first: undefined,
  };
  const names = [...options.flows.keys()];
  for (let index = from; index < to; index++) {
    const { events, endedAtMs, broken } = play(options, makeScenario(seed, index, names), coverage);
    tally.calls++;
    tally.events += events;
    tally.virtualMs += endedAtMs;
    if (broken !== undefined) {
      tally.broken[broken.rule] = (tally.broken[broken.rule] ?? 0) + 1;
      tally.first ??= { index, broken };
    }
  }
  return tally;
}

type World = Pick<SimulationOptions, 'flows' | 'reduce'>;

function play(
  { flows, reduce }: World,
  scenario: Scenario,
  coverage: Coverage,
  onEvent?: (event: TurnEvent, settings: TurnSettings) => void,
): CallResult {
  const flow = flows.get(scenario.flow);
  if (flow === undefined) throw new Error(`there is no flow "${scenario.flow}"`);
  return simulateCall({ scenario, flow, reduce, coverage, ...(onEvent === undefined ? {} : { onEvent }) });
}

/** A failure as small as it gets: how it comes about, and everything the core was told. */
export interface Failure {
  scenario: Scenario;
  broken: BrokenRule;
  journal: CoreJournal;
}

/** Runs a failing call again with less and less in it. Undefined where that call breaks no rule. */
export function explainFailure(world: World, seed: number, index: number): Failure | undefined {
  const coverage = new Coverage();
  const whole = makeScenario(seed, index, [...world.flows.keys()]);
  const rule = play(world, whole, coverage).broken?.rule;
  if (rule === undefined) return undefined;
  const scenario = minimise(whole, (smaller) => play(world, smaller, coverage).broken?.rule === rule);
  const events: TurnEvent[] = [];
  let settings: TurnSettings | undefined;
  const { broken } = play(world, scenario, coverage, (event, used) => {
    settings ??= used;
    events.push(event);
  });
  if (broken === undefined || settings === undefined) return undefined;
  const about = { flow: scenario.flow, seed, index, ...broken };
  return { scenario, broken, journal: { settings, about, events } };
}
