/**
 * A stage for calls of a few callers: the service in a process of its own, and the sandbox (vendors and callers) in
 * this one, where all that happens on a call can be looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import type { DelaysPatch } from '../../src/sandbox/delays.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import { freePort } from '../../src/server.ts';
import { readRecording, type StereoRecording } from '../e2e/recording.ts';
import { ServiceProcess } from './service-process.ts';
import { TOLD } from './told.ts';
import { VendorTap } from './vendor-tap.ts';

export interface StageOptions {
  /** Over those of {@link TOLD}. */
  delays?: DelaysPatch;
  /** Looks at what goes to and fro between the service and its model and voice, at the cost of some of a millisecond. */
  tapped?: boolean;
  signal: AbortSignal;
}

/** A call that is over. */
export interface EndedCall {
  call: SandboxCall;
  /** Why it ended early, where its caller waited in vain. */
  stuck?: string | undefined;
}

/** The same, and what the service has kept of it. */
export interface FinishedCall extends EndedCall {
  record: CallRecord;
}

/** The flows in `flows/` by the numbers they answer. */
export const FLOWS = {
  load: '+15550100',
  drafts: '+15550120',
  noDrafts: '+15550121',
  opening: '+15550122',
  form: '+15550123',
  lectureFlux: '+15550130',
  lectureNova: '+15550131',
} as const;
export type FlowName = keyof typeof FLOWS;

const RECORD_TIMEOUT_MS = 10_000;
/** Late enough for a caller to be sure; no answer takes so long. */
const STEP_TIMEOUT_MS = 30_000;

/** Waits for all of them, so that nobody is still on a stage that is taken down; then rejects where one has failed. */
export async function together<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

export class Stage implements AsyncDisposable {
  readonly sandbox: WholeSandbox;
  /** Undefined on a stage that is not tapped. */
  readonly tap: VendorTap | undefined;
  readonly service: ServiceProcess;
  readonly #signal: AbortSignal;
  readonly #parts: AsyncDisposableStack;
  #callers = 0;

  private constructor(
    parts: AsyncDisposableStack,
    running: {
      sandbox: WholeSandbox;
      tap: VendorTap | undefined;
      service: ServiceProcess;
      signal: AbortSignal;
    },
  ) {
    this.#parts = parts;
    this.sandbox = running.sandbox;
    this.tap = running.tap;
    this.service = running.service;
    this.#signal = running.signal;
  }

  /** Rejects where the service does not start. The caller disposes of it. */
  static async start({ delays = {}, tapped = false, signal }: StageOptions): Promise<Stage> {
    await using started = new AsyncDisposableStack();
    const port = await freePort();
    const sandbox = await startWholeSandbox({
      serviceUrl: `http://127.0.0.1:${port}`,
      logger: pino({ level: 'silent' }),
      delays: {
        deepgram: { endOfSpeechMs: TOLD.endOfSpeechMs, eagerEndMs: TOLD.eagerEndMs, ...delays.deepgram },
        anthropic: {
          firstTokenMs: TOLD.firstTokenMs,
          tokensPerSecond: TOLD.tokensPerSecond,
          ...delays.anthropic,
        },
        cartesia: { firstByteMs: TOLD.firstByteMs, ...delays.cartesia },
      },
    });
    started.defer(() => sandbox.close());
    const tap = tapped ? await VendorTap.start(sandbox.baseUrl) : undefined;
    if (tap !== undefined) started.defer(() => tap.close());
    const service = started.use(await ServiceProcess.start({ sandbox, port, vendorsUrl: tap?.baseUrl }));
    return new Stage(started.move(), { sandbox, tap, service, signal });
  }

  /** Places a call and resolves when it is over and its record is there. */
  async call(flow: FlowName, caller: CallerScriptInput): Promise<FinishedCall> {
    const ended = await this.place(flow, caller);
    return { ...ended, record: await this.#record(ended.call) };
  }

  /** Places a call and resolves when it is over. It hangs up and rejects when the stage's signal aborts. */
  async place(flow: FlowName, caller: CallerScriptInput): Promise<EndedCall> {
    this.#signal.throwIfAborted();
    const seed = ++this.#callers;
    const call = this.sandbox.twilio.placeInboundCall({
      from: `+1555${1_000_000 + seed}`,
      to: FLOWS[flow],
      caller: { seed, quietMs: 700, stepTimeoutMs: STEP_TIMEOUT_MS, ...caller },
    });
    const hangUp = (): void => call.hangUp();
    this.#signal.addEventListener('abort', hangUp, { once: true });
    const end = await call.ended.finally(() => this.#signal.removeEventListener('abort', hangUp));
    this.#signal.throwIfAborted();
    const stuck = end.reason === 'caller-stuck' ? (end.detail ?? 'unknown') : undefined;
    return { call, ...(stuck === undefined ? {} : { stuck }) };
  }

  /** The recording that the service has kept of a call. */
  async recording({ call }: FinishedCall): Promise<StereoRecording> {
    const response = await this.service.get(`/calls/${call.sid}/audio`);
    if (!response.ok) throw new Error(`the service has no recording of ${call.sid} (${response.status})`);
    return readRecording(Buffer.from(await response.arrayBuffer()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** The record is written a little after the call has ended. */
  async #record(call: SandboxCall): Promise<CallRecord> {
    const deadline = performance.now() + RECORD_TIMEOUT_MS;
    for (;;) {
      const response = await this.service.get(`/calls/${call.sid}`);
      if (response.ok) return callRecordSchema.parse(await response.json());
      await response.body?.cancel();
      if (performance.now() > deadline)
        throw new Error(`the service has no record of ${call.sid} (${response.status})`);
      await sleep(50);
    }
  }
}
