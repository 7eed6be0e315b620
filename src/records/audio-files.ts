import { randomUUID } from 'node:crypto';
import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { callIdSchema } from './call-id.ts';
import type { AudioSink, AudioStore } from './index.ts';
import { WAV_BYTES_PER_MS, WAV_HEADER_BYTES, wavHeader } from './wav.ts';

export interface AudioFilesOptions {
  /** Audio is kept in its `audio` folder. */
  dataDir: string;
  logger: Logger;
  /**
   * How much of one call may wait for the disk, in bytes, before its recording is given up.
   * @defaultValue 1 MiB: a minute of a call
   */
  maxPendingBytes?: number;
}

const DEFAULT_MAX_PENDING_BYTES = 1_048_576;

/** Four seconds of a call. What a crash interrupts is deleted, so more frequent writes would save nothing. */
const CHUNK_BYTES = 64_000;

/** A live recording is written to every few seconds; one untouched for so long was left by a crash. */
const ABANDONED_AFTER_MS = 60 * 60_000;

/**
 * Audio in files, `audio/<call id>.wav` under the data directory. A recording is written beside its final name and
 * moved there when it is complete, so what is found is always whole. What a crash left half written is deleted.
 */
export async function createAudioFiles(options: AudioFilesOptions): Promise<AudioStore> {
  const { dataDir, logger, maxPendingBytes = DEFAULT_MAX_PENDING_BYTES } = options;
  const directory = resolve(dataDir, 'audio');
  await mkdir(directory, { recursive: true });
  await deleteAbandoned(directory, logger);
  const pathOf = (callId: string) => join(directory, `${callId}.wav`);
  return {
    async create(callId) {
      const path = pathOf(callIdSchema.parse(callId));
      const partPath = `${path}.${randomUUID()}.part`;
      const earlierBytes = await copyEarlier(path, partPath);
      const file = await open(partPath, earlierBytes === 0 ? 'wx' : 'r+', 0o640);
      return new FileSink(file, partPath, path, maxPendingBytes, earlierBytes);
    },
    async open(callId) {
      if (!callIdSchema.safeParse(callId).success) return undefined;
      const path = pathOf(callId);
      const file = await open(path).catch(ignoreMissing);
      if (file === undefined) return undefined;
      try {
        const { size } = await file.stat();
        return { stream: file.createReadStream(), sizeBytes: size, path };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}

class FileSink implements AudioSink {
  readonly earlierMs: number;
  readonly #file: FileHandle;
  readonly #partPath: string;
  readonly #path: string;
  readonly #maxPendingBytes: number;
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #chunkBytes = 0;
  #queuedBytes = 0;
  #writtenBytes = 0;
  /** What has been asked of the disk, one write after the other. Never rejects: the first failure is kept. */
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #finished: Promise<void> | undefined;

  constructor(
    file: FileHandle,
    partPath: string,
    path: string,
    maxPendingBytes: number,
    earlierBytes: number,
  ) {
    this.earlierMs = earlierBytes / WAV_BYTES_PER_MS;
    this.#queuedBytes = earlierBytes;
    this.#writtenBytes = earlierBytes;
    this.#file = file;
    this.#partPath = partPath;
    this.#path = path;
    this.#maxPendingBytes = maxPendingBytes;
  }

  write(interleaved: Uint8Array): void {
    if (this.#finished !== undefined) return;
    let rest = interleaved;
    while (rest.length > 0 && this.#failure === undefined) {
      const part = rest.subarray(0, CHUNK_BYTES - this.#chunkBytes);
      this.#chunk.set(part, this.#chunkBytes);
      this.#chunkBytes += part.length;
      rest = rest.subarray(part.length);
      if (this.#chunkBytes === CHUNK_BYTES) this.#flush();
    }
  }

  async commit(): Promise<{ path: string; sizeBytes: number }> {
    if (this.#finished !== undefined) throw new Error(`the recording ${this.#path} was finished before`);
    this.#flush();
    const finishing = this.#complete();
    this.#finished = finishing.catch(() => undefined);
    await finishing;
    return { path: this.#path, sizeBytes: WAV_HEADER_BYTES + this.#writtenBytes };
  }

  async discard(): Promise<void> {
    this.#failure ??= new Error('the recording was thrown away');
    // After a commit there is no part file left to remove, and the recording stays.
    this.#finished ??= this.#writing.then(() => this.#remove());
    await this.#finished;
  }

  #flush(): void {
    const chunk = this.#chunk.subarray(0, this.#chunkBytes);
    if (this.#failure !== undefined || chunk.length === 0) return;
    if (this.#queuedBytes - this.#writtenBytes + chunk.length > this.#maxPendingBytes) {
      this.#failure = new Error(
        `the disk is too slow: over ${this.#maxPendingBytes} bytes were waiting for it`,
      );
      return;
    }
    const position = WAV_HEADER_BYTES + this.#queuedBytes;
    this.#queuedBytes += chunk.length;
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#chunkBytes = 0;
    this.#writing = this.#writing.then(() => this.#put(chunk, position));
  }

  async #put(bytes: Buffer, position: number): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await writeAll(this.#file, bytes, position);
      this.#writtenBytes += bytes.length;
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  async #complete(): Promise<void> {
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      await writeAll(this.#file, wavHeader(this.#writtenBytes), 0);
      await this.#file.datasync();
      await this.#file.close();
      await rename(this.#partPath, this.#path);
    } catch (error) {
      await this.#remove();
      throw new Error(`the recording ${this.#path} could not be written`, { cause: error });
    }
  }

  async #remove(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#partPath, { force: true });
  }
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** A call that comes back goes on with the recording it has; returns how many bytes of audio that is. */
async function copyEarlier(path: string, partPath: string): Promise<number> {
  try {
    await copyFile(path, partPath);
    const { size } = await stat(partPath);
    return Math.max(0, size - WAV_HEADER_BYTES);
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
}

async function deleteAbandoned(directory: string, logger: Logger): Promise<void> {
  const parts = (await readdir(directory)).filter((name) => name.endsWith('.part'));
  for (const name of parts) {
    const path = join(directory, name);
    // Another process on the same directory may be writing or finishing its own.
    const found = await stat(path).catch(ignoreMissing);
    if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(path, { force: true });
    logger.warn({ file: name, bytes: found.size }, 'deleted a recording that a crash left half written');
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
