import { describe, expect, it, vi } from 'vitest';
import { readCoreJournal, replayCoreJournal, writeCoreJournal } from '../../src/call/replay.ts';
import { reduce } from '../../src/call/turn-taking.ts';
import { simulatedFlows } from './flows.ts';
import { MUTANTS } from './mutants.ts';
import { explainFailure, simulateCalls } from './simulation.ts';

const CALLS = 2000;
/** A broken core shows by then. */
const MOST_CALLS = 8000;
const SEED = 1;
const flows = simulatedFlows();
/** Seconds of work; a busy machine takes several times as long. */
vi.setConfig({ testTimeout: 60_000 });

/** What a simulation is worth nothing without. */
const REACHED = [
  'back-channels',
  'barge-ins by keys',
  'barge-ins by length',
  'barge-ins by words',
  'drafts adopted',
  'drafts dropped: keys',
  'drafts dropped: resumed',
  'drafts dropped: went-on',
  'fillers',
  'goes on after decide',
  'goes on after speech-stopped',
  'goes on after words',
  'hang-ups: flow',
  'hang-ups: silence',
  'hang-ups: time-up',
  'happens: node-drains',
  'happens: recogniser-switched',
  'happens: recognition-back',
  'happens: speech-down',
  'happens: speech-up',
  'hearing changed',
  'lines that came back: go-on',
  'lines that came back: go-on on a relay',
  'lines that came back: line-resumed',
  'lines that came back: transfer-failed',
  'lines that came back: unheard',
  'outcomes by model',
  'replies to go-on',
  'replies to keys',
  'replies to machine-answered',
  'replies to recognition-lost',
  'replies to looking-up',
  'replies to silence',
  'replies to speech',
  'replies to time-up',
  'replies to unheard',
  'rollbacks',
  'slots filled by keys',
  'slots filled by model',
  'slots filled by parser',
  'tools dropped',
  'tools released by decide',
  'tools that read',
  'tools that write',
  'transfers',
  'turn ends by key',
  'yields',
];

describe('simulated calls', () => {
  it(`break no rule: ${CALLS} of them, and everything is reached`, () => {
    const { first, calls, counts } = simulateCalls({ flows, reduce, seed: SEED, from: 0, to: CALLS });
    expect(first).toBeUndefined();
    expect(calls).toBe(CALLS);
    expect(REACHED.filter((name) => counts[name] === undefined)).toEqual([]);
  });

  it('are the same for the same seed, each by itself too', () => {
    const whole = simulateCalls({ flows, reduce, seed: 7, from: 0, to: 40 });
    const parts = Array.from({ length: 40 }, (_, index) =>
      simulateCalls({ flows, reduce, seed: 7, from: index, to: index + 1 }),
    );
    expect(parts.reduce((sum, { events }) => sum + events, 0)).toBe(whole.events);
    expect(parts.reduce((sum, { virtualMs }) => sum + virtualMs, 0)).toBe(whole.virtualMs);
  });
});

describe('a broken core is caught, where', () => {
  it.each(Object.entries(MUTANTS))('%s', (_, broken) => {
    let caught: number | undefined;
    for (let index = 0; index < MOST_CALLS && caught === undefined; index += 50)
      caught = simulateCalls({ flows, reduce: broken, seed: SEED, from: index, to: index + 50 }).first?.index;
    expect(caught).toBeDefined();
  });
});

describe('a failure', () => {
  const broken = MUTANTS['the line is not paused at the onset of speech'] ?? reduce;
  const index = simulateCalls({ flows, reduce: broken, seed: SEED, from: 0, to: 50 }).first?.index ?? -1;

  it('is made small, and still fails by the same rule', () => {
    const failure = explainFailure({ flows, reduce: broken }, SEED, index);
    expect(failure?.broken.rule).toBe('pause-is-ordered');
    expect(failure?.scenario.acts.length).toBeLessThanOrEqual(1);
    expect(failure?.scenario.faults).toEqual([]);
  });

  it('is written as a journal that can be stepped through', () => {
    const journal = explainFailure({ flows, reduce: broken }, SEED, index)?.journal;
    if (journal === undefined) throw new Error('there is no failure');
    const read = readCoreJournal(writeCoreJournal(journal));
    expect(read).toEqual(journal);
    const commands = [...replayCoreJournal(read)].flatMap((step) => step.commands.map(({ type }) => type));
    // The core as it is does what the broken one left out.
    expect(commands).toContain('pause-line');
  });

  it('is none where no rule is broken', () => {
    expect(explainFailure({ flows, reduce }, SEED, index)).toBeUndefined();
  });
});
