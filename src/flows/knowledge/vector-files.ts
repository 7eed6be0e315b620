/**
 * Vectors that were paid for once, in files: `ab/<key>.f32`, little-endian 32-bit floats, the key being the hash of model
 * and text. Any number of processes may share the folder: a file appears under its name only when it is whole.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname, join } from 'node:path';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

export interface VectorFiles {
  /** Undefined where there is none that can be read. Never rejects. */
  get(text: string): Promise<Float32Array | undefined>;
  /** Never rejects: what cannot be kept is asked for again at the next start. */
  put(text: string, vector: Float32Array): Promise<void>;
}

/** @param model whose vectors these are */
export function createVectorFiles(folder: string, model: string): VectorFiles {
  const pathOf = (text: string): string => {
    const key = createHash('sha256')
      .update(JSON.stringify([model, text]))
      .digest('hex');
    return join(folder, key.slice(0, 2), `${key}.f32`);
  };
  return {
    async get(text) {
      const bytes = await readFile(pathOf(text)).catch(() => undefined);
      if (bytes === undefined || bytes.length === 0 || bytes.length % BYTES !== 0) return undefined;
      const vector = new Float32Array(new Uint8Array(turned(bytes)).buffer);
      return vector.every(Number.isFinite) ? vector : undefined;
    },
    async put(text, vector) {
      const path = pathOf(text);
      const partPath = `${path}.${randomUUID()}.part`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(partPath, turned(Buffer.from(Float32Array.from(vector).buffer)), { flag: 'wx' });
        await rename(partPath, path);
      } catch {
        await rm(partPath, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** Between the order of the file and that of this machine, on a copy. */
function turned(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  return endianness() === 'LE' ? copy : copy.swap32();
}
