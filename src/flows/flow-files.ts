/** Flow files on disk: which there are, and their text. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FlowError, type FlowProblem } from './problems.ts';
import { MOST_BYTES } from './yaml-source.ts';

/** The flow files of a folder, in the order of their names. Throws {@link FlowError} where there are none. */
export async function flowFiles(folder: string): Promise<string[]> {
  const name = shown(folder);
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    throw new FlowError([
      fileProblem(name, `the folder of flows cannot be read (${codeOf(error)}); check FLOWS_DIR`),
    ]);
  }
  const files = entries.filter((entry) => /^[^.].*\.ya?ml$/i.test(entry)).sort();
  if (files.length === 0)
    throw new FlowError([fileProblem(name, 'the folder holds no flow (a file that ends in .yaml)')]);
  return files.map((file) => join(folder, file));
}

/** The text of a flow file, or why there is none. Never throws. */
export async function flowText(path: string): Promise<string | FlowProblem> {
  const file = shown(path);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return fileProblem(file, 'this is a folder, not a file');
    // A pipe or a device may never come to its end.
    if (!found.isFile()) return fileProblem(file, 'this is no file that can be read');
    if (found.size > MOST_BYTES)
      return fileProblem(file, `the file is larger than 1 MB (${found.size} bytes), which no flow should be`);
    const bytes = await readFile(path);
    return utf8(bytes) ?? notUtf8(file, bytes);
  } catch (error) {
    const code = codeOf(error);
    return fileProblem(
      file,
      code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`,
    );
  }
}

/** A problem with a file as a whole. */
export function fileProblem(file: string, message: string): FlowProblem {
  return { code: 'unreadable', severity: 'error', file, line: 1, column: 1, message };
}

/** As a person in this folder would write it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(file: string, bytes: Uint8Array): FlowProblem {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) return fileProblem(file, 'the file is UTF-16 text; save it as UTF-8');
  const before = new TextDecoder().decode(bytes).split('\ufffd')[0] ?? '';
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return { ...fileProblem(file, 'the file is not UTF-8 text from here on; save it as UTF-8'), line, column };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
