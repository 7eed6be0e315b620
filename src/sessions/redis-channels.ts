import type { Logger } from 'pino';
import { Listeners } from './listeners.ts';
import { openRedis } from './redis-connection.ts';

/** Must not throw. */
export interface ChannelListener {
  message(payload: string): void;
  /** The subscription stands, for the first time or again: what was published before may have been missed. */
  subscribed?(): void;
}

/**
 * Redis pub/sub for all calls of this process over one connection. Subscriptions come back by themselves when the
 * connection does.
 */
export class RedisChannels {
  readonly #redis: ReturnType<typeof openRedis>;
  readonly #logger: Logger;
  readonly #listeners = new Listeners<ChannelListener>();
  /** Settles with the first attempt to connect, whether or not it succeeded. */
  readonly #started: Promise<void>;

  constructor(url: string, logger: Logger) {
    this.#logger = logger;
    this.#redis = openRedis(url, 'subscriber', logger);
    this.#redis.on('message', (channel: string, payload: string) => {
      for (const listener of this.#listeners.of(channel)) listener.message(payload);
    });
    this.#redis.on('ready', () => {
      for (const channel of this.#listeners.names()) this.#subscribe(channel);
    });
    this.#started = this.#redis.connect().catch(() => undefined);
  }

  /** Listens until the returned function is called. Where Redis is away, the subscription is made once it is back. */
  listen(channel: string, listener: ChannelListener): () => void {
    const remove = this.#listeners.add(channel, listener);
    this.#subscribe(channel);
    return () => {
      if (!remove() || this.#redis.status !== 'ready') return;
      this.#redis.unsubscribe(channel).catch(() => undefined);
    };
  }

  /** Rejects when messages cannot arrive now. */
  async ping(): Promise<void> {
    await this.#started;
    await this.#redis.ping();
  }

  /** Idempotent. */
  close(): void {
    this.#listeners.clear();
    this.#redis.disconnect();
  }

  #subscribe(channel: string): void {
    // Not connected: the `ready` handler subscribes to whatever is listened to by then.
    if (this.#redis.status !== 'ready') return;
    this.#redis.subscribe(channel).then(
      () => {
        for (const listener of this.#listeners.of(channel)) listener.subscribed?.();
      },
      (error: unknown) => this.#logger.warn({ err: error }, 'a Redis subscription failed'),
    );
  }
}
