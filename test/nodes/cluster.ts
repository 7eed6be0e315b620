/**
 * Several nodes of the real service, each a process started by its command, behind a balancer; Redis and Postgres are
 * real, the vendors and the telephone are the sandbox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { V8_FLAGS } from '../../scripts/v8-flags.mjs';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import type { DelaysPatch } from '../../src/sandbox/delays.ts';
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import { type Front, startFront } from '../support/front.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { servicePort } from '../support/service-port.ts';

export const NUMBERS = {
  order: '+15550210',
  once: '+15550211',
  talk: '+15550212',
  steady: '+15550213',
} as const;

const CLI = join(import.meta.dirname, '../../src/cli.ts');
const ADMIN_TOKEN = 'nodes';
const START_TIMEOUT_MS = 60_000;
const RECORD_TIMEOUT_MS = 15_000;
/** What is left of a node's log where something has to be explained. */
const MOST_LOG_LINES = 2000;

export interface ClusterOptions {
  nodes: number;
  delays?: DelaysPatch;
  /** Further variables of every node. */
  environment?: Record<string, string>;
}

/** One process of the service. */
export class Node {
  readonly port: number;
  readonly log: string[] = [];
  readonly #environment: Record<string, string>;
  #process: ChildProcess | undefined;

  constructor(port: number, environment: Record<string, string>) {
    this.port = port;
    this.#environment = { ...environment, PORT: String(port) };
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [...V8_FLAGS, '--disable-warning=ExperimentalWarning', CLI, 'serve'],
      {
        // Nothing is inherited, so that no key of the user's can be spent.
        env: { PATH: process.env['PATH'] ?? '', ...this.#environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log.push(text);
        if (this.log.length > MOST_LOG_LINES) this.log.shift();
      });
    }
    for (const untilMs = performance.now() + START_TIMEOUT_MS; ; ) {
      const response = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => undefined);
      if (response?.ok) return;
      if (child.exitCode !== null || performance.now() > untilMs)
        throw new Error(`node ${this.port} did not start: ${this.log.join('')}`);
      await sleep(100);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Its exit code, once it has ended. */
  async ended(): Promise<number | null> {
    const child = this.#process;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }
}

export class Cluster implements AsyncDisposable {
  readonly nodes: readonly Node[];
  readonly sandbox: WholeSandbox;
  readonly front: Front;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    nodes: readonly Node[],
    sandbox: WholeSandbox,
    front: Front,
    parts: AsyncDisposableStack,
  ) {
    this.nodes = nodes;
    this.sandbox = sandbox;
    this.front = front;
    this.#parts = parts;
  }

  static async start({ nodes: count, delays = {}, environment = {} }: ClusterOptions): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    started.defer(() => postgres.stop());
    started.defer(() => redis.stop());
    const nodes: Node[] = [];
    const front = await startFront(await servicePort(), () => nodes.map(({ port }) => port));
    started.use(front);
    const sandbox = await startWholeSandbox({
      serviceUrl: front.url,
      logger: pino({ level: 'silent' }),
      delays,
    });
    started.defer(() => sandbox.close());
    for (let i = 0; i < count; i++) {
      const dataDir = await mkdtemp(join(tmpdir(), 'callwright-nodes-'));
      started.defer(() => rm(dataDir, { recursive: true, force: true }));
      const stores = { REDIS_URL: redis.url, DATABASE_URL: postgres.url, DATA_DIR: dataDir };
      const node = new Node(await servicePort(), {
        ...variables(front.url, sandbox),
        ...stores,
        ...environment,
      });
      nodes.push(node);
      started.defer(async () => {
        node.kill('SIGKILL');
        await node.ended();
      });
    }
    // One after the other: the first makes the tables.
    for (const node of nodes) await node.start();
    return new Cluster(nodes, sandbox, front, started.move());
  }

  /** The node that the newest media stream went to. */
  get carrying(): Node {
    const port = this.front.streams.at(-1);
    const node = this.nodes.find((each) => each.port === port);
    if (node === undefined) throw new Error('no stream was opened yet');
    return node;
  }

  call(to: keyof typeof NUMBERS, from: string, steps: CallerScriptInput['steps']): SandboxCall {
    // A pause for which the line was away is no end of a turn.
    const caller = { voice: 'rms', quietMs: 2500, stepTimeoutMs: 40_000, steps };
    return this.sandbox.twilio.placeInboundCall({ from, to: NUMBERS[to], caller });
  }

  /** Synthesises what callers will say, so that it costs no time when they say it. */
  async rehearse(...texts: string[]): Promise<void> {
    for (const text of texts) await this.sandbox.voice.speak(text, 'rms');
  }

  /** The record of a call that has ended. */
  async record(callSid: string): Promise<CallRecord> {
    for (const untilMs = performance.now() + RECORD_TIMEOUT_MS; ; ) {
      const response = await fetch(`${this.front.url}/api/v1/calls/${callSid}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      if (response.ok) {
        const record = callRecordSchema.parse(await response.json());
        // Until the call is over, what is stored is what was known when a stream of it ended.
        if (record.outcome !== 'caller-hung-up' || performance.now() > untilMs) return record;
      } else if (performance.now() > untilMs) throw new Error(`no record of ${callSid}`);
      await sleep(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

function variables(publicUrl: string, sandbox: WholeSandbox): Record<string, string> {
  const { baseUrl, bookingUrl, accountSid, authToken } = sandbox;
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: publicUrl,
    ADMIN_TOKEN,
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    FLOWS_DIR: join(import.meta.dirname, 'flows'),
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_BASE_URL: baseUrl,
    DEEPGRAM_API_KEY: 'nodes',
    DEEPGRAM_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: 'nodes',
    ANTHROPIC_BASE_URL: baseUrl,
    CARTESIA_API_KEY: 'nodes',
    CARTESIA_BASE_URL: baseUrl,
    BOOKING_URL: bookingUrl,
  };
}
