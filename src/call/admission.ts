/**
 * Admission: whether a new call is answered, and what becomes of it otherwise. Calls in progress never wait for one that
 * would be too many: beyond the most live calls, or while the process is late with what it has, a new one waits in line,
 * goes to another node, or to somebody else, as its flow says. A call that comes back (`/twilio/resume`) is not asked.
 */
import type { FlowSettings, ReceptionSettings } from '../flows/index.ts';
import type { Admission, CarrierWords, NewCall, Reception } from '../telephony/index.ts';

/** Every counter of this file, for whoever registers metrics. */
export const ADMISSION_COUNTERS = {
  admissions_total: {
    help: 'New calls by what became of them: answer, wait (each time it asks), elsewhere, transfer, refuse or fallback.',
    labels: ['decision'],
  },
} as const;

/** What a process is busy with. */
export interface Load {
  /** Calls whose media is open. */
  readonly liveCalls: number;
  /** Calls that were answered and whose media has not come yet. */
  readonly expectedCalls: number;
  /** Calls that wait in line. */
  readonly waitingCalls: number;
  /** The process does not get to its work in time. */
  readonly isLate: boolean;
}

/** Where one new call stands. */
export interface Applicant {
  readonly whenBusy: ReceptionSettings['whenBusy'];
  /** It has waited before: others that wait do not stand before it. */
  readonly isWaiting: boolean;
  readonly waitedMs: number;
  /** How often it has been told to ask again. */
  readonly round: number;
}

export type Decision = Exclude<Admission['type'], 'fallback'>;

/** Other nodes asked before a call waits in line: enough to meet one with room among a few. */
const TRIES_ELSEWHERE = 5;
/** Beyond it nobody more is put in line: a line that long is no answer. */
const MOST_WAITING = 1_000;

/** Pure. `mostLiveCalls` undefined: as many as the process serves in time. */
export function decide(load: Load, mostLiveCalls: number | undefined, call: Applicant): Decision {
  if (hasRoom(load, mostLiveCalls, call.isWaiting)) return 'answer';
  const { whenBusy, waitedMs, round } = call;
  const atLast = whenBusy.transfer === undefined ? 'refuse' : 'transfer';
  switch (whenBusy.do) {
    case 'apologise':
      return 'refuse';
    case 'transfer':
      return atLast;
    case 'elsewhere':
      if (round < TRIES_ELSEWHERE) return 'elsewhere';
      break;
    case 'wait':
      break;
  }
  const isLineFull = !call.isWaiting && load.waitingCalls >= MOST_WAITING;
  return waitedMs >= whenBusy.mostWaitMs || isLineFull ? atLast : 'wait';
}

function hasRoom(load: Load, mostLiveCalls: number | undefined, isWaiting: boolean): boolean {
  if (load.isLate) return false;
  if (mostLiveCalls === undefined) return true;
  const before = isWaiting ? 0 : load.waitingCalls;
  return load.liveCalls + load.expectedCalls + before < mostLiveCalls;
}

export interface AdmissionOptions {
  flows: {
    forNumber(
      number: string,
    ): { readonly settings: Pick<FlowSettings, 'language' | 'reception'> } | undefined;
  };
  mostLiveCalls: number | undefined;
  liveCalls(): number;
  isLate(): boolean;
  /** The shared store of live calls is away: what another node knows of a call, this one cannot. */
  isAlone(): boolean;
  /** Neither Redis nor Postgres can be reached. */
  storesAway(): boolean;
  counters: { inc(name: string, labels: Record<string, string>): void };
  /** Milliseconds since 1970. @defaultValue Date.now */
  now?: () => number;
}

/** The carrier opens the stream within a second or two; what takes longer takes its place back. */
const EXPECTED_FOR_MS = 15_000;
/** Whoever waits asks again every few seconds; who does not has hung up. */
const WAITING_FOR_MS = 12_000;
/** What is said to those who wait is said again every so many times they ask. */
const SAY_EVERY_ROUNDS = 5;

export class AdmissionDesk implements Reception {
  readonly #options: AdmissionOptions;
  readonly #now: () => number;
  /** By CallSid: until when each counts, in milliseconds since 1970. Oldest first. */
  readonly #expected = new Map<string, number>();
  readonly #waiting = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get isAlone(): boolean {
    return this.#options.isAlone();
  }

  /** Calls that wait in line. */
  get waitingCalls(): number {
    this.#forgetGone();
    return this.#waiting.size;
  }

  admit(call: NewCall): Admission {
    const admission = this.#admit(call);
    this.#options.counters.inc('admissions_total', { decision: admission.type });
    return admission;
  }

  wordsFor(number: string): CarrierWords | undefined {
    const settings = this.#options.flows.forNumber(number)?.settings;
    if (settings?.reception === undefined) return undefined;
    return { ...settings.reception.fallback, language: settings.language };
  }

  /** The media of a call is here: it is among the live ones now. */
  carried(callSid: string): void {
    this.#expected.delete(callSid);
  }

  #admit({ callSid, to, direction, waitingSinceMs, round }: NewCall): Admission {
    const { flows, mostLiveCalls } = this.#options;
    this.#forgetGone();
    if (this.#options.storesAway()) return { type: 'fallback' };
    const settings = flows.forNumber(to)?.settings;
    const reception = settings?.reception;
    // Whoever was rung by us has picked up already; and nobody is there to wait for where no flow answers.
    const isAsked = direction === 'inbound' && reception !== undefined && !this.#expected.has(callSid);
    if (!isAsked) return this.#answer(callSid);
    const { whenBusy } = reception;
    const isWaiting = this.#waiting.has(callSid);
    const waitedMs = waitingSinceMs === undefined ? 0 : this.#now() - waitingSinceMs;
    const decision = decide(this.#load(), mostLiveCalls, { whenBusy, isWaiting, waitedMs, round });
    if (decision === 'answer') return this.#answer(callSid);
    this.#waiting.delete(callSid);
    const words = { ...whenBusy, language: settings?.language ?? 'en-US' };
    switch (decision) {
      case 'elsewhere':
        return { type: 'elsewhere' };
      case 'wait':
        this.#waiting.set(callSid, this.#now() + WAITING_FOR_MS);
        return { type: 'wait', words, isSaid: round % SAY_EVERY_ROUNDS === 0 };
      case 'transfer':
      case 'refuse':
        return { type: decision, words };
    }
  }

  #answer(callSid: string): Admission {
    this.#waiting.delete(callSid);
    this.#expected.delete(callSid);
    this.#expected.set(callSid, this.#now() + EXPECTED_FOR_MS);
    return { type: 'answer' };
  }

  #load(): Load {
    return {
      liveCalls: this.#options.liveCalls(),
      expectedCalls: this.#expected.size,
      waitingCalls: this.#waiting.size,
      isLate: this.#options.isLate(),
    };
  }

  #forgetGone(): void {
    for (const calls of [this.#expected, this.#waiting]) {
      for (const [callSid, untilMs] of calls) {
        if (untilMs > this.#now()) break;
        calls.delete(callSid);
      }
    }
  }
}
