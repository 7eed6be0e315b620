/**
 * A world to be broken: three nodes behind HAProxy, a real Redis and a real Postgres behind the sandbox's proxies, and
 * the sandbox itself, whose telephone calls through HAProxy. Worlds share nothing but the machine and the Postgres.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { type CallRecord, callRecordSchema } from '../../src/records/index.ts';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import type { Speech } from '../../src/tts/flite/index.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { servicePort } from '../support/service-port.ts';
import { answers, startHaproxy } from './haproxy.ts';
import { NodeProcess } from './node-process.ts';

const ADMIN_TOKEN = 'chaos';
const NODES = 3;
/** Another voice than any of the agent's, so that what it says is not taken for the agent's. */
export const CALLERS_VOICE = 'kal';
/** HAProxy looks every 300 ms. */
const SEEN_BY_HAPROXY_MS = 700;

/** A tool takes long enough to be struck in the middle. */
const DELAYS = { booking: { responseMs: 400 }, anthropic: { firstTokenMs: 200 } };

export class World implements AsyncDisposable {
  readonly sandbox: WholeSandbox;
  readonly nodes: readonly NodeProcess[];
  /** What the sandbox's voices have said, other than for callers: by voice and text. */
  readonly spoken: ReadonlyMap<string, Speech>;
  readonly #url: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    parts: AsyncDisposableStack,
    running: {
      sandbox: WholeSandbox;
      nodes: readonly NodeProcess[];
      spoken: ReadonlyMap<string, Speech>;
      url: string;
    },
  ) {
    this.#parts = parts;
    this.sandbox = running.sandbox;
    this.nodes = running.nodes;
    this.spoken = running.spoken;
    this.#url = running.url;
  }

  /** `variables`: further ones of the nodes. Rejects where a part does not start; nothing is left then. The caller disposes of it. */
  static async start(postgres: PostgresServer, variables: Record<string, string> = {}): Promise<World> {
    await using started = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'callwright-chaos-'));
    started.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }));
    const redis = await startRedis();
    started.defer(() => redis.stop());
    const port = await servicePort();
    const url = `http://127.0.0.1:${port}`;
    const sandbox = await startWholeSandbox({
      serviceUrl: url,
      logger: pino({ level: 'silent' }),
      delays: DELAYS,
    });
    started.defer(() => sandbox.close());
    const spoken = rememberSpeech(sandbox);
    const redisProxy = await sandbox.proxies.open({ store: 'redis', to: redis.url });
    const database = await createDatabase(postgres);
    const postgresProxy = await sandbox.proxies.open({ store: 'postgres', to: database });
    const environment = {
      ...environmentOf(sandbox, url, dataDir),
      REDIS_URL: redisProxy.url,
      DATABASE_URL: postgresProxy.url,
      ...variables,
    };
    const nodes: NodeProcess[] = [];
    for (let i = 0; i < NODES; i++) nodes.push(new NodeProcess({ port: await servicePort(), environment }));
    for (const node of nodes) {
      started.defer(() => node.kill());
      // One after the other: the first makes the tables.
      await node.start();
    }
    const haproxy = await startHaproxy(
      port,
      nodes.map((node) => node.port),
    );
    started.defer(() => haproxy.stop());
    await sleep(SEEN_BY_HAPROXY_MS);
    return new World(started.move(), { sandbox, nodes, spoken, url });
  }

  /** The node that carries a call; undefined where none does. */
  async carrier(): Promise<NodeProcess | undefined> {
    const live = await Promise.all(this.nodes.map(async (node) => ({ node, calls: await node.liveCalls() })));
    return live.find(({ calls }) => calls > 0)?.node;
  }

  /** Takes every fault back, starts what was killed, and waits until all of it answers. */
  async heal(): Promise<void> {
    this.sandbox.faults.clear();
    await this.sandbox.faults.settled();
    for (const node of this.nodes) node.signal('SIGCONT');
    await Promise.all(this.nodes.map((node) => node.start()));
    await answers(`${this.#url}/readyz`);
    await sleep(SEEN_BY_HAPROXY_MS);
    const { appointments } = this.sandbox.booking;
    await Promise.all(
      appointments.map(({ id }) =>
        fetch(`${this.sandbox.bookingUrl}/appointments/${id}`, { method: 'DELETE' }),
      ),
    );
  }

  /** The record of a call; undefined where there is none in time. */
  async record(callSid: string, timeoutMs: number): Promise<CallRecord | undefined> {
    for (const deadline = performance.now() + timeoutMs; ; ) {
      const answer = await this.#get(`/calls/${callSid}`);
      if (answer?.ok) return callRecordSchema.parse(await answer.json());
      await answer?.body?.cancel();
      if (performance.now() > deadline) return undefined;
      await sleep(200);
    }
  }

  /** The record may be there before its audio: whoever was told of the end first writes it. */
  async hasAudio(callSid: string, timeoutMs: number): Promise<boolean> {
    for (const deadline = performance.now() + timeoutMs; ; ) {
      const answer = await this.#get(`/calls/${callSid}/audio`);
      await answer?.body?.cancel();
      if (answer?.ok === true || performance.now() > deadline) return answer?.ok ?? false;
      await sleep(200);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  #get(path: string): Promise<Response | undefined> {
    return fetch(`${this.#url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      signal: AbortSignal.timeout(5000),
    }).catch(() => undefined);
  }
}

/** Every stand-in speaks with the sandbox's one voice: what it was asked for is what callers may hear. */
function rememberSpeech({ voice }: WholeSandbox): ReadonlyMap<string, Speech> {
  const spoken = new Map<string, Speech>();
  const speak = voice.speak.bind(voice);
  voice.speak = async (text, name) => {
    const speech = await speak(text, name);
    if (name !== CALLERS_VOICE) spoken.set(`${name ?? ''} ${text}`, speech);
    return speech;
  };
  return spoken;
}

async function createDatabase(postgres: PostgresServer): Promise<string> {
  const name = `chaos_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
  const url = new URL(postgres.url);
  url.pathname = `/${name}`;
  return url.href;
}

function environmentOf(
  { baseUrl, bookingUrl, accountSid, authToken }: WholeSandbox,
  url: string,
  dataDir: string,
): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    // As on a volume that the nodes share.
    DATA_DIR: dataDir,
    FLOWS_DIR: join(import.meta.dirname, 'flows'),
    LOG_LEVEL: 'warn',
    ADMIN_TOKEN,
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_BASE_URL: baseUrl,
    DEEPGRAM_API_KEY: 'chaos',
    DEEPGRAM_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: 'chaos',
    ANTHROPIC_BASE_URL: baseUrl,
    CARTESIA_API_KEY: 'chaos',
    CARTESIA_BASE_URL: baseUrl,
    BOOKING_URL: bookingUrl,
  };
}
