/** Whether the store that the nodes share can be used: found out by using it, and while it cannot, by asking it. */
import type { Logger } from 'pino';

/** Soon enough that a store which is back is hardly missed, seldom enough to be no load on one that struggles. */
const PROBE_EVERY_MS = 500;

export interface StoreHealthOptions {
  /** Whether an error means that the store is away, and not that it was asked something wrong. */
  isAway(error: unknown): boolean;
  /** Rejects while the store cannot be used. */
  probe(): Promise<void>;
  /** Brings the store up to date. Rejects where it is away again. */
  catchUp(): Promise<void>;
  /** Nothing is left to be brought up to date. */
  isUpToDate(): boolean;
  logger: Logger;
  /** @defaultValue 500 */
  probeEveryMs?: number;
}

export class StoreHealth {
  readonly #options: StoreHealthOptions;
  #away = false;
  #probing: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /** Commands are not even sent. */
  get away(): boolean {
    return this.#away;
  }

  /** What the store answers; undefined where it is away. Rejects where it was asked something wrong. */
  async attempt<Reply>(command: () => Promise<Reply>): Promise<{ reply: Reply } | undefined> {
    if (this.#away || this.#closed) return undefined;
    try {
      return { reply: await command() };
    } catch (error) {
      if (!this.#options.isAway(error)) throw error;
      this.lost(error);
      return undefined;
    }
  }

  /** The store is away: from here on it is only asked whether it is back. */
  lost(error: unknown): void {
    if (this.#away || this.#closed) return;
    this.#away = true;
    this.#options.logger.error(
      { err: error },
      'the store of live calls is away; calls go on in the memory of this process until it is back',
    );
    this.#probeLater();
  }

  /** Waits for what is under way. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#probing);
    await this.#working;
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#probing = setTimeout(() => {
      this.#working = this.#probe();
    }, this.#options.probeEveryMs ?? PROBE_EVERY_MS);
    this.#probing.unref();
  }

  async #probe(): Promise<void> {
    const { probe, catchUp, isUpToDate, logger, isAway } = this.#options;
    try {
      await probe();
      // What happens meanwhile is kept back too, so that nothing overtakes what is older.
      do await catchUp();
      while (!isUpToDate());
      this.#away = false;
      logger.info('the store of live calls is back, and up to date');
    } catch (error) {
      if (!isAway(error))
        logger.error({ err: error }, 'the store of live calls cannot be brought up to date');
      this.#probeLater();
    }
  }
}
