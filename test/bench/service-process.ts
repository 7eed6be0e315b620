/** The service in a process of its own, so that its processor time and memory are its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { V8_FLAGS } from '../../scripts/v8-flags.mjs';
import type { WholeSandbox } from '../../src/sandbox/whole.ts';
import type { ServiceStats } from './service.ts';

export interface ServiceProcessOptions {
  sandbox: WholeSandbox;
  /** Where the sandbox expects the service. */
  port: number;
  /** Origin of the model and the voice. @defaultValue the sandbox's */
  vendorsUrl?: string | undefined;
}

const ADMIN_TOKEN = 'bench';
const START_TIMEOUT_MS = 60_000;

export class ServiceProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(parts: AsyncDisposableStack, process: ChildProcess, url: string) {
    this.#parts = parts;
    this.#process = process;
    this.#url = url;
  }

  /** Resolves when it takes calls; rejects where it does not start. What it keeps goes with it. The caller disposes of it. */
  static async start(options: ServiceProcessOptions): Promise<ServiceProcess> {
    await using started = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'callwright-bench-'));
    started.defer(() => rm(dataDir, { recursive: true, force: true }));
    const service = forkService(options, dataDir);
    started.defer(() => stop(service));
    await ready(service);
    return new ServiceProcess(started.move(), service, `http://127.0.0.1:${options.port}`);
  }

  /** A path under `/api/v1`. */
  get(path: string): Promise<Response> {
    return fetch(`${this.#url}/api/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  }

  /** One question at a time. `collected`: after a collection, for which the service stands still, so that memory is told. */
  stats({ collected }: { collected: boolean }): Promise<ServiceStats> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('the service has ended'));
      this.#process.once('exit', onExit);
      this.#process.once('message', (stats) => {
        this.#process.off('exit', onExit);
        resolve(stats as ServiceStats); // sent by ./service.ts, in this very version
      });
      this.#process.send(collected ? 'collected-stats' : 'stats');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

function forkService({ sandbox, port, vendorsUrl }: ServiceProcessOptions, dataDir: string): ChildProcess {
  const { baseUrl, bookingUrl, accountSid, authToken } = sandbox;
  return fork(join(import.meta.dirname, 'service.ts'), {
    execArgv: [...V8_FLAGS, '--expose-gc', '--disable-warning=ExperimentalWarning'],
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
