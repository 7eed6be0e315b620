/** One thread that keeps records, from its start to its end. */
import { Worker } from 'node:worker_threads';
import type { DatabaseLocation, DatabaseLog } from './database.ts';
import { RecordsError } from './index.ts';
import { type FromThread, type ThreadRequest, type ToThread, toError } from './thread-messages.ts';

/** Closing a database takes well under a second; one that hangs is cut off, and recovers when it is opened again. */
const CLOSE_TIMEOUT_MS = 10_000;

/** A database that hangs answers none of these within its time: more would only wait for the same. */
const MOST_PENDING = 1_000;

/**
 * Nothing here is in a hurry, and the garbage of a list of a million contacts must not take what the calls need: with
 * it an import peaks at 200 MB, without at 330.
 */
const YOUNG_GENERATION_MB = 12;

/** A started thread keeps the process alive only while it owes an answer. */
export class RecordsThread {
  /** Resolves when the database is open; rejects with what kept it from that. */
  readonly ready: Promise<void>;
  /** Resolves when the thread has ended, with why in words. */
  readonly gone: Promise<string>;
  readonly #worker: Worker;
  readonly #log: DatabaseLog;
  readonly #opening = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<string>();
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;
  #reason = 'the thread of the records ended';
  #failure: Error | undefined;

  constructor(location: DatabaseLocation, log: DatabaseLog) {
    this.#log = log;
    this.ready = this.#opening.promise;
    this.gone = this.#ended.promise;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: location,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // Of the same version as this file, so the messages are what their type says.
    this.#worker.on('message', (message) => this.#take(message as FromThread));
    this.#worker.on('error', (error) => {
      this.#reason = `the thread of the records died: ${error instanceof Error ? error.message : String(error)}`;
    });
    this.#worker.on('exit', () => this.#onExit());
    // Who asks a new thread in place of a dead one learns of its failure from the answers.
    this.ready.catch(() => undefined);
  }

  /**
   * Waits until the thread is ready. Rejects with `records-lost` where the thread ends before it has answered, or with why it could not open,
   * and at once with `records-busy` where too many wait.
   */
  ask(method: ThreadRequest['method'], argument: unknown): Promise<unknown> {
    if (this.#pending.size >= MOST_PENDING)
      return Promise.reject(
        new RecordsError('records-busy', `${MOST_PENDING} requests wait for the database`),
      );
    const id = this.#nextId++;
    const job = Promise.withResolvers<unknown>();
    this.#pending.set(id, job);
    this.#worker.ref();
    this.#post({ id, method, argument });
    return job.promise;
  }

  /** Answers what was asked, closes the database and ends the thread. Idempotent. */
  async close(): Promise<void> {
    this.#worker.ref();
    this.#post({ type: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_TIMEOUT_MS);
    await this.gone;
    clearTimeout(timer);
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromThread): void {
    switch (message.type) {
      case 'ready':
        this.#opening.resolve();
        return this.#rest();
      case 'failed':
        this.#failure = toError(message.failure);
        this.#opening.reject(this.#failure);
        this.#reason = message.failure.message;
        // Whatever is left of the attempt would keep the thread alive.
        return void this.#worker.terminate();
      case 'answer':
        this.#finish(message.id)?.resolve(message.result);
        return this.#rest();
      case 'refusal':
        this.#finish(message.id)?.reject(toError(message.failure));
        return this.#rest();
      case 'log':
        return this.#log[message.level](message.fields, message.message);
    }
  }

  #finish(id: number): PromiseWithResolvers<unknown> | undefined {
    const job = this.#pending.get(id);
    this.#pending.delete(id);
    return job;
  }

  #rest(): void {
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #onExit(): void {
    const lost = this.#failure ?? new RecordsError('records-lost', this.#reason);
    this.#opening.reject(lost);
    for (const job of this.#pending.values()) job.reject(lost);
    this.#pending.clear();
    this.#ended.resolve(this.#reason);
  }
}
