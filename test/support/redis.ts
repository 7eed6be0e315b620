import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';

export interface RedisServer {
  url: string;
  /** Stops the server and deletes its files. Idempotent. */
  stop(): Promise<void>;
  /** Stops the server from answering without closing its connections; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
}

const MISSING =
  'redis-server is not installed; install it (Debian: apt-get install redis-server) and run again';

/**
 * Starts a real redis-server on a free loopback port, with nothing kept on disk. Rejects with one line that says what
 * to install where there is none.
 *
 * @param port a port to use, for a server that comes back at its old address
 */
export async function startRedis(port?: number): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'callwright-redis-'));
  const usedPort = port ?? (await freePort());
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(usedPort),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await ready(server);
  } catch (error) {
    server.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${usedPort}`,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const exited = once(server, 'exit');
        server.kill('SIGKILL');
        await exited;
      }
      await rm(directory, { recursive: true, force: true });
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(MISSING) : error),
    );
    server.once('exit', (code) =>
      reject(new Error(`redis-server ended with code ${code} before it was ready`)),
    );
    if (server.stdout === null) return;
    // Read on to the end, or the server would block on a full pipe.
    createInterface({ input: server.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve();
    });
  });
}
