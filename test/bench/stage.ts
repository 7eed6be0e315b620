/**
 * A stage for calls of a few callers: the service in a process of its own, and the sandbox (vendors and callers) in
 * this one, where all that happens on a call can be looked at.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import type { DelaysPatch } from '../../src/sandbox/delays.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import { freePort } from '../../src/server.ts';
import { readRecording, type StereoRecording } from '../e2e/recording.ts';
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
export interface FinishedCall {
  call: SandboxCall;
  record: CallRecord;
  /** Why it ended early, where its caller waited in vain. */
  stuck?: string | undefined;
}

/** The flows in `flows/` by the numbers they answer. */
export const FLOWS = {
  drafts: '+15550120',
  noDrafts: '+15550121',
  opening: '+15550122',
  form: '+15550123',
  lectureFlux: '+15550130',
  lectureNova: '+15550131',
} as const;
export type FlowName = keyof typeof FLOWS;

const ADMIN_TOKEN = 'bench';
const START_TIMEOUT_MS = 60_000;
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
  readonly #url: string;
  readonly #signal: AbortSignal;
  readonly #parts: AsyncDisposableStack;
  #callers = 0;

  private constructor(
    parts: AsyncDisposableStack,
    running: { sandbox: WholeSandbox; tap: VendorTap | undefined; url: string; signal: AbortSignal },
  ) {
    this.#parts = parts;
    this.sandbox = running.sandbox;
    this.tap = running.tap;
    this.#url = running.url;
    this.#signal = running.signal;
  }

  /** Rejects where the service does not start. The caller disposes of it. */
  static async start({ delays = {}, tapped = false, signal }: StageOptions): Promise<Stage> {
    await using started = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'callwright-bench-'));
    started.defer(() => rm(dataDir, { recursive: true, force: true }));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const sandbox = await startWholeSandbox({
      serviceUrl: url,
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
    const service = startServiceProcess(sandbox, { port, dataDir, vendorsUrl: tap?.baseUrl });
    started.defer(() => stop(service));
    await ready(service);
    return new Stage(started.move(), { sandbox, tap, url, signal });
  }

  /** Places a call and resolves when it is over and its record is there. */
  async call(flow: FlowName, caller: CallerScriptInput): Promise<FinishedCall> {
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
    return { call, record: await this.#record(call), ...(stuck === undefined ? {} : { stuck }) };
  }

  /** The recording that the service has kept of a call. */
  async recording({ call }: FinishedCall): Promise<StereoRecording> {
    const response = await this.#get(`/calls/${call.sid}/audio`);
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
      const response = await this.#get(`/calls/${call.sid}`);
      if (response.ok) return callRecordSchema.parse(await response.json());
      await response.body?.cancel();
      if (performance.now() > deadline)
        throw new Error(`the service has no record of ${call.sid} (${response.status})`);
      await sleep(50);
    }
  }

  #get(path: string): Promise<Response> {
    return fetch(`${this.#url}/api/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  }
}

function startServiceProcess(
  sandbox: WholeSandbox,
  { port, dataDir, vendorsUrl }: { port: number; dataDir: string; vendorsUrl: string | undefined },
): ChildProcess {
  const { baseUrl, bookingUrl, accountSid, authToken } = sandbox;
  return fork(join(import.meta.dirname, 'service.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Nothing is inherited, so that no key of the user's can be spent.
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: dataDir,
      FLOWS_DIR: join(import.meta.dirname, 'flows'),
      LOG_LEVEL: 'warn',
      ADMIN_TOKEN,
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_BASE_URL: baseUrl,
      DEEPGRAM_API_KEY: 'bench',
      DEEPGRAM_BASE_URL: baseUrl,
      ANTHROPIC_API_KEY: 'bench',
      ANTHROPIC_BASE_URL: vendorsUrl ?? baseUrl,
      CARTESIA_API_KEY: 'bench',
      CARTESIA_BASE_URL: vendorsUrl ?? baseUrl,
      BOOKING_URL: bookingUrl,
    },
  });
}

function ready(service: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the service did not start in time')), START_TIMEOUT_MS);
    const onExit = (code: number | null): void => {
      clearTimeout(timer);
      reject(new Error(`the service ended at its start with code ${code}`));
    };
    service.once('exit', onExit);
    service.once('message', () => {
      clearTimeout(timer);
      service.off('exit', onExit);
      resolve();
    });
  });
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const gone = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  await gone;
}
