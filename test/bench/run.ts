/** One run of the load: so many calls at once for so long, and what was measured at the callers' end of the line. */
import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { type AnswerTimes, Exchanges, type HeardAnswer } from './own-part.ts';
import { Stage, together } from './stage.ts';

export interface RunResult {
  /** Of each answer, in ms, from the last audible frame of its question to the first message with audio. */
  voiceToVoiceMs: readonly number[];
  /** Where the time went, of those answers whose exchanges were found on the wires. */
  times: readonly AnswerTimes[];
  /** Questions that were followed by no answer. */
  unanswered: number;
  /** From the caller's first sound over the agent to `clear`. */
  bargeInMs: readonly number[];
  cpuMsPerCallSecond: number;
  /** Resident memory with all calls up, over that without any, for each call. */
  memoryPerCallBytes: number;
  eventLoopDelayP99Ms: number;
  longestCollectionMs: number;
  /** Of this process, with its callers and stand-ins. */
  ownLoopDelayP99Ms: number;
  /** What programs other than the benchmark's took of all processors' time, from 0 to 1. */
  othersShare: number;
}

export interface RunOptions {
  /** Calls at once. */
  count: number;
  seconds: number;
  signal: AbortSignal;
}

/** Calls begin spread over this time, as callers do; measuring starts when all are up. */
const RAMP_MS = 3000;
/** A question and its answer take no less; the scripts are made long enough for the run. */
const EXCHANGE_MS = 5000;
/** Of so many callers one hangs up during the run and another calls: whatever that costs, the others must not hear it. */
const CALLERS_A_LEAVER = 5;
/** From the end of a question until its answer was surely heard: the collection of the last reading comes after that. */
const LAST_ANSWER_MS = 1500;

/** Rejects where a call gets stuck, for then its figures mean nothing, and when the signal aborts. */
export async function runCalls({ count, seconds, signal }: RunOptions): Promise<RunResult> {
  await using stage = await Stage.start({ signal });
  const exchanges = Math.ceil((seconds * 1000 + RAMP_MS + LAST_ANSWER_MS) / EXCHANGE_MS);
  // One caller of each kind: everything that will be said is synthesised once, and the service's code is compiled.
  await together([0, 1, 2].map((seed) => oneCall(stage, script(exchanges, seed))));
  const idle = await stage.service.stats({ collected: true });
  const log = new Exchanges();
  const unfollow = stage.sandbox.wire.follow((event) => log.take(event));
  const talking = together(
    Array.from({ length: count }, async (_, i) => {
      await sleep((i * RAMP_MS) / count, undefined, { signal });
      return callsInTurn(stage, i, exchanges);
    }),
  );
  talking.catch(() => undefined); // it is awaited below
  await sleep(RAMP_MS, undefined, { signal }).catch(() => undefined);
  const { fromMs, toMs, used, ...machine } = await measure(stage, seconds, signal);
  const calls = (await talking).flat();
  unfollow();
  const questions = calls
    .flatMap(questionsOf)
    .filter(({ saidAtMs }) => saidAtMs >= fromMs && saidAtMs < toMs);
  const answers = questions.filter((question): question is HeardAnswer => question.heardAtMs !== undefined);
  return {
    voiceToVoiceMs: answers.map(({ saidAtMs, heardAtMs }) => heardAtMs - saidAtMs),
    times: answers.flatMap((answer) => log.timesOf(answer) ?? []),
    unanswered: questions.length - answers.length,
    bargeInMs: calls.flatMap(bargeIns),
    cpuMsPerCallSecond: used.cpuMsPerSecond / count,
    memoryPerCallBytes: (used.rssBytes - idle.rssBytes) / count,
    eventLoopDelayP99Ms: used.eventLoopDelayP99Ms,
    longestCollectionMs: used.longestCollectionMs,
    ...machine,
  };
}

/** What the service used of processor and memory in the time that counts, and what this process and others did to it. */
async function measure({ service }: Stage, seconds: number, signal: AbortSignal) {
  const before = await service.stats({ collected: false });
  using loop = loopDelay();
  const [busyBefore, ownBefore] = [busyMs(), ownCpuMs()];
  const fromMs = performance.now();
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  const toMs = performance.now();
  await sleep(LAST_ANSWER_MS, undefined, { signal }).catch(() => undefined);
  const readMs = performance.now();
  const [busyAfter, ownAfter, ownLoopDelayP99Ms] = [busyMs(), ownCpuMs(), loop.p99Ms()];
  const after = await service.stats({ collected: true });
  const cpuMs = after.cpuMs - before.cpuMs;
  const othersMs = busyAfter - busyBefore - (ownAfter - ownBefore) - cpuMs;
  return {
    fromMs,
    toMs,
    used: { ...after, cpuMsPerSecond: (1000 * cpuMs) / (readMs - fromMs) },
    ownLoopDelayP99Ms,
    othersShare: Math.max(0, othersMs) / ((readMs - fromMs) * cpus().length),
  };
}

function loopDelay(): Disposable & { p99Ms(): number } {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return { p99Ms: () => delay.percentile(99) / 1e6, [Symbol.dispose]: () => void delay.disable() };
}

/** Of all processors, since the machine was started. */
function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One caller, or two of whom the second calls when the first has hung up. Rejects where one gets stuck. */
async function callsInTurn(stage: Stage, index: number, exchanges: number): Promise<SandboxCall[]> {
  const leaves = index % CALLERS_A_LEAVER === 0 && exchanges > 1;
  // One after the other, so that leaving is spread over the run.
  const first = leaves ? 1 + (Math.floor(index / CALLERS_A_LEAVER) % (exchanges - 1)) : exchanges;
  const calls: SandboxCall[] = [];
  for (const length of leaves ? [first, exchanges - first] : [first])
    calls.push(await oneCall(stage, script(length, index)));
  return calls;
}

async function oneCall(stage: Stage, caller: CallerScriptInput): Promise<SandboxCall> {
  const { call, stuck } = await stage.place('load', caller);
  if (stuck !== undefined) throw new Error(`a call got stuck: ${stuck}`);
  return call;
}

/** Questions and answers; every third answer is interrupted. Each caller starts elsewhere in the round. */
function script(exchanges: number, seed: number): CallerScriptInput {
  const questions = [
    'When do you open on Sunday?',
    'Do you have a café in the garden?',
    'How do I get there by bus?',
  ];
  const steps = Array.from({ length: exchanges }, (_, i) => {
    const say = questions[(i + seed) % questions.length] ?? '';
    return i > 0 && (i + seed) % 3 === 0 ? { say, when: { agentSpokeMs: 900 } } : { say };
  });
  return { seed, steps: [...steps, { hangUp: true, when: { afterMs: 1500 } }] };
}

/** What the caller said, and when the answer began, where there was one. */
type Question = Omit<HeardAnswer, 'heardAtMs'> & { heardAtMs: number | undefined };

function questionsOf({ timeline }: SandboxCall): Question[] {
  const said = timeline.ofType('said');
  const starts = timeline.ofType('heard-agent-start');
  return said.map(({ text, atMs }, i) => {
    const next = said[i + 1]?.startedAtMs ?? Number.POSITIVE_INFINITY;
    const start = starts.find(({ receivedAtMs }) => receivedAtMs > atMs && receivedAtMs < next);
    return { question: text, saidAtMs: atMs, heardAtMs: start?.receivedAtMs };
  });
}

/** From the first audible frame over the agent to the `clear` that answers it. */
function bargeIns(call: SandboxCall): number[] {
  const clears = call.timeline.ofType('clear-received');
  const heard = call.timeline.ofType('heard-agent-start');
  const ends = call.timeline.ofType('heard-agent-end');
  return call.timeline.ofType('saying').flatMap((saying) => {
    const start = heard.findLast(({ atMs }) => atMs < saying.atMs);
    const end = ends.find(({ atMs }) => start !== undefined && atMs > start.atMs);
    const isOver = start === undefined || (end !== undefined && end.lastAudibleAtMs < saying.atMs);
    const clear = clears.find(({ atMs }) => atMs > saying.atMs);
    return isOver || clear === undefined ? [] : [clear.atMs - saying.atMs];
  });
}
