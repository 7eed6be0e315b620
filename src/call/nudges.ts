/** Reminders to the carrier: after a stream was closed on purpose it asks how to go on; should it not, it is told. */
import type { Logger } from 'pino';

/** After closing the stream the carrier asks how to go on at once; if it does not, it is told. */
const NUDGE_AFTER_MS = 3000;

export class Nudges {
  readonly #logger: Logger;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Tells the carrier in a while, unless it asks first. */
  start(callSid: string, tell: () => Promise<void>): void {
    this.stop(callSid);
    const timer = setTimeout(() => {
      this.#timers.delete(callSid);
      tell().catch((error: unknown) =>
        this.#logger.warn({ err: error, callSid }, 'the carrier could not be told how to go on'),
      );
    }, NUDGE_AFTER_MS);
    timer.unref();
    this.#timers.set(callSid, timer);
  }

  stop(callSid: string): void {
    clearTimeout(this.#timers.get(callSid));
    this.#timers.delete(callSid);
  }

  /** Idempotent. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
