/**
 * The outbox of records: each record is on the disk of this node before the database is asked to take it, and stays
 * there until it has. A database that is away for hours loses none, nor does a process that is killed meanwhile: what it
 * leaves is written by the next one on the same directory.
 *
 * One JSON file a record, under a name of its own each time, so that processes that share a directory never touch what
 * another is writing. A record may be saved twice, which changes nothing: records are idempotent.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { type CallRecord, callRecordSchema, isRecordsAway, type Records } from './index.ts';

export interface OutboxOptions {
  /** Not closed with the outbox: whoever made it does that. */
  records: Records;
  /** Records wait in its `outbox` folder. */
  dataDir: string;
  logger: Logger;
  /** How many may wait; a record beyond it is refused. @defaultValue 50,000 */
  mostRecords?: number;
  /** After a failure, doubling up to twenty times as long, in milliseconds. @defaultValue 500 */
  retryAfterMs?: number;
}

export interface Outbox extends Records {
  /** Records that the database has not taken yet. */
  readonly waiting: number;
  /** The database could not be reached when it was last asked for something. */
  readonly away: boolean;
}

/** Some days of a busy node's calls, and a few gigabytes. */
const DEFAULT_MOST_RECORDS = 50_000;
const DEFAULT_RETRY_AFTER_MS = 500;
const LONGEST_RETRY_FACTOR = 20;
/** Where the disk takes none, some wait in memory. */
const MOST_IN_MEMORY = 500;
/** A database that answers may have a bad moment; one that refuses a record so often will never take it. */
const MOST_REFUSALS = 5;
/** What other processes left is looked for so often; and only what is so old, for its own process is still at it. */
const SCAN_EVERY_MS = 60_000;
/** A database that is well takes what is left at the end in well under this. */
const CLOSE_WITHIN_MS = 3_000;

interface Waiting {
  readonly callId: string;
  readonly callSid: string;
  /** Absent where the disk did not take it. */
  readonly path?: string;
  readonly record?: CallRecord;
  refusals: number;
}

/** Makes the folder and goes on with what is in it. Never rejects for a disk that is full: it says so. Close it when done. */
export async function createOutbox(options: OutboxOptions): Promise<Outbox> {
  const outbox = new FileOutbox(options);
  await outbox.start();
  return outbox;
}

class FileOutbox implements Outbox {
  readonly #records: Records;
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #mostRecords: number;
  readonly #retryAfterMs: number;
  /** Oldest first; by path, or by an id of its own where it has none. */
  readonly #waiting = new Map<string, Waiting>();
  #away = false;
  #failures = 0;
  #inMemory = 0;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #scanning: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ records, dataDir, logger, mostRecords, retryAfterMs }: OutboxOptions) {
    this.#records = records;
    this.#directory = resolve(dataDir, 'outbox');
    this.#logger = logger;
    this.#mostRecords = mostRecords ?? DEFAULT_MOST_RECORDS;
    this.#retryAfterMs = retryAfterMs ?? DEFAULT_RETRY_AFTER_MS;
  }

  async start(): Promise<void> {
    await this.#scan(0);
    if (this.#waiting.size > 0)
      this.#logger.info({ records: this.#waiting.size }, 'records of an earlier run are waiting to be saved');
    this.#scanning = setInterval(() => void this.#scan(SCAN_EVERY_MS), SCAN_EVERY_MS);
    this.#scanning.unref();
    this.#work();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get away(): boolean {
    return this.#away;
  }

  /** Resolves when it is kept safe here, or saved. */
  async save(record: CallRecord): Promise<void> {
    if (this.#waiting.size >= this.#mostRecords) {
      this.#logger.error(
        { callId: record.id, waiting: this.#waiting.size },
        'the outbox of records is full; this record is kept nowhere unless the database takes it now',
      );
      return this.#records.save(record);
    }
    const written = await this.#write(record);
    // Only the newest of a call is worth saving.
    for (const [key, earlier] of this.#waiting)
      if (key !== written && earlier.callId === record.id) await this.#drop(key, earlier);
    this.#work();
  }

  /** What waits counts as kept: whoever asks for it need not know where. */
  async find(idOrCallSid: string): Promise<CallRecord | undefined> {
    const waiting = [...this.#waiting.values()].findLast(
      ({ callId, callSid }) => callId === idOrCallSid || callSid === idOrCallSid,
    );
    const record = waiting === undefined ? undefined : await this.#read(waiting).catch(() => undefined);
    return record ?? this.#noticing(this.#records.find(idOrCallSid));
  }

  list: Records['list'] = (query) => this.#noticing(this.#records.list(query));
  experiments: Records['experiments'] = (query) => this.#noticing(this.#records.experiments(query));
  keepKnowledge: Records['keepKnowledge'] = (base) => this.#records.keepKnowledge(base);
  searchKnowledge: Records['searchKnowledge'] = (search) => this.#records.searchKnowledge(search);
  ping: Records['ping'] = () => this.#noticing(this.#records.ping());

  async close(): Promise<void> {
    if (this.#closed) return;
    clearInterval(this.#scanning);
    clearTimeout(this.#timer);
    this.#work();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_WITHIN_MS);
    await Promise.race([this.#working, late.promise]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
    this.#closed = true;
    if (this.#waiting.size > this.#inMemory)
      this.#logger.warn({ records: this.#waiting.size }, 'records wait in the outbox for the next start');
    if (this.#inMemory > 0)
      this.#logger.error({ records: this.#inMemory }, 'records lost: no disk took them');
  }

  /** Returns the key it waits under. */
  async #write(record: CallRecord): Promise<string> {
    const { id: callId, callSid } = record;
    const path = join(this.#directory, `${callId}.${randomUUID()}.json`);
    try {
      await writeFile(`${path}.part`, JSON.stringify(record), { mode: 0o640, flush: true });
      await rename(`${path}.part`, path);
      this.#waiting.set(path, { callId, callSid, path, refusals: 0 });
      return path;
    } catch (error) {
      await rm(`${path}.part`, { force: true }).catch(() => undefined);
      if (this.#inMemory >= MOST_IN_MEMORY) throw error;
      this.#logger.error(
        { err: error, callId },
        'the disk takes no record; it waits in memory and is lost with this process',
      );
      this.#inMemory++;
      this.#waiting.set(path, { callId, callSid, record, refusals: 0 });
      return path;
    }
  }

  async #drop(key: string, waiting: Waiting): Promise<void> {
    if (!this.#waiting.delete(key)) return;
    if (waiting.path === undefined) this.#inMemory--;
    else await rm(waiting.path, { force: true }).catch((error: unknown) => this.#undeleted(error));
  }

  #undeleted(error: unknown): void {
    this.#logger.warn(
      { err: error },
      'a saved record stays in the outbox; it is saved again at the next start',
    );
  }

  async #read({ path, record }: Waiting): Promise<CallRecord> {
    if (path === undefined) return callRecordSchema.parse(record);
    return callRecordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  }

  #work(): void {
    if (this.#closed || this.#working !== undefined || this.#timer !== undefined) return;
    if (this.#waiting.size === 0) return;
    this.#working = this.#saveAll().finally(() => {
      this.#working = undefined;
    });
  }

  async #saveAll(): Promise<void> {
    // A map that is walked gives what is added meanwhile too.
    for (const [key, waiting] of this.#waiting) {
      if (this.#closed) return;
      const outcome = await this.#saveOne(waiting);
      if (outcome === 'away') return this.#retryLater();
      if (outcome === 'done') await this.#drop(key, waiting);
      if (outcome === 'never') await this.#setAside(key, waiting);
    }
    if (this.#waiting.size > 0) this.#retryLater();
  }

  async #saveOne(waiting: Waiting): Promise<'done' | 'away' | 'later' | 'never'> {
    const { callId } = waiting;
    let record: CallRecord;
    try {
      record = await this.#read(waiting);
    } catch (error) {
      // Another process on this directory has saved it.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'done';
      this.#logger.error({ err: error, callId }, 'a record in the outbox is not readable');
      return 'never';
    }
    try {
      await this.#noticing(this.#records.save(record));
      this.#failures = 0;
      return 'done';
    } catch (error) {
      this.#logger.warn({ err: error, callId, waiting: this.#waiting.size }, 'record not saved yet');
      if (isRecordsAway(error)) return 'away';
      waiting.refusals++;
      return waiting.refusals < MOST_REFUSALS ? 'later' : 'never';
    }
  }

  /** Nobody but a person can help it. */
  async #setAside(key: string, { callId, path }: Waiting): Promise<void> {
    this.#waiting.delete(key);
    if (path === undefined) this.#inMemory--;
    else await rename(path, `${path}.refused`).catch((error: unknown) => this.#undeleted(error));
    this.#logger.error(
      { callId, file: path === undefined ? undefined : `${callId}.*.refused` },
      'a record cannot be saved and was set aside; rename its file to end with .json to try again',
    );
  }

  #retryLater(): void {
    if (this.#closed) return;
    const factor = Math.min(2 ** this.#failures++, LONGEST_RETRY_FACTOR);
    // Nodes that lost the database together do not all come back at once.
    const afterMs = this.#retryAfterMs * factor * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#work();
    }, afterMs);
    this.#timer.unref();
  }

  /** Never rejects. `minAgeMs`: younger files are somebody else's, who is still at it. */
  async #scan(minAgeMs: number): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true });
      for (const name of (await readdir(this.#directory)).sort()) {
        const path = join(this.#directory, name);
        if (!name.endsWith('.json') || this.#waiting.has(path)) continue;
        const { mtimeMs } = await stat(path);
        if (Date.now() - mtimeMs < minAgeMs || this.#waiting.size >= this.#mostRecords) continue;
        const callId = name.split('.')[0] ?? name;
        this.#waiting.set(path, { callId, callSid: '', path, refusals: 0 });
      }
      this.#work();
    } catch (error) {
      this.#logger.error({ err: error }, 'the outbox of records cannot be read');
    }
  }

  async #noticing<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      const result = await answer;
      this.#away = false;
      return result;
    } catch (error) {
      this.#away = isRecordsAway(error);
      throw error;
    }
  }
}
