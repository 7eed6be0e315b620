import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AdminToken {
  token: string;
  /** True when it was made just now: the one time to show it. */
  generated: boolean;
  /** Where it is kept, or would be, were it not set from outside. */
  path: string;
}

/** A token that short was not made by us and is no secret. */
const MIN_TOKEN_LENGTH = 16;

/**
 * The token that opens the API: the one that is set, else the one kept under the data directory, which is made at the
 * first start and readable by its owner only. Throws where the kept one is damaged.
 */
export async function loadAdminToken(options: { fromEnv?: string; dataDir: string }): Promise<AdminToken> {
  const path = tokenPath(options.dataDir);
  if (options.fromEnv !== undefined) return { token: options.fromEnv, generated: false, path };
  const kept = await readAdminToken(options.dataDir);
  if (kept !== undefined) {
    await chmod(path, 0o600);
    return { token: kept, generated: false, path };
  }
  const token = randomBytes(32).toString('base64url');
  await mkdir(options.dataDir, { recursive: true });
  // Written whole under another name and then linked: of two processes that start at once, one wins and none reads
  // half a token.
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return loadAdminToken(options);
  } finally {
    await rm(draft, { force: true });
  }
  return { token, generated: true, path };
}

/** The token kept under the data directory; undefined where none was made yet. Throws where it is damaged. */
export async function readAdminToken(dataDir: string): Promise<string | undefined> {
  const path = tokenPath(dataDir);
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (token.length >= MIN_TOKEN_LENGTH && !/\s/.test(token)) return token;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  throw new Error(`${path} does not hold a token; delete it to have a new one made, or set ADMIN_TOKEN`);
}

function tokenPath(dataDir: string): string {
  return join(dataDir, 'admin-token');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
