/**
 * Records in a thread of their own: a database that is part of the process (PGlite) works for many milliseconds at a
 * time, and building and reading SQL takes its time with any; calls must not wait for either.
 */
import type { Logger } from 'pino';
import type { DatabaseLocation } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import {
  type CallPage,
  type CallQuery,
  type CallRecord,
  type ExperimentReport,
  type KnowledgeSearch,
  type Passage,
  type Records,
  RecordsError,
  type StoredKnowledge,
} from './index.ts';
import { RecordsThread } from './records-thread.ts';
import type { ThreadRequest } from './thread-messages.ts';

/**
 * Records in Postgres, or in PGlite under `dataDir`; migrations run before it resolves. Throws a `UserError` when the
 * database cannot be reached or another process has the data directory. A thread that dies takes what was asked of it
 * with it (`records-lost`), and the next request starts another. Close it when done.
 */
export async function createRecords(location: DatabaseLocation, logger: Logger): Promise<Records> {
  const unlock = 'dataDir' in location ? await lockDirectory(location.dataDir) : async () => {};
  const records = new ThreadedRecords(location, logger, unlock);
  try {
    await records.start();
    return records;
  } catch (error) {
    await records.close();
    throw error;
  }
}

class ThreadedRecords implements Records {
  readonly #location: DatabaseLocation;
  readonly #logger: Logger;
  readonly #unlock: () => Promise<void>;
  #thread: RecordsThread | undefined;
  #closed: Promise<void> | undefined;

  constructor(location: DatabaseLocation, logger: Logger, unlock: () => Promise<void>) {
    this.#location = location;
    this.#logger = logger;
    this.#unlock = unlock;
  }

  async start(): Promise<void> {
    await this.#running().ready;
  }

  async save(record: CallRecord): Promise<void> {
    await this.#ask('save', record);
  }

  // What comes back is what the same method of the same interface returned over there.
  async find(idOrCallSid: string): Promise<CallRecord | undefined> {
    return (await this.#ask('find', idOrCallSid)) as CallRecord | undefined;
  }

  async list(query: CallQuery): Promise<CallPage> {
    return (await this.#ask('list', query)) as CallPage;
  }

  async experiments(query: { flow?: string }): Promise<ExperimentReport[]> {
    return (await this.#ask('experiments', query)) as ExperimentReport[];
  }

  async keepKnowledge(base: StoredKnowledge): Promise<void> {
    await this.#ask('keepKnowledge', base);
  }

  async searchKnowledge(search: KnowledgeSearch): Promise<Passage[] | undefined> {
    return (await this.#ask('searchKnowledge', search)) as Passage[] | undefined;
  }

  async ping(): Promise<void> {
    await this.#ask('ping', undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #ask(method: ThreadRequest['method'], argument: unknown): Promise<unknown> {
    if (this.#closed !== undefined) throw new RecordsError('records-closed', 'the records are closed');
    return this.#running().ask(method, argument);
  }

  #running(): RecordsThread {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new RecordsThread(this.#location, this.#logger);
    this.#thread = thread;
    void thread.gone.then((reason) => {
      this.#thread = undefined;
      if (this.#closed === undefined) this.#logger.error({ reason }, 'records are without their thread');
    });
    return thread;
  }

  async #close(): Promise<void> {
    await this.#thread?.close();
    await this.#unlock();
  }
}
