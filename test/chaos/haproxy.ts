/** A real HAProxy before the nodes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadBalancer {
  /** Idempotent. */
  stop(): Promise<void>;
}

const MISSING = 'HAProxy is not installed; install it (Debian: apt-get install haproxy) and run again';
/** On a machine that is busy with other things, a node takes its time. */
const START_TIMEOUT_MS = 180_000;

/** Resolves when a node answers through it: at least one must be ready. The caller stops it. */
export async function startHaproxy(port: number, nodePorts: readonly number[]): Promise<LoadBalancer> {
  const nodes = Object.fromEntries(nodePorts.map((node, i) => [`NODE${i + 1}_PORT`, String(node)]));
  const child = spawn('haproxy', ['-db', '-q', '-f', join(import.meta.dirname, 'haproxy.cfg')], {
    // Debian keeps it where only the superuser looks.
    env: { PATH: `${process.env['PATH']}:/usr/sbin`, FRONT_PORT: String(port), ...nodes },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    last.push(text);
    if (last.length > 5) last.shift();
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(MISSING) : error),
    );
    child.once('exit', (code) => reject(new Error(`haproxy ended with code ${code}: ${last.join('')}`)));
  });
  failed.catch(() => undefined); // it also ends when it is stopped
  await Promise.race([answers(`http://127.0.0.1:${port}/readyz`), failed]).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  return { stop: () => stop(child) };
}

/** Resolves when the address answers with 2xx; rejects where it does not in time, or the signal aborts. */
export async function answers(url: string, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    if (performance.now() > deadline || signal?.aborted)
      throw new Error(`${url} does not answer (${response?.status ?? 'no answer'})`);
    await sleep(50);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
