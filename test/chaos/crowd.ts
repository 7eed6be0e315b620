/**
 * Many calls at once on three nodes, and what is done to the nodes meanwhile: one is killed, all are restarted one after
 * the other, or nothing at all for a long time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord } from '../../src/records/index.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { startPostgres } from '../support/postgres.ts';
import { compareWords, longestSilence, plainWords } from './heard.ts';
import type { NodeStats } from './node.ts';
import { CALLERS_VOICE, World } from './world.ts';

export type CrowdDeed = 'kill-one' | 'rolling' | 'soak';

export interface CrowdOptions {
  /** At once. */
  calls: number;
  deed: CrowdDeed;
  /** How long callers keep calling. */
  seconds: number;
  onProgress: (line: string) => void;
  signal: AbortSignal;
}

export interface CrowdFigure {
  name: string;
  value: number;
  unit: string;
  /** Undefined: for information. */
  atMost?: number;
}

const TICKETS = ['Two.', 'Three.', 'Four.', 'Five.'] as const;
const QUESTIONS = ['When do you open on Sunday?', 'Do you have a café in the garden?'] as const;
/** Callers come one after the other. */
const BETWEEN_CALLERS_MS = 150;
const LONGEST_SILENCE_MS: Record<CrowdDeed, number> = { 'kill-one': 3000, rolling: 3000, soak: 2000 };
const QUIET_MS = 1500;
/** Shorter than a call, so that calls are handed over and not only waited for. */
const DRAIN_SEC = 5;
const RECORD_TIMEOUT_MS = 30_000;
/** Memory settles in this time. */
const SETTLING_MS = 300_000;
const MOST_GROWTH_PERCENT = 5;
/** Between two readings of what the nodes hold. */
const READING_MS = 30_000;
/** From the end of the last call until what it held has been let go. */
const LETTING_GO_MS = 10_000;

interface Finished {
  call: SandboxCall;
  problems: string[];
  silenceMs: number;
}

/** Rejects where the world cannot be started, and when the signal aborts. Nothing is left running. */
export async function runCrowd(
  options: CrowdOptions,
): Promise<{ figures: CrowdFigure[]; problems: string[] }> {
  const { calls, deed, seconds, onProgress, signal } = options;
  await using parts = new AsyncDisposableStack();
  const postgres = await startPostgres();
  parts.defer(() => postgres.stop());
  const world = parts.use(await World.start(postgres, { DRAIN_TIMEOUT_S: String(DRAIN_SEC) }));
  // Everything that will be said is synthesised once, and every node has had a call.
  await Promise.all([0, 1, 2].map((seed) => oneCall(world, seed, signal)));
  const idle = await statsOf(world);
  onProgress(`${calls} callers begin …`);
  const until = performance.now() + seconds * 1000;
  const finished: Finished[] = [];
  const talking = Promise.all(
    Array.from({ length: calls }, async (_, i) => {
      await sleep(i * BETWEEN_CALLERS_MS, undefined, { signal });
      for (let seed = i; ; seed += calls) {
        finished.push(await oneCall(world, seed, signal));
        if (performance.now() > until || signal.aborted) return;
      }
    }),
  );
  talking.catch(() => undefined); // awaited below
  await sleep(calls * BETWEEN_CALLERS_MS, undefined, { signal });
  const memory = await does(world, options, talking);
  await talking;
  signal.throwIfAborted();
  const figures = [
    ...figuresOf(finished, deed),
    ...(deed === 'soak' ? [...memory, ...(await leftOvers(world, idle))] : []),
  ];
  return { figures, problems: finished.flatMap(({ problems }) => problems) };
}

/** What befalls the nodes while callers talk; for a soak, what memory has done meanwhile. */
async function does(world: World, options: CrowdOptions, talking: Promise<unknown>): Promise<CrowdFigure[]> {
  const { deed, onProgress } = options;
  switch (deed) {
    case 'kill-one': {
      const victim = await world.carrier();
      const held = await victim?.liveCalls();
      victim?.signal('SIGKILL');
      onProgress(`a node with ${held ?? 0} calls is killed`);
      return [];
    }
    case 'rolling':
      for (const [i, node] of world.nodes.entries()) {
        onProgress(`node ${i + 1} with ${await node.liveCalls()} calls is asked to end`);
        await node.restart();
        onProgress(`node ${i + 1} is back`);
      }
      return [];
    case 'soak':
      return await watchMemory(world, options, talking);
  }
}

async function watchMemory(
  world: World,
  { onProgress, signal }: CrowdOptions,
  talking: Promise<unknown>,
): Promise<CrowdFigure[]> {
  const startedAtMs = performance.now();
  const readings: { atMs: number; bytes: number }[] = [];
  let isOver = false;
  void talking.finally(() => {
    isOver = true;
  });
  while (!isOver && !signal.aborted) {
    await sleep(READING_MS, undefined, { signal });
    const stats = await statsOf(world);
    const bytes = stats.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
    const atMs = performance.now() - startedAtMs;
    readings.push({ atMs, bytes });
    onProgress(`${Math.round(atMs / 1000)} s: the nodes hold ${(bytes / 1e6).toFixed(0)} MB`);
  }
  const settled = readings.filter(({ atMs }) => atMs >= SETTLING_MS);
  const third = Math.max(1, Math.floor(settled.length / 3));
  const mean = (list: typeof readings): number =>
    list.reduce((sum, { bytes }) => sum + bytes, 0) / list.length;
  // Thirds against each other: a single reading depends on when the last collection was.
  const growth = 100 * (mean(settled.slice(-third)) / mean(settled.slice(0, third)) - 1);
  return [
    {
      name: 'growth of memory after five minutes',
      value: settled.length < 2 ? 0 : growth,
      unit: '%',
      atMost: MOST_GROWTH_PERCENT,
    },
  ];
}

/** Timers, sockets and the like that the nodes hold without a call, beyond those before the first one. */
async function leftOvers(world: World, idle: readonly NodeStats[]): Promise<CrowdFigure[]> {
  await sleep(LETTING_GO_MS);
  const after = await statsOf(world);
  const count = (stats: readonly NodeStats[], name: string): number =>
    stats.reduce((sum, { resources }) => sum + (resources[name] ?? 0), 0);
  const names = new Set([...idle, ...after].flatMap(({ resources }) => Object.keys(resources)));
  return [...names].sort().map((name) => ({
    name: `${name} left over`,
    value: Math.max(0, count(after, name) - count(idle, name)),
    unit: '',
    // Connections that are kept for the next request come and go.
    ...(name === 'Timeout' || name === 'TCPSocketWrap' ? { atMost: world.nodes.length * 4 } : {}),
  }));
}

function statsOf(world: World): Promise<NodeStats[]> {
  return Promise.all(world.nodes.map((node) => node.stats()));
}

function figuresOf(finished: readonly Finished[], deed: CrowdDeed): CrowdFigure[] {
  const wrong = finished.filter(({ problems }) => problems.length > 0);
  return [
    { name: 'calls', value: finished.length, unit: '' },
    { name: 'calls that did not go well', value: wrong.length, unit: '', atMost: 0 },
    {
      name: 'longest silence',
      value: Math.max(0, ...finished.map(({ silenceMs }) => silenceMs)),
      unit: 'ms',
      atMost: LONGEST_SILENCE_MS[deed],
    },
  ];
}

/** One caller, from the first ring to the record. Never rejects for what befalls the call. */
async function oneCall(world: World, seed: number, signal: AbortSignal): Promise<Finished> {
  const tickets = TICKETS[seed % TICKETS.length] ?? TICKETS[0];
  const said = [tickets, ...QUESTIONS, 'Goodbye.'];
  const call = world.sandbox.twilio.placeInboundCall({
    from: `+1555${1_000_000 + (seed % 1_000_000)}`,
    to: '+15550101',
    caller: {
      voice: CALLERS_VOICE,
      seed: seed + 1,
      quietMs: QUIET_MS,
      stepTimeoutMs: 20_000,
      steps: said.map((say) => ({ say })),
    },
  });
  const hangUp = (): void => call.hangUp();
  signal.addEventListener('abort', hangUp, { once: true });
  const end = await call.ended.finally(() => signal.removeEventListener('abort', hangUp));
  const isProper = end.status === 'completed' && end.reason === 'hangup-verb';
  const record = await world.record(call.sid, RECORD_TIMEOUT_MS);
  const problems = [
    !isProper && `dropped (${end.reason}${end.detail === undefined ? '' : `: ${end.detail}`})`,
    ...recordProblems(record, said, 2 + (seed % TICKETS.length)),
  ].filter((problem) => problem !== false);
  return {
    call,
    problems: problems.map((problem) => `${call.sid}: ${problem}`),
    silenceMs: longestSilence(call.recording, !isProper).lengthMs,
  };
}

function recordProblems(record: CallRecord | undefined, said: readonly string[], tickets: number): string[] {
  if (record === undefined) return ['no record'];
  const heard = record.turns.filter(({ role }) => role === 'caller').map(({ text }) => text);
  const { missing, extra } = compareWords(plainWords(said.join(' ')), plainWords(heard.join(' ')));
  return [
    missing.length > 0 && `caller’s words lost: ${missing.join(' ')}`,
    extra.length > 0 && `caller’s words doubled: ${extra.join(' ')}`,
    record.slots['tickets'] !== tickets &&
      `context lost: ${String(record.slots['tickets'])} tickets, not ${tickets}`,
    record.result !== 'kept' && `result ${record.result ?? 'none'}`,
  ].filter((problem) => problem !== false);
}
