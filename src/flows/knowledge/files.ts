/** The files a flow knows, read from its folder and from nowhere else. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileOf, type KnowledgeEntry, titleOf } from '../schema-knowledge.ts';
import { chunksOf } from './chunks.ts';
import { markdownOfHtml } from './html.ts';
import type { KnowledgeBase, KnowledgeChunk } from './index.ts';

/** A handbook has less; what is longer is a database, and wants a tool. */
const MOST_BYTES = 1_000_000;
const MOST_BYTES_IN_ALL = 3_000_000;

/** What is wrong with one of the files. `index`: its place in the list. */
export interface KnowledgeProblem {
  index: number;
  message: string;
}

/** Reads the files of a flow. `base` is absent where one of them cannot be used. Never throws. */
export function readKnowledge(
  entries: readonly KnowledgeEntry[],
  folder: string,
  language: string,
): { base?: KnowledgeBase; problems: KnowledgeProblem[] } {
  const chunks: KnowledgeChunk[] = [];
  const problems: KnowledgeProblem[] = [];
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    const read = textOf(fileOf(entry), folder);
    if ('problem' in read) {
      problems.push({ index, message: read.problem });
      continue;
    }
    bytes += read.bytes;
    if (bytes > MOST_BYTES_IN_ALL) {
      problems.push({
        index,
        message:
          'with this file the flow would know more than 3 MB, which is too much to look up during a call',
      });
      break;
    }
    const isHtml = /\.html?$/i.test(fileOf(entry));
    const found = chunksOf(titleOf(entry), isHtml ? markdownOfHtml(read.text) : read.text);
    if (found.length === 0) problems.push({ index, message: `there is no text in ${fileOf(entry)}` });
    chunks.push(...found);
  }
  if (problems.length > 0) return { problems };
  const id = createHash('sha256')
    .update(JSON.stringify([language, chunks]))
    .digest('hex')
    .slice(0, 32);
  return { base: { id, language, chunks }, problems };
}

/** Links may lead anywhere within the folder, and nowhere else. */
function textOf(file: string, folder: string): { text: string; bytes: number } | { problem: string } {
  try {
    const home = realpathSync(folder);
    const path = realpathSync(join(home, file));
    if (!path.startsWith(home + sep)) return { problem: `${file} leads out of the folder of the flow` };
    const found = statSync(path);
    if (!found.isFile()) return { problem: `${file} is no file that can be read` };
    if (found.size > MOST_BYTES) return { problem: `${file} is larger than 1 MB (${found.size} bytes)` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return { text, bytes: found.size };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `${file} is not UTF-8 text` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { problem: `there is no file ${file} beside the flow` }
      : { problem: `${file} cannot be read (${code})` };
  }
}
