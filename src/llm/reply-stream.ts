/**
 * What all vendors' adapters share: one pool of kept connections, a watchdog over every request, and the reading of a
 * streamed reply until it is over, aborted or late.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent } from 'undici';
import { llmError } from './errors.ts';
import { LlmError, type LlmErrorCode, type LlmEvent } from './index.ts';

/** Makes events of what a vendor's SDK yields. */
export interface ReplyReader {
  /** The reply came to its end; what follows on the wire, if anything, is of no interest. */
  readonly isOver: boolean;
  /** Nothing of the answer is missing, only what is told about it. */
  readonly isWhole: boolean;
  /** `isContent`: a piece of the answer itself, which shows that the model is at work. Throws on what makes no sense. */
  read(raw: unknown): { isContent: boolean; events: Iterable<LlmEvent> };
  /** What is still to be told once nothing more will come; asked only of a reply that is whole and not over. */
  end(): Iterable<LlmEvent>;
}

export interface ReplyRequest {
  /** Sends the request; its stream must settle once the signal aborts. */
  ask(signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  reader: ReplyReader;
  /** The caller's. */
  signal: AbortSignal;
  firstTokenTimeoutMs: number;
  stallTimeoutMs: number;
  toError(error: unknown): LlmError;
}

/** A vendor's hint may lengthen an idle connection's life up to this. */
const LONGEST_KEEP_ALIVE_MS = 300_000;
/** After the answer is whole, how long its response may take to end; only then can its connection serve again. */
const END_GRACE_MS = 250;

/** The requests of one adapter. Whoever makes it closes it. */
export class ReplyStreams {
  readonly connections: Agent;
  readonly #provider: string;
  /** Requests under way. */
  readonly #live = new Set<Watchdog>();
  #closed: Promise<void> | undefined;

  /** `keepAliveMs`: how long an idle connection is kept. */
  constructor(provider: string, keepAliveMs: number) {
    this.#provider = provider;
    this.connections = new Agent({
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: LONGEST_KEEP_ALIVE_MS,
    });
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Ends silently when the signal aborts; throws {@link LlmError}. */
  async *read(request: ReplyRequest): AsyncGenerator<LlmEvent, void, undefined> {
    const { reader, signal, stallTimeoutMs } = request;
    if (signal.aborted) return;
    if (this.isClosed) throw this.#closedError();
    const watchdog = this.#watch(request.firstTokenTimeoutMs);
    const cancel = (): void => watchdog.abort();
    signal.addEventListener('abort', cancel, { once: true });
    let overdue: LlmErrorCode = 'llm-no-first-token';
    try {
      const replies = await watchdog.bound(request.ask(watchdog.signal));
      const parts = replies[Symbol.asyncIterator]();
      while (true) {
        const next = await watchdog.bound(parts.next());
        if (signal.aborted) return;
        if (next.done === true) break;
        if (reader.isOver) continue;
        const { isContent, events } = reader.read(next.value);
        if (isContent) {
          overdue = 'llm-stalled';
          watchdog.allow(stallTimeoutMs);
        }
        for (const told of events) {
          yield told;
          if (signal.aborted) return;
        }
        if (reader.isWhole) watchdog.allow(END_GRACE_MS);
      }
      if (reader.isOver) return;
      if (!reader.isWhole)
        throw llmError(this.#provider, 'llm-disconnected', 'the stream ended before the reply did');
      yield* reader.end();
    } catch (error) {
      if (signal.aborted || reader.isOver) return;
      if (this.isClosed) throw this.#closedError();
      if (reader.isWhole) return void (yield* reader.end());
      throw watchdog.barked
        ? llmError(this.#provider, overdue, 'no content came in time')
        : request.toError(error);
    } finally {
      signal.removeEventListener('abort', cancel);
      // Where the reader left early, this ends the request; after a whole response it does nothing.
      watchdog.abort();
      this.#live.delete(watchdog);
      // The pool takes the connection back one turn of the event loop later. A request made before that, as after a
      // tool that answers at once, would open another.
      if (!signal.aborted) await nextTurn();
    }
  }

  /** Runs a request that is no reply, such as one that only opens a connection. Rejects as it does. */
  async once(timeoutMs: number, run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const watchdog = this.#watch(timeoutMs);
    try {
      await watchdog.bound(run(watchdog.signal));
      await nextTurn();
    } finally {
      this.#live.delete(watchdog);
    }
  }

  /** Idempotent. Ends the requests under way. */
  async close(): Promise<void> {
    this.#closed ??= this.connections.destroy();
    for (const watchdog of this.#live) watchdog.abort();
    await this.#closed;
  }

  #watch(firstMs: number): Watchdog {
    const watchdog = new Watchdog(firstMs);
    this.#live.add(watchdog);
    return watchdog;
  }

  #closedError(): LlmError {
    return new LlmError('llm-disconnected', this.#provider, 'the client was closed', { retryable: false });
  }
}

/**
 * Bounds how long a request may keep its reader waiting. The SDKs' own timeouts end with the response headers, and take
 * no notice of a stream that says nothing. Time that the reader itself takes is not counted.
 */
class Watchdog {
  readonly #controller = new AbortController();
  #leftMs: number;
  #barked = false;

  constructor(firstMs: number) {
    this.#leftMs = firstMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The time was up and the request was aborted for it. */
  get barked(): boolean {
    return this.#barked;
  }

  /** From now on, this much more waiting is allowed. */
  allow(ms: number): void {
    this.#leftMs = ms;
  }

  abort(): void {
    this.#controller.abort();
  }

  /** Waits for a part of the request, which must settle once the signal aborts. */
  async bound<T>(part: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let last: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // After a pause of the whole process, what has arrived meanwhile is read before time is called.
      last = setImmediate(() => {
        this.#barked = true;
        this.abort();
      });
    }, this.#leftMs);
    try {
      return await part;
    } finally {
      clearTimeout(timer);
      clearImmediate(last);
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}
