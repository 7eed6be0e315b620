import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAdminToken, readAdminToken } from './admin-token.ts';

let directory: string;
let dataDir: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callwright-token-'));
  dataDir = join(directory, 'made-on-demand');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

test('is made once, kept from other users and found again', async () => {
  expect(await readAdminToken(dataDir)).toBeUndefined();
  const first = await loadAdminToken({ dataDir });
  expect(first).toEqual({
    token: expect.stringMatching(/^[\w-]{43}$/),
    generated: true,
    path: join(dataDir, 'admin-token'),
  });
  expect((await stat(first.path)).mode & 0o777).toBe(0o600);
  expect(await loadAdminToken({ dataDir })).toEqual({ ...first, generated: false });
  expect(await readAdminToken(dataDir)).toBe(first.token);
  expect(await readdir(dataDir)).toEqual(['admin-token']);
});

test('is one and the same for processes that start at once', async () => {
  const loaded = await Promise.all(Array.from({ length: 10 }, () => loadAdminToken({ dataDir })));
  expect(new Set(loaded.map(({ token }) => token)).size).toBe(1);
  expect(loaded.filter(({ generated }) => generated)).toHaveLength(1);
});

test('that is set from outside is used and not kept', async () => {
  const loaded = await loadAdminToken({ fromEnv: 'from-the-environment', dataDir });
  expect(loaded).toMatchObject({ token: 'from-the-environment', generated: false });
  expect(await readAdminToken(dataDir)).toBeUndefined();
});

test('a file that others could read is closed to them', async () => {
  const { path } = await loadAdminToken({ dataDir });
  const text = await readFile(path, 'utf8');
  await rm(path);
  await writeFile(path, text, { mode: 0o644 });
  await loadAdminToken({ dataDir });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.each(['', 'short', 'two words that are long enough'])(
  'a damaged file (%j) is an error that says what to do',
  async (text) => {
    const { path } = await loadAdminToken({ dataDir });
    await writeFile(path, text);
    await expect(loadAdminToken({ dataDir })).rejects.toThrow(/admin-token does not hold a token; delete it/);
  },
);
