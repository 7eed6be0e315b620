/**
 * Human speech from a telephone: the prompts of Asterisk in Debian's packages, fetched by apt and decoded by sox (they
 * are GSM 06.10). They are kept in the folder for temporary files, and never in this repository.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { isAudible } from '../../src/sandbox/audible.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../../src/telephony/index.ts';

const run = promisify(execFile);

export interface Recording {
  name: string;
  /** 8 kHz μ-law, from its first audible frame to its last. */
  audio: Uint8Array;
  lengthMs: number;
}

const PACKAGES = ['asterisk-core-sounds-es-gsm', 'asterisk-core-sounds-fr-gsm'];
const CACHE = join(tmpdir(), 'callwright-recordings');
const COMMAND_TIMEOUT_MS = 120_000;
/** Several words, and no longer than people interrupt. */
const SHORTEST_MS = 1200;
const LONGEST_MS = 4000;

/**
 * Up to so many recordings, the same ones every time, from all packages alike. Rejects with what is to be done where
 * they cannot be had: no apt, no network, or no sox and no right to install it.
 */
export async function loadRecordings(count: number): Promise<Recording[]> {
  const lists = await Promise.all(PACKAGES.map(packageFolder)).then((folders) =>
    Promise.all(folders.map(recordingsIn)),
  );
  const perPackage = Math.ceil(count / PACKAGES.length);
  return lists.flatMap((list) => spread(list, perPackage)).slice(0, count);
}

/** The package's recordings, decoded: fetched only where they are not there yet. */
async function packageFolder(name: string): Promise<string> {
  const folder = join(CACHE, name);
  if ((await readdir(folder).catch(() => [])).length > 0) return folder;
  await ensureSox();
  const work = join(CACHE, `${name}.${process.pid}`);
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'decoded'), { recursive: true });
  // apt drops its rights to a user who may not write here, and says so; the package comes all the same.
  await command('apt-get', ['download', name], work);
  const file = (await readdir(work)).find((entry) => entry.endsWith('.deb'));
  if (file === undefined) throw new Error(`apt-get download ${name} brought nothing`);
  await command('dpkg-deb', ['-x', file, 'unpacked'], work);
  for (const path of await readdir(join(work, 'unpacked'), { recursive: true })) {
    if (!path.endsWith('.gsm')) continue;
    const target = join('decoded', `${basename(path, '.gsm')}.ul`);
    await command('sox', [join('unpacked', path), '-r', '8000', '-c', '1', '-t', 'ul', target], work);
  }
  // In one step, so that what is in the cache is whole.
  await rename(join(work, 'decoded'), folder);
  await rm(work, { recursive: true, force: true });
  return folder;
}

async function ensureSox(): Promise<void> {
  const isThere = await run('sox', ['--version']).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  if (process.getuid?.() !== 0)
    throw new Error(
      'human recordings need sox to be decoded: install it (apt-get install sox) and run again',
    );
  await command('apt-get', ['install', '--yes', '--no-install-recommends', 'sox', 'libsox-fmt-base'], '/');
}

async function command(name: string, args: readonly string[], folder: string): Promise<void> {
  await run(name, args, { cwd: folder, timeout: COMMAND_TIMEOUT_MS }).catch((error: unknown) => {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Error(`human recordings are not to be had: ${reason}`, { cause: error });
  });
}

async function recordingsIn(folder: string): Promise<Recording[]> {
  const found: Recording[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const audio = trimmed(await readFile(join(folder, file)));
    const lengthMs = audio.length / BYTES_PER_MS;
    if (lengthMs >= SHORTEST_MS && lengthMs <= LONGEST_MS)
      found.push({ name: `${basename(folder)}/${basename(file, '.ul')}`, audio, lengthMs });
  }
  return found;
}

/** Whole frames from the first audible one to the last. */
function trimmed(audio: Uint8Array): Uint8Array {
  const frames = Math.floor(audio.length / FRAME_BYTES);
  const audible = Array.from({ length: frames }, (_, i) =>
    isAudible(audio.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES)),
  );
  const first = audible.indexOf(true);
  if (first === -1) return new Uint8Array(0);
  return audio.slice(first * FRAME_BYTES, (audible.lastIndexOf(true) + 1) * FRAME_BYTES);
}

/** So many of them, evenly from the whole list. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]).filter(
    (one) => one !== undefined,
  );
}
