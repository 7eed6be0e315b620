/** A live call's durable state, kept up to date by its owner. */
import type { Logger } from 'pino';
import type { Lease, Session, Sessions, WriteResult } from '../sessions/index.ts';

/**
 * How long a dead node's call waits for another. A lease that ran out and was not taken can still be renewed, so a busy
 * node does not lose its calls to this; only somebody whom the carrier asked to go on would take one.
 */
export const LEASE_MS = 3_000;
/** Twice missed, and the lease still holds. */
const RENEW_EVERY_MS = 1_000;

/** Writes a call's state as its owner: the newest state, one write at a time, the lease kept meanwhile. */
export class Checkpoint {
  readonly #sessions: Sessions;
  readonly #lease: Lease;
  readonly #log: Logger;
  readonly #onFenced: () => void;
  readonly #renewal: NodeJS.Timeout;
  #next: Partial<Session> | undefined;
  #writing: Promise<void> | undefined;

  /** `onFenced`: another node owns the call now; nothing more may be written. */
  constructor(sessions: Sessions, lease: Lease, log: Logger, onFenced: () => void) {
    this.#sessions = sessions;
    this.#lease = lease;
    this.#log = log;
    this.#onFenced = onFenced;
    this.#renewal = setInterval(() => void this.#guard(sessions.renew(lease, LEASE_MS)), RENEW_EVERY_MS);
  }

  /** Writes soon; changes that come meanwhile are joined. */
  save(change: Partial<Session>): void {
    this.#next = { ...this.#next, ...change };
    this.#writing ??= this.#write();
  }

  /** As `save`, and resolves when it is written (or could not be, which is logged). */
  async saveNow(change: Partial<Session>): Promise<void> {
    this.save(change);
    await this.#writing;
  }

  /** Stops keeping the lease; resolves when the last change is written. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#writing;
  }

  async #write(): Promise<void> {
    await Promise.resolve();
    for (let change = this.#next; change !== undefined; change = this.#next) {
      this.#next = undefined;
      await this.#guard(this.#sessions.checkpoint(this.#lease, change));
    }
    this.#writing = undefined;
  }

  async #guard(write: Promise<WriteResult>): Promise<void> {
    try {
      if ((await write) === 'fenced') {
        this.#log.warn('another node has taken this call over');
        this.#onFenced();
      }
    } catch (error) {
      this.#log.error({ err: error }, 'checkpoint not written');
    }
  }
}
