/** One run: so many calls at once for so long, and what was measured at the callers' end of the line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SpeechSegmenter } from '../../src/llm/speakable.ts';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import { streamingMs } from '../../src/sandbox/anthropic/pieces.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { WholeSandbox } from '../../src/sandbox/whole.ts';
import type { ServiceStats } from './service.ts';
import { TOLD } from './told.ts';

export interface Percentiles {
  count: number;
  p50: number;
  p95: number;
  p99: number;
}

export interface RunResult {
  calls: number;
  voiceToVoiceMs: Percentiles;
  /** Voice to voice less what the stand-ins were told to take. */
  ownMs: Percentiles;
  /** From the caller's first sound over the agent to `clear`. */
  bargeInMs: Percentiles;
  cpuMsPerCallSecond: number;
  /** Resident memory with all calls up, over that without any, for each call. */
  memoryPerCallBytes: number;
  eventLoopDelayP99Ms: number;
}

export interface RunOptions {
  sandbox: WholeSandbox;
  count: number;
  seconds: number;
  signal: AbortSignal;
  serviceUrl: string;
  adminToken: string;
  stats(): Promise<ServiceStats>;
}

/** Calls begin spread over this time, as callers do; measuring starts when all are up. */
const RAMP_MS = 3000;
/** A question and its answer take no less; the scripts are made long enough for the run. */
const EXCHANGE_MS = 5000;
/** Of so many callers one hangs up during the run and another calls: whatever that costs, the others must not hear it. */
const CALLERS_A_LEAVER = 5;
/** After the collection that precedes a reading, until what it held up is done with. */
const SETTLE_MS = 500;

export async function runCalls(options: RunOptions): Promise<RunResult> {
  const { sandbox, count, seconds, signal, stats } = options;
  const exchanges = Math.ceil((seconds * 1000 + RAMP_MS + SETTLE_MS) / EXCHANGE_MS);
  // One caller of each kind: everything that will be said is synthesised once, and the service's code is compiled.
  await Promise.all([0, 1, 2].map((seed) => oneCall(sandbox, seed, script(exchanges, seed)).ended));
  const idle = await stats();
  const slots: Promise<SandboxCall[]>[] = [];
  for (let i = 0; i < count && !signal.aborted; i++) {
    slots.push(callsInTurn(sandbox, i, exchanges));
    await sleep(RAMP_MS / count);
  }
  // Each reading begins with a collection, which no call should have to wait for in the time that counts.
  const before = await stats();
  await sleep(SETTLE_MS);
  const fromMs = performance.now();
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  const toMs = performance.now();
  const after = await stats();
  const calls = (await Promise.all(slots)).flat();
  const answers = (await Promise.all(calls.map((call) => answersOf(call, options)))).flat();
  const counted = answers.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return {
    calls: count,
    voiceToVoiceMs: percentiles(counted.map((turn) => turn.voiceToVoiceMs)),
    ownMs: percentiles(counted.map((turn) => turn.voiceToVoiceMs - turn.toldMs)),
    bargeInMs: percentiles(calls.flatMap(bargeIns)),
    cpuMsPerCallSecond: (after.cpuMs - before.cpuMs) / (((toMs - fromMs + SETTLE_MS) / 1000) * count),
    memoryPerCallBytes: (after.rssBytes - idle.rssBytes) / count,
    eventLoopDelayP99Ms: after.eventLoopDelayP99Ms,
  };
}

/** One caller, or two of whom the second calls when the first has hung up. Throws where one gets stuck. */
async function callsInTurn(sandbox: WholeSandbox, index: number, exchanges: number): Promise<SandboxCall[]> {
  const leaves = index % CALLERS_A_LEAVER === 0 && exchanges > 1;
  // One after the other, so that leaving is spread over the run.
  const first = leaves ? 1 + (Math.floor(index / CALLERS_A_LEAVER) % (exchanges - 1)) : exchanges;
  const calls: SandboxCall[] = [];
  for (const length of leaves ? [first, exchanges - first] : [first]) {
    const call = oneCall(sandbox, index + 1, script(length, index));
    calls.push(call);
    const end = await call.ended;
    if (end.reason === 'caller-stuck') throw new Error(`a call got stuck: ${end.detail}`);
  }
  return calls;
}

/** Questions and answers; every third answer is interrupted. Each caller starts elsewhere in the round. */
function script(exchanges: number, seed: number): CallerScriptInput {
  const questions = ['When do you open on Sunday?', 'Do you have a café?', 'How do I get there by bus?'];
  const steps = Array.from({ length: exchanges }, (_, i) => {
    const say = questions[(i + seed) % questions.length] ?? '';
    return i > 0 && (i + seed) % 3 === 0 ? { say, when: { agentSpokeMs: 900 } } : { say };
  });
  return {
    seed,
    quietMs: 700,
    stepTimeoutMs: 30_000,
    steps: [...steps, { hangUp: true, when: { afterMs: 1500 } }],
  };
}

function oneCall(sandbox: WholeSandbox, index: number, caller: CallerScriptInput): SandboxCall {
  const from = `+1555${String(1_000_000 + index)}`;
  return sandbox.twilio.placeInboundCall({ from, to: '+15550100', caller });
}

interface Answer {
  /** When the question ended, by `performance.now()`. */
  atMs: number;
  voiceToVoiceMs: number;
  /** What the stand-ins were told to take for it. */
  toldMs: number;
}

/** Each answer the caller heard: from the last audible frame of the question to the first message with audio. */
async function answersOf(call: SandboxCall, options: RunOptions): Promise<Answer[]> {
  const record = await recordOf(call, options);
  const replies = record.turns.filter((turn) => turn.role === 'agent').slice(1);
  const said = call.timeline.ofType('said');
  const starts = call.timeline.ofType('heard-agent-start');
  return said.flatMap((question, i) => {
    const next = said[i + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const start = starts.find(({ receivedAtMs }) => receivedAtMs > question.atMs && receivedAtMs < next);
    const reply = replies[i];
    if (start === undefined || reply === undefined) return [];
    const text = reply.generated ?? reply.text;
    return [
      { atMs: question.atMs, voiceToVoiceMs: start.receivedAtMs - question.atMs, toldMs: toldMs(text) },
    ];
  });
}

function toldMs(replyText: string): number {
  const segmenter = new SpeechSegmenter();
  const [firstClause = replyText] = [...segmenter.push(replyText), ...segmenter.end()];
  const { endOfSpeechMs, firstTokenMs, tokensPerSecond, firstByteMs } = TOLD;
  return endOfSpeechMs + firstTokenMs + streamingMs(firstClause, tokensPerSecond) + firstByteMs;
}

async function recordOf(call: SandboxCall, { serviceUrl, adminToken }: RunOptions): Promise<CallRecord> {
  const response = await fetch(`${serviceUrl}/api/v1/calls/${call.sid}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  if (!response.ok) throw new Error(`the service has no record of ${call.sid} (${response.status})`);
  return callRecordSchema.parse(await response.json());
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

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
