/**
 * `npm run bench`: what a call costs and how long its caller waits. The sandbox (vendors and callers) runs in this
 * process, the service in one of its own, so that the service's processor time and memory are its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startWholeSandbox, type WholeSandbox } from '../../src/sandbox/whole.ts';
import { freePort } from '../../src/server.ts';
import { type RunResult, runCalls } from './run.ts';
import type { ServiceStats } from './service.ts';
import { printTable } from './table.ts';
import { TOLD } from './told.ts';

export interface BenchOptions {
  /** Calls at once; one run each. */
  calls: readonly number[];
  /** Length of each run. */
  seconds: number;
  json: boolean;
  signal: AbortSignal;
}

const ADMIN_TOKEN = 'bench';
const START_TIMEOUT_MS = 60_000;

/** Runs and prints. Throws where a call fails, for then its figures mean nothing. */
export async function runBench({ calls, seconds, json, signal }: BenchOptions): Promise<void> {
  const say = (line: string): void => {
    if (!json) console.log(line);
  };
  const results: RunResult[] = [];
  say(`${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.versions.node}`);
  const port = await freePort();
  const sandbox = await startWholeSandbox({
    serviceUrl: `http://127.0.0.1:${port}`,
    logger: pino({ level: 'silent' }),
    delays: {
      deepgram: { endOfSpeechMs: TOLD.endOfSpeechMs },
      anthropic: { firstTokenMs: TOLD.firstTokenMs, tokensPerSecond: TOLD.tokensPerSecond },
      cartesia: { firstByteMs: TOLD.firstByteMs },
    },
  });
  try {
    for (const count of calls) {
      if (signal.aborted) break;
      say(
        `${count} call${count === 1 ? '' : 's'} at once: ${seconds} s to warm up, ${seconds} s to measure …`,
      );
      results.push(await benchOne(sandbox, port, { count, seconds, signal }));
    }
  } finally {
    await sandbox.close();
  }
  if (json) console.log(JSON.stringify({ told: TOLD, results }));
  else printTable(results);
}

async function benchOne(
  sandbox: WholeSandbox,
  port: number,
  run: { count: number; seconds: number; signal: AbortSignal },
): Promise<RunResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'callwright-bench-'));
  const service = startServiceProcess(sandbox, port, dataDir);
  try {
    await ready(service);
    return await runCalls({
      ...run,
      sandbox,
      serviceUrl: `http://127.0.0.1:${port}`,
      adminToken: ADMIN_TOKEN,
      stats: () => askStats(service),
    });
  } finally {
    await stop(service);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startServiceProcess(sandbox: WholeSandbox, port: number, dataDir: string): ChildProcess {
  const { baseUrl, bookingUrl, accountSid, authToken } = sandbox;
  return fork(join(import.meta.dirname, 'service.ts'), {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
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
      ANTHROPIC_BASE_URL: baseUrl,
      CARTESIA_API_KEY: 'bench',
      CARTESIA_BASE_URL: baseUrl,
      BOOKING_URL: bookingUrl,
    },
  });
}

function ready(service: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the service did not start in time')), START_TIMEOUT_MS);
    service.once('exit', (code) => reject(new Error(`the service ended at its start with code ${code}`)));
    service.once('message', () => {
      clearTimeout(timer);
      service.removeAllListeners('exit');
      resolve();
    });
  });
}

function askStats(service: ChildProcess): Promise<ServiceStats> {
  return new Promise((resolve) => {
    service.once('message', (stats) => resolve(stats as ServiceStats)); // sent by ./service.ts, in this very version
    service.send('stats');
  });
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null) return;
  const gone = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  await gone;
}
