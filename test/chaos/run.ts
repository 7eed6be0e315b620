/** Runs cases: in worlds beside each other, one case at a time in each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment } from '../../src/sandbox/moments.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { BYTES_PER_MS } from '../../src/telephony/index.ts';
import type { Speech } from '../../src/tts/flite/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import type { ChaosCase } from './cases.ts';
import { wordsHeard } from './heard.ts';
import { judge, SAID, type Verdict } from './judge.ts';
import type { NodeProcess } from './node-process.ts';
import { PatientCaller } from './patient-caller.ts';
import { CALLERS_VOICE, World } from './world.ts';

export interface RunOptions {
  cases: readonly ChaosCase[];
  /** Beside each other. */
  worlds: number;
  onVerdict: (verdict: Verdict) => void;
  /** What people should know of the run. */
  onNote: (note: string) => void;
  signal: AbortSignal;
}

/** What a caller takes for the end of what the agent is saying: more than the longest silence that is still good. */
const QUIET_MS = 2100;
/** A caller who waits in vain gives up. */
const STEP_TIMEOUT_MS = 20_000;
/** No case lasts longer: three steps that wait in vain, and the talk between them. */
const CASE_TIMEOUT_MS = 120_000;
/** A store that was away is written to once it is back. */
const RECORD_TIMEOUT_MS = 15_000;

/** Closer together they would be taken for one. */
const BETWEEN_SIGNALS_MS = 500;

/** Without a fault: the world works, and everything is warm and known. */
const CALM: ChaosCase = {
  name: 'none',
  stage: 'process',
  fault: 'none',
  moment: 'greeting',
  faults: [],
  longestSilenceMs: 2000,
};

/** Rejects where a world cannot be started, and when the signal aborts. Nothing is left running then. */
export async function runCases(options: RunOptions): Promise<Verdict[]> {
  const { cases, worlds, onVerdict, signal } = options;
  await using parts = new AsyncDisposableStack();
  const postgres = await startPostgres();
  parts.defer(() => postgres.stop());
  const queue = [...cases];
  const verdicts: Verdict[] = [];
  const lane = async (): Promise<void> => {
    await using world = await calmWorld(postgres, options);
    for (let next = queue.shift(); next !== undefined && !signal.aborted; next = queue.shift()) {
      const verdict = await runCase(world, next, signal);
      // Its caller was made to hang up.
      if (signal.aborted) break;
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  };
  const lanes = Array.from({ length: Math.min(worlds, cases.length) }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  const order = new Map(cases.map(({ name }, i) => [name, i]));
  return verdicts.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

function isSilent({ longestSilenceMs }: Verdict): boolean {
  return longestSilenceMs > CALM.longestSilenceMs;
}

/** A world in which a call without a fault goes well. */
async function calmWorld(postgres: PostgresServer, { onNote, signal }: RunOptions): Promise<World> {
  await using starting = new AsyncDisposableStack();
  const world = starting.use(await World.start(postgres));
  // The first call may be slow, for it warms everything up.
  const calm = await runCase(world, CALM, signal);
  const second = calm.good ? calm : await runCase(world, CALM, signal);
  signal.throwIfAborted();
  // Whose silence is too long, the machine is too busy: told, for it is in all that follows.
  if (second.problems.length > (isSilent(second) ? 1 : 0))
    throw new Error(`a call without any fault goes wrong: ${second.problems.join('; ')}`);
  if (isSilent(second)) onNote(`without any fault, a ${second.problems.join()}: this machine is too busy`);
  starting.move();
  return world;
}

/** Never rejects for what befalls the call. */
async function runCase(world: World, each: ChaosCase, signal: AbortSignal): Promise<Verdict> {
  await world.heal();
  const { faults, booking, twilio } = world.sandbox;
  const struckBefore = faults.strikes.at(-1);
  const asked = booking.requests.at(-1);
  for (const fault of each.faults) faults.add(fault);
  await using process = new Striker(world, each);
  const caller = new PatientCaller({
    voice: world.sandbox.voice,
    knownSpeech: world.sandbox.knownSpeech,
    voiceName: CALLERS_VOICE,
    quietMs: QUIET_MS,
    stepTimeoutMs: STEP_TIMEOUT_MS,
    says: SAID,
    asksAgain: (sinceMs) => asksAgain(call, sinceMs, world),
  });
  const call = twilio.placeInboundCall({ from: '+15550123', to: '+15550100', caller });
  process.follow(call);
  const end = await ended(call, signal);
  const record = await world.record(call.sid, RECORD_TIMEOUT_MS);
  const since = struckBefore === undefined ? -1 : faults.strikes.indexOf(struckBefore);
  const first = asked === undefined ? -1 : booking.requests.indexOf(asked);
  return judge(each, {
    call,
    end,
    record,
    hasAudio: await world.hasAudio(call.sid, RECORD_TIMEOUT_MS),
    speeches: await speechesOf(world, record?.turns.map(({ text, generated }) => generated ?? text) ?? []),
    requests: booking.requests.slice(first + 1).filter(({ method }) => method !== 'DELETE'),
    appointments: booking.appointments.length,
    repeats: caller.repeats,
    strikes: faults.strikes.slice(since + 1).length + process.strikes,
  });
}

/** What an agent says that has missed something. */
const ASKS_AGAIN = /\b(sorry|again|repeat|dropped|catch that)\b/;

function asksAgain({ recording }: SandboxCall, sinceMs: number, { spoken }: World): boolean {
  const fromMs = Math.max(0, sinceMs - (recording.startedAtMs ?? sinceMs));
  const heard = wordsHeard(recording.agent.subarray(fromMs * BYTES_PER_MS), spoken.values());
  return ASKS_AGAIN.test(heard.map(({ text }) => text).join(' '));
}

async function ended(call: SandboxCall, signal: AbortSignal): Promise<Awaited<SandboxCall['ended']>> {
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(CASE_TIMEOUT_MS)]);
  const hangUp = (): void => call.hangUp();
  giveUp.addEventListener('abort', hangUp, { once: true });
  try {
    return await call.ended;
  } finally {
    giveUp.removeEventListener('abort', hangUp);
  }
}

/** All that the stand-ins have said; and the record's texts, for a voice of the service's own says them alike. */
async function speechesOf({ sandbox, spoken }: World, texts: readonly string[]): Promise<Speech[]> {
  const sentences = texts.flatMap((text) => [text, ...(text.match(/[^.!?]+[.!?]*/g) ?? [])]);
  for (const text of new Set(sentences.map((sentence) => sentence.trim())))
    if (text !== '' && !spoken.has(` ${text}`)) await sandbox.voice.speak(text).catch(() => undefined);
  return [...spoken.values()];
}

/** Strikes the process that carries the call, at its moment. */
class Striker implements AsyncDisposable {
  readonly #world: World;
  readonly #plan: ChaosCase['process'];
  readonly #moment: Moment;
  readonly #over = new AbortController();
  #carrier: Promise<NodeProcess | undefined> = Promise.resolve(undefined);
  #toCome: number;
  #struck: Promise<void> = Promise.resolve();
  #unfollow: () => void = () => undefined;
  strikes = 0;

  constructor(world: World, { process, moment }: ChaosCase) {
    this.#world = world;
    this.#plan = process;
    this.#moment = moment;
    this.#toCome = process?.nth ?? 0;
  }

  follow(call: SandboxCall): void {
    const plan = this.#plan;
    if (plan === undefined) return;
    // Who carries the call is asked as soon as somebody does: at the moment there is no time for it.
    void call.timeline.first('media-received').then(() => {
      this.#carrier = this.#world.carrier();
    });
    this.#unfollow = this.#world.sandbox.faults.moments.follow((moment) => {
      if (moment !== this.#moment || --this.#toCome !== 0) return;
      this.#struck = this.#strike(plan).catch(() => undefined); // the call is over first
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unfollow();
    this.#over.abort();
    await this.#struck;
  }

  async #strike({ signals, afterMs }: NonNullable<ChaosCase['process']>): Promise<void> {
    await sleep(afterMs, undefined, { signal: this.#over.signal });
    const carrier = await this.#carrier;
    if (carrier === undefined) return;
    this.strikes++;
    for (const [i, signal] of signals.entries()) {
      if (i > 0) await sleep(BETWEEN_SIGNALS_MS);
      carrier.signal(signal);
    }
  }
}
