/**
 * Records in a thread of their own: a database that is part of the process (PGlite) works for many milliseconds at a
 * time, and building and reading SQL takes its time with any; calls must not wait for either.
 */
import type { Logger } from 'pino';
import type { Campaigns } from '../campaigns/index.ts';
import { remoteCampaigns } from '../campaigns/remote.ts';
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

/** Records, and the campaigns in the same database. Closing the records closes both. */
export interface DatabaseOfRecords extends Records {
  readonly campaigns: Campaigns;
}

/**
 * Records in Postgres, or in PGlite under `dataDir`; migrations run before it resolves. Throws a `UserError` when the
 * database will never let us in (wrong credentials, no such database) or another process has the data directory.
 *
 * A Postgres that cannot be reached is away for all nodes perhaps, so it keeps none from starting: until it is there every
 * request rejects with `records-away`, and the migrations run then. A thread that dies takes what was asked of it with it
 * (`records-lost`), and a later request starts another. Close it when done.
 */
export async function createRecords(location: DatabaseLocation, logger: Logger): Promise<DatabaseOfRecords> {
  const unlock = 'dataDir' in location ? await lockDirectory(location.dataDir) : async () => {};
  const records = new ThreadedRecords(location, logger, unlock);
  try {
    await records.start();
    return records;
  } catch (error) {
    if (error instanceof RecordsError && error.code === 'records-away') {
      logger.error(
        { err: error },
        'Postgres is away: starting without it; records wait on this disk until it is back, and the API has none',
      );
      return records;
    }
    await records.close();
    throw error;
  }
}

/** A thread costs half a second of a core to start: not for every request while the database is away. */
const REOPEN_AFTER_MS = 3_000;

class ThreadedRecords implements DatabaseOfRecords {
  readonly campaigns = remoteCampaigns((call) => this.#ask('campaigns', call));
  readonly #location: DatabaseLocation;
  readonly #logger: Logger;
  readonly #unlock: () => Promise<void>;
  #thread: RecordsThread | undefined;
  /** Why the database could not be opened, and from when on (on the clock of `performance.now()`) that is tried again. */
  #unopened: { error: unknown; untilMs: number } | undefined;
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
    if (this.#unopened !== undefined && performance.now() < this.#unopened.untilMs)
      throw this.#unopened.error;
    const thread = new RecordsThread(this.#location, this.#logger);
    this.#thread = thread;
    thread.ready.then(
      () => {
        this.#unopened = undefined;
      },
      (error: unknown) => {
        this.#unopened = { error, untilMs: performance.now() + REOPEN_AFTER_MS };
      },
    );
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
