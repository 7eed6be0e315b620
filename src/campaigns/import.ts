/** A list, read to its end: rows become contacts or are set aside, batch by batch. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '../user-error.ts';
import { ContactReader } from './contact-rows.ts';
import type {
  Campaigns,
  CheckedRow,
  ContactImport,
  FileToImport,
  ImportBatch,
  ImportOptions,
  SetAsideRow,
} from './index.ts';
import { openSource } from './source-rows.ts';

export interface ImportRequest extends FileToImport {
  /** Ends the import between two batches; it can be gone on with later. */
  signal?: AbortSignal | undefined;
  /** After each batch. */
  onProgress?: (progress: ContactImport) => void;
}

type Store = Pick<Campaigns, 'openImport' | 'addBatch' | 'endImport'>;

/** A transaction for so many rows costs little for each, and holds up nobody: it takes some 50 ms. */
const ROWS_A_BATCH = 1_000;

/**
 * Imports a file into a campaign. One that was interrupted goes on after the last batch that is in the database, so no
 * row is there twice; one that is done is told of again. Of the rows two batches are in memory. Undefined where there is
 * no such campaign; throws a {@link UserError} where the file cannot be read to its end: the import has failed then, and
 * what was read before stays.
 */
export async function importContacts(
  store: Store,
  request: ImportRequest,
): Promise<ContactImport | undefined> {
  const { campaignId, path, fileName, options } = request;
  const opened = await store.openImport({ campaignId, fileName, options, ...(await fingerprint(path)) });
  if (opened === undefined || opened.import.state === 'done') return opened?.import;
  const { id } = opened.import;
  try {
    await readAll(store, id, opened.doneLine, request);
  } catch (error) {
    if (error instanceof UserError) await store.endImport(id, { state: 'failed', error: error.message });
    throw error;
  }
  return store.endImport(id, { state: 'done' });
}

/** While the database takes one batch, the next is read. */
async function readAll(
  store: Store,
  importId: string,
  doneLine: number,
  { path, options, signal, onProgress }: ImportRequest,
): Promise<void> {
  let adding: Promise<void> = Promise.resolve();
  const add = async (batch: ImportBatch): Promise<void> => {
    await adding;
    signal?.throwIfAborted();
    adding = store.addBatch(importId, batch).then((progress) => onProgress?.(progress));
    // It is awaited before the next; until then nobody may be listening.
    adding.catch(() => undefined);
  };
  try {
    for await (const batch of batches(path, options, doneLine)) await add(batch);
  } finally {
    await adding;
  }
}

async function* batches(path: string, options: ImportOptions, doneLine: number): AsyncGenerator<ImportBatch> {
  let bytesRead = 0;
  const source = await openSource(createReadStream(path, { highWaterMark: 64 * 1024 }), (bytes) => {
    bytesRead = bytes;
  });
  let afterLine = doneLine;
  let line = doneLine;
  let contacts: CheckedRow[] = [];
  let setAside: SetAsideRow[] = [];
  const taken = (): ImportBatch => {
    const batch = { afterLine, line, bytesRead, columns: [...source.columns], contacts, setAside };
    afterLine = line;
    contacts = [];
    setAside = [];
    return batch;
  };
  try {
    const reader = new ContactReader(source.columns, options);
    for await (const row of source.rows) {
      if (row.line <= doneLine) continue;
      const read = reader.read(row);
      if ('setAside' in read) setAside.push(read.setAside);
      else contacts.push(read);
      line = row.line;
      if (contacts.length + setAside.length >= ROWS_A_BATCH) yield taken();
    }
  } catch (error) {
    // What was read before the file turned out to be broken is as good as any.
    if (error instanceof UserError && line > afterLine) yield taken();
    throw error;
  } finally {
    await source.close();
  }
  if (line > afterLine) yield taken();
}

/** By what a list is known when it comes again. */
export async function fingerprint(path: string): Promise<{ contentHash: string; bytesTotal: number }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return { contentHash: hash.digest('hex'), bytesTotal: (await stat(path)).size };
}
