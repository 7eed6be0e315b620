import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../user-error.ts';

/**
 * Keeps a second process out of a data directory, which is made where there is none: PGlite does not, and two writers
 * would ruin its files. The lock is a file that names its process, and one whose process is gone counts for nothing, so
 * a crash locks nobody out.
 *
 * Resolves with a function that unlocks; throws a {@link UserError} that says who holds the directory, or why it cannot
 * be used.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  try {
    await mkdir(directory, { recursive: true });
    return await takeLock(directory);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`DATA_DIR: ${directory} cannot be used (${reason})`, { cause: error });
  }
}

async function takeLock(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'records.lock');
  const identity = `${process.pid} ${await startOf(process.pid)}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(path, identity, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await readFile(path, 'utf8').catch(() => '');
    const pid = Number.parseInt(holder, 10);
    if (isAlive(pid) && holder === `${pid} ${await startOf(pid)}`) {
      throw new UserError(
        `DATA_DIR: ${directory} is in use by process ${pid}; stop it, or set DATA_DIR to another directory ` +
          '(several processes can share Postgres: set DATABASE_URL)',
      );
    }
    await rm(path, { force: true });
  }
  throw new UserError(`DATA_DIR: ${path} could not be taken: other processes are starting on this directory`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When a process started, so that another one that got the same id later is told apart (`starttime`, the 22nd field of
 * Linux's /proc/PID/stat, counted after the name's closing bracket). Elsewhere the id alone has to do.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
}
