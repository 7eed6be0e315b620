import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  url: string;
  /** Ends the server at once; its files stay. */
  crash(): Promise<void>;
  /** Starts it again, on the same port with the same files. */
  restart(): Promise<void>;
  /** Stops the server and deletes its files. Idempotent. */
  stop(): Promise<void>;
}

const MISSING = 'PostgreSQL is not installed; install it (Debian: apt-get install postgresql) and run again';

/**
 * Starts a real PostgreSQL on a free loopback port, in a temporary directory. Rejects with one line that says what to
 * install where there is none.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = await findBinaries();
  const directory = await mkdtemp(join(tmpdir(), 'callwright-postgres-'));
  const data = join(directory, 'data');
  try {
    const user = await unprivilegedUser();
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    await promisify(execFile)(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8'],
      { ...user, cwd: directory },
    );
    const port = await freePort();
    const settings = [
      'fsync=off',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'logging_collector=off',
    ];
    const start = async (): Promise<ChildProcess> => {
      const started = spawn(
        join(bin, 'postgres'),
        ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
        { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      await ready(started);
      return started;
    };
    let server = await start();
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      crash: () => stopped(server),
      async restart() {
        server = await start();
      },
      async stop() {
        await stopped(server);
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The directory of the newest installed version; Debian keeps it off the PATH. */
async function findBinaries(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root).catch(() => [])).map(Number).filter(Number.isFinite);
  for (const version of versions.sort((a, b) => b - a)) {
    const bin = join(root, String(version), 'bin');
    if (await holdsInitdb(bin)) return bin;
  }
  for (const bin of (process.env['PATH'] ?? '').split(delimiter)) {
    if (await holdsInitdb(bin)) return bin;
  }
  throw new Error(MISSING);
}

function holdsInitdb(directory: string): Promise<boolean> {
  return access(join(directory, 'initdb')).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([userName]) => userName === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody"');
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with code ${code}: ${last.join(' | ')}`)));
    if (server.stderr === null) return;
    // Read on to the end, or the server would block on a full pipe.
    createInterface({ input: server.stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > 5) last.shift();
      if (line.includes('ready to accept connections')) resolve();
    });
  });
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  // "Immediate shutdown": clients are dropped and the children end with it.
  server.kill('SIGQUIT');
  await exited;
}
