/** The timers of one call, by name: at most one of each runs, and none after `close`. */
export class Timers<Name extends string> {
  readonly #running = new Map<Name, NodeJS.Timeout>();
  readonly #fire: (name: Name) => void;
  #closed = false;

  constructor(fire: (name: Name) => void) {
    this.#fire = fire;
  }

  /** Starts the timer anew. */
  arm(name: Name, afterMs: number): void {
    if (this.#closed) return;
    this.disarm(name);
    const timer = setTimeout(() => {
      this.#running.delete(name);
      this.#fire(name);
    }, afterMs);
    this.#running.set(name, timer);
  }

  disarm(name: Name): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  /** Stops all of them for good. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }
}
