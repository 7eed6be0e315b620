/**
 * Cached prompts that all nodes share, in Redis: what one node had spoken, the others need not ask a vendor for. Only a
 * help: while Redis is slow or away, every node does without it.
 */
import type { Logger } from 'pino';
import { openRedis } from './redis-connection.ts';

export interface SharedPromptsOptions {
  /** `redis://` or `rediss://`. */
  url: string;
  /**
   * Stands before every key, so that deployments can share a server.
   * @defaultValue `callwright:`
   */
  prefix?: string;
  /**
   * A prompt goes this long after it was put there, in milliseconds.
   * @defaultValue 30 days
   */
  ttlMs?: number;
  /**
   * The longest that anybody waits for one prompt, in milliseconds.
   * @defaultValue 250: a healthy Redis needs a few
   */
  timeoutMs?: number;
  /**
   * After it was slow Redis is left alone for so long, in milliseconds: what it cannot take would pile up here.
   * @defaultValue 5000
   */
  pauseMs?: number;
  logger: Logger;
}

export interface SharedPrompts {
  /** What was put there under this key. Undefined where there is nothing, and where Redis does not answer in time. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Keeps it, unless Redis does not answer in time. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** How often Redis could not be asked so far. */
  readonly failures: number;
  /** Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_TTL_MS = 30 * 24 * 60 * 60_000;
const DEFAULT_TIMEOUT_MS = 250;
const DEFAULT_PAUSE_MS = 5_000;
/** Above any prompt (a minute of audio and its words), below what would hold up a connection. */
const MOST_BYTES = 1024 ** 2;
/** A Redis that is away for hours is told of once a minute. */
const LOG_INTERVAL_MS = 60_000;

/** Connects by itself, on a connection of its own: long values must not stand in the way of leases. Close it. */
export function createSharedPrompts(options: SharedPromptsOptions): SharedPrompts {
  return new RedisPrompts(options);
}

class RedisPrompts implements SharedPrompts {
  readonly #options: Required<SharedPromptsOptions>;
  readonly #redis: ReturnType<typeof openRedis>;
  /** Settles with the first attempt to connect, so that the first commands wait for it instead of failing. */
  readonly #started: Promise<void>;
  #failures = 0;
  #toldFailures = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SharedPromptsOptions) {
    this.#options = {
      prefix: 'callwright:',
      ttlMs: DEFAULT_TTL_MS,
      timeoutMs: DEFAULT_TIMEOUT_MS,
      pauseMs: DEFAULT_PAUSE_MS,
      ...options,
    };
    this.#redis = openRedis(options.url, 'commands', options.logger);
    this.#started = this.#redis.connect().catch(() => undefined);
  }

  get failures(): number {
    return this.#failures;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    // Not GET: whatever stands there, no more than this is read.
    const bytes = await this.#ask(() => this.#redis.getrangeBuffer(this.#key(key), 0, MOST_BYTES));
    return bytes === undefined || bytes.length === 0 ? undefined : bytes;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > MOST_BYTES) return;
    const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await this.#ask(() => this.#redis.set(this.#key(key), value, 'PX', this.#options.ttlMs));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#redis.disconnect();
  }

  #key(key: string): string {
    return `${this.#options.prefix}prompt:${key}`;
  }

  async #ask<Reply>(command: () => Promise<Reply>): Promise<Reply | undefined> {
    if (this.#closed) return undefined;
    if (performance.now() < this.#pausedUntilMs) {
      this.#failed();
      return undefined;
    }
    const { timeoutMs, pauseMs } = this.#options;
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), timeoutMs);
    try {
      const answer = this.#started.then(command);
      // Whoever stopped waiting for it does not hear of its failure either.
      answer.catch(() => undefined);
      const reply = await Promise.race([answer, late.promise]);
      if (reply !== 'late') return reply;
      this.#pausedUntilMs = performance.now() + pauseMs;
      this.#failed();
      return undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(error?: unknown): void {
    this.#failures++;
    const nowMs = performance.now();
    if (this.#closed || nowMs - this.#toldAtMs < LOG_INTERVAL_MS) return;
    const times = this.#failures - this.#toldFailures;
    this.#toldAtMs = nowMs;
    this.#toldFailures = this.#failures;
    this.#options.logger.warn({ err: error, times }, 'Redis was not there to share prompts');
  }
}
