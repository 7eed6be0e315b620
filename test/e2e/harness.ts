/**
 * A stage for whole calls: the real service, configured as it would be for real vendors, and the sandbox behind the
 * base-URL variables. Many calls are on it at once.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Service, startService } from '../../src/main.ts';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import type { DelaysPatch } from '../../src/sandbox/delays.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { InboundCall, SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { servicePort } from '../support/service-port.ts';
import { readRecording, type StereoRecording } from './recording.ts';

/** The numbers of the flows on stage. */
export const NUMBERS = {
  practice: '+15550100',
  mainMenu: '+15550101',
  table: '+15550110',
  talk: '+15550111',
  form: '+15550112',
  quiet: '+15550113',
  brief: '+15550114',
  switchboard: '+15550115',
  waiting: '+15550116',
  card: '+15550117',
  errands: '+15550118',
  bilingual: '+15550119',
  steadfast: '+15550125',
  auskunft: '+15550126',
} as const;

export interface StageOptions {
  /** Further variables of the service, such as `REDIS_URL`. */
  environment?: Record<string, string> | ((sandbox: WholeSandbox) => Record<string, string>);
  delays?: DelaysPatch;
}

export interface StageCall extends Omit<InboundCall, 'from' | 'to' | 'caller'> {
  to: keyof typeof NUMBERS;
  from?: string;
  steps: CallerScriptInput['steps'];
}

/** Patience of a caller whose moment never comes: more than anything here takes, less than a test may. */
const STEP_TIMEOUT_MS = 25_000;
/** What the caller takes for the end of what the agent is saying. Longer than a pause between sentences. */
const QUIET_MS = 500;
/** Another voice than the agent's. */
const CALLERS_VOICE = 'rms';
const RECORD_TIMEOUT_MS = 10_000;

/** Vendors that answer quickly, so that calls are short. */
const FAST: DelaysPatch = { anthropic: { firstTokenMs: 100 }, cartesia: { firstByteMs: 60 } };

export class Stage implements AsyncDisposable {
  readonly service: Service;
  readonly sandbox: WholeSandbox;
  readonly url: string;
  /** The service's `DATA_DIR`. */
  readonly folder: string;
  /** What must never be logged. */
  readonly secrets: readonly string[];
  readonly #adminToken: string;
  readonly #log: readonly string[];
  readonly #parts: AsyncDisposableStack;

  private constructor(
    running: { service: Service; sandbox: WholeSandbox; url: string; folder: string },
    secrets: { adminToken: string; keys: readonly string[] },
    log: readonly string[],
    parts: AsyncDisposableStack,
  ) {
    this.service = running.service;
    this.sandbox = running.sandbox;
    this.url = running.url;
    this.folder = running.folder;
    this.#adminToken = secrets.adminToken;
    this.secrets = [secrets.adminToken, running.sandbox.authToken, ...secrets.keys];
    this.#log = log;
    this.#parts = parts;
  }

  static async start({ environment, delays }: StageOptions = {}): Promise<Stage> {
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'callwright-e2e-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));
    const flowsDir = join(folder, 'flows');
    await cp(join(import.meta.dirname, 'flows'), flowsDir, { recursive: true });
    await copyFile(join(import.meta.dirname, '../../flows/main-menu.yaml'), join(flowsDir, 'main-menu.yaml'));
    const port = await servicePort();
    const url = `http://127.0.0.1:${port}`;
    const keys = { deepgram: secret(), cartesia: secret(), anthropic: secret() };
    const sandbox = await startWholeSandbox({
      serviceUrl: url,
      logger: pino({ level: 'silent' }),
      delays: { ...FAST, ...delays },
      keys,
    });
    started.defer(() => sandbox.close());
    const adminToken = secret();
    const config = loadConfig(
      {
        PORT: String(port),
        HOST: '127.0.0.1',
        PUBLIC_URL: url,
        ADMIN_TOKEN: adminToken,
        LOG_LEVEL: 'debug',
        FLOWS_DIR: flowsDir,
        DATA_DIR: folder,
        ...vendorVariables(sandbox, keys),
        ...(typeof environment === 'function' ? environment(sandbox) : environment),
      },
      { dotenv: false },
    );
    const log: string[] = [];
    const destination = { write: (line: string) => void log.push(line) };
    const service = await startService(config, {
      logger: createLogger({ level: config.log.level, format: 'json', destination }),
    });
    started.defer(() => service.close());
    const secrets = { adminToken, keys: Object.values(keys) };
    return new Stage({ service, sandbox, url, folder }, secrets, log, started.move());
  }

  /** All that the service has logged so far, at the level `debug`. */
  get log(): string {
    return this.#log.join('');
  }

  /** Synthesises what callers will say, so that it does not keep the sandbox's one voice busy when calls begin. */
  async rehearse(calls: readonly Pick<StageCall, 'steps'>[]): Promise<void> {
    for (const { say } of calls.flatMap(({ steps }) => steps)) {
      if (say !== undefined) await this.sandbox.voice.speak(say, CALLERS_VOICE);
    }
  }

  call({ to, from = '+15550123', steps, ...rest }: StageCall): SandboxCall {
    return this.sandbox.twilio.placeInboundCall({
      from,
      to: NUMBERS[to],
      caller: { voice: CALLERS_VOICE, quietMs: QUIET_MS, stepTimeoutMs: STEP_TIMEOUT_MS, steps },
      ...rest,
    });
  }

  /** Asks the API, as an administrator would. */
  api(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.#adminToken}` } });
  }

  /** The record of a call, once there is one. */
  async record(callSid: string): Promise<CallRecord> {
    let response = await this.api(`/api/v1/calls/${callSid}`);
    for (const untilMs = performance.now() + RECORD_TIMEOUT_MS; !response.ok; ) {
      if (performance.now() > untilMs) throw new Error(`no record of ${callSid}: ${await response.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      response = await this.api(`/api/v1/calls/${callSid}`);
    }
    return callRecordSchema.parse(await response.json());
  }

  async recording(callSid: string): Promise<StereoRecording> {
    const response = await this.api(`/api/v1/calls/${callSid}/audio`);
    expect(response.status).toBe(200);
    return readRecording(Buffer.from(await response.arrayBuffer()));
  }

  /** Closes the service, then the sandbox. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

function vendorVariables(
  { baseUrl, bookingUrl, accountSid, authToken }: WholeSandbox,
  keys: { deepgram: string; cartesia: string; anthropic: string },
): Record<string, string> {
  return {
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_BASE_URL: baseUrl,
    DEEPGRAM_API_KEY: keys.deepgram,
    DEEPGRAM_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: keys.anthropic,
    ANTHROPIC_BASE_URL: baseUrl,
    CARTESIA_API_KEY: keys.cartesia,
    CARTESIA_BASE_URL: baseUrl,
    BOOKING_URL: bookingUrl,
  };
}

function secret(): string {
  return randomBytes(12).toString('hex');
}
