/** Work that several ask for at once is done once. */
export class SingleFlight<Result> {
  readonly #flying = new Map<string, Promise<Result>>();

  /** The work under way for this key, or this one, begun now. */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const flying = this.#flying.get(key);
    if (flying !== undefined) return flying;
    const begun = work().finally(() => this.#flying.delete(key));
    this.#flying.set(key, begun);
    return begun;
  }

  /** Waits until nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    while (this.#flying.size > 0) await Promise.allSettled(this.#flying.values());
  }
}

/** So many at once; the others wait for their turn, first come, first served. */
export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody slips in between.
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
