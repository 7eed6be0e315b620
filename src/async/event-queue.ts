/**
 * From callbacks to `for await`: the queue between a socket that speaks when it likes and one consumer that reads in
 * its own time.
 */

export interface EventQueueOptions {
  /** Items kept for a consumer that lags behind; see {@link EventQueue.push} for what happens beyond it. */
  capacity: number;
  /** The consumer left its loop early (`break`, `return` or a throw): whoever fills the queue may stop. */
  onAbandoned?: () => void;
}

interface Waiting<T> {
  resolve: (result: IteratorResult<T, undefined>) => void;
  reject: (error: Error) => void;
}

/**
 * A bounded queue with one consumer. It lives until {@link end}, {@link fail} or {@link discard}, of which the first
 * counts, or until the consumer leaves its loop; whatever is pushed later is dropped.
 */
export class EventQueue<T> implements AsyncIterable<T, undefined> {
  readonly #capacity: number;
  readonly #onAbandoned: (() => void) | undefined;
  #items: T[] = [];
  #waiting: Waiting<T> | undefined;
  #open = true;
  #error: Error | undefined;
  #iterated = false;

  constructor(options: EventQueueOptions) {
    this.#capacity = options.capacity;
    this.#onAbandoned = options.onAbandoned;
  }

  /**
   * Hands an item to the consumer. False when the queue is full: the item was not taken, and what that means is the
   * caller's to decide (most streams fail, since a gap would be worse).
   */
  push(item: T): boolean {
    if (!this.#open) return true;
    if (this.#waiting !== undefined) {
      this.#settle((waiting) => waiting.resolve({ value: item, done: false }));
      return true;
    }
    if (this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** Nothing more will come. What is queued is still delivered. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#settle((waiting) => waiting.resolve({ value: undefined, done: true }));
  }

  /** Nothing more will come. What is queued is still delivered, then the error is thrown, once. */
  fail(error: Error): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#waiting === undefined) this.#error = error;
    this.#settle((waiting) => waiting.reject(error));
  }

  /** Nothing more will come, and what is queued is thrown away. Works after `end` and `fail` too. */
  discard(): void {
    this.#items = [];
    this.#error = undefined;
    this.end();
  }

  /** Throws a TypeError the second time: an item goes to one consumer. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    if (this.#iterated)
      throw new TypeError('an event queue has one consumer, and this one has been given away');
    this.#iterated = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.discard();
        this.#onAbandoned?.();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting !== undefined) {
      return Promise.reject(new TypeError('the item before has not come yet: await each one in turn'));
    }
    const [item] = this.#items;
    if (item !== undefined || this.#items.length > 0) {
      this.#items.shift();
      // The length was checked, so `item` is a T even where T includes undefined.
      return Promise.resolve({ value: item as T, done: false });
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (!this.#open) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #settle(how: (waiting: Waiting<T>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}
