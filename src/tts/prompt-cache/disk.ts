/**
 * Prompts in files, `ab/<key>.prompt` by the first two digits of the key. Any number of processes may share the folder:
 * a file appears under its name only when it is written, and whoever finds one gone does without it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { MOST_ENTRY_BYTES } from './entry.ts';

export interface DiskPromptsOptions {
  folder: string;
  maxBytes: number;
  logger: Logger;
  /** Whether this prompt is being used without being read from disk. It is then not the one to go. */
  isInUse: (key: string) => boolean;
}

/** How full it is after it was cleared out: far enough below the limit that this is rare. */
const KEPT_SHARE = 0.9;
/** Writing a prompt takes milliseconds; a file still unfinished after so long was left by a crash. */
const ABANDONED_AFTER_MS = 60 * 60_000;

interface Found {
  path: string;
  key: string;
  bytes: number;
  usedAtMs: number;
}

export class DiskPrompts {
  readonly #options: DiskPromptsOptions;
  /** All files at the last count. */
  #countedBytes = 0;
  /** Since that count began. */
  #writtenBytes = 0;
  #counting: Promise<void> | undefined;
  #closed = false;

  private constructor(options: DiskPromptsOptions) {
    this.#options = options;
    this.#count();
  }

  /** Throws where the folder cannot be made. Close it. */
  static async open(options: DiskPromptsOptions): Promise<DiskPrompts> {
    await mkdir(options.folder, { recursive: true });
    return new DiskPrompts(options);
  }

  /** The file as it is. Undefined where there is none, or none that can be read. */
  async get(key: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key);
    try {
      const { size } = await stat(path);
      // A prompt is never so large; an empty one is taken for damaged.
      const bytes = size > MOST_ENTRY_BYTES ? new Uint8Array() : await readFile(path);
      const now = new Date();
      // The time of its last use, by which the oldest go: file systems do not keep the time of the last reading.
      await utimes(path, now, now).catch(() => undefined);
      return bytes;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        this.#options.logger.warn({ key, code: codeOf(error) }, 'a prompt cannot be read from disk');
      return undefined;
    }
  }

  /** False where it could not be written. A crash may leave an unfinished file: its checksum tells. */
  async put(key: string, bytes: Uint8Array): Promise<boolean> {
    const path = this.#pathOf(key);
    const partPath = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(partPath, bytes, { mode: 0o640, flag: 'wx' });
      await rename(partPath, path);
    } catch (error) {
      await rm(partPath, { force: true }).catch(() => undefined);
      this.#options.logger.warn({ key, code: codeOf(error) }, 'a prompt cannot be written to disk');
      return false;
    }
    this.#writtenBytes += bytes.length;
    this.#countIfFull();
    return true;
  }

  /** Another process may have put a good one there in between; then it is made once more, and no harm is done. */
  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true }).catch(() => undefined);
  }

  /** Breaks off a count that is under way; the next process begins with one. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#counting;
  }

  #pathOf(key: string): string {
    return join(this.#options.folder, key.slice(0, 2), `${key}.prompt`);
  }

  #countIfFull(): void {
    const isFull = this.#countedBytes + this.#writtenBytes > this.#options.maxBytes;
    if (isFull && this.#counting === undefined && !this.#closed) this.#count();
  }

  #count(): void {
    this.#writtenBytes = 0;
    this.#counting = this.#clearOut().then((bytes) => {
      this.#countedBytes = bytes;
      this.#counting = undefined;
      this.#countIfFull();
    });
  }

  /**
   * Counts the files and, where they are too many bytes, removes those used longest ago. Never rejects.
   *
   * @returns how many bytes are left
   */
  async #clearOut(): Promise<number> {
    const { maxBytes, isInUse, logger } = this.#options;
    const files: Found[] = [];
    for await (const found of this.#files()) files.push(found);
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > maxBytes && !this.#closed) {
      const inOrder = files.toSorted(
        (a, b) => Number(isInUse(a.key)) - Number(isInUse(b.key)) || a.usedAtMs - b.usedAtMs,
      );
      let removed = 0;
      for (const { path, bytes: freed } of inOrder) {
        if (bytes <= maxBytes * KEPT_SHARE) break;
        // One that cannot be removed is taken for removed: trying again at once would never end.
        await rm(path, { force: true }).catch(() => undefined);
        bytes -= freed;
        removed++;
      }
      logger.info({ removed, bytes }, 'removed the cached prompts that were used longest ago');
    }
    return bytes;
  }

  /** Every prompt; what a crash left unfinished is deleted on the way. */
  async *#files(): AsyncGenerator<Found> {
    for (const folder of await namesIn(this.#options.folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await namesIn(join(this.#options.folder, folder))) {
        const [, key, part] = /^([0-9a-f]{64})\.prompt(\..+\.part)?$/.exec(name) ?? [];
        const path = join(this.#options.folder, folder, name);
        const found = key === undefined ? undefined : await stat(path).catch(() => undefined);
        if (this.#closed) return;
        if (key === undefined || found === undefined) continue;
        if (part === undefined) yield { path, key, bytes: found.size, usedAtMs: found.mtimeMs };
        else if (Date.now() - found.mtimeMs > ABANDONED_AFTER_MS)
          await rm(path, { force: true }).catch(() => undefined);
      }
    }
  }
}

/** Empty where the folder is not there or cannot be read. */
async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
