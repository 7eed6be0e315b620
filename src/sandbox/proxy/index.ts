/** Redis or Postgres as the sandbox lends them to a service: the real server behind a proxy that can be made to fail. */
import type { Logger } from 'pino';
import { z } from 'zod';
import { STORES, type Store, type StoreFault } from '../fault-kinds.ts';
import type { Faults } from '../faults.ts';
import { throughProxy } from './address.ts';
import { fillPostgres } from './fill-postgres.ts';
import { fillRedis } from './fill-redis.ts';
import { TcpProxy } from './tcp-proxy.ts';

export interface StoreProxy {
  readonly store: Store;
  readonly port: number;
  /** The real server's URL with the proxy's address: what a service is given. It holds a password, if that does. */
  readonly url: string;
  /** Ends its faults, undoes what they did and cuts every connection. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_PORTS: Record<Store, number> = { redis: 6379, postgres: 5432 };
const PROTOCOLS: Record<Store, readonly string[]> = {
  redis: ['redis:'],
  postgres: ['postgres:', 'postgresql:'],
};
const FILLERS = { redis: fillRedis, postgres: fillPostgres } as const;

const proxySchema = z
  .strictObject({
    store: z.enum(STORES),
    /** The real server, such as `redis://127.0.0.1:6379`. */
    to: z.url(),
    /** 0 for any that is free. */
    port: z.int().min(0).max(65_535).default(0),
  })
  .superRefine(({ store, to }, context) => {
    const known = PROTOCOLS[store];
    if (known.includes(new URL(to).protocol)) return;
    const message = `must begin with ${known.map((protocol) => `${protocol}//`).join(' or ')}; TLS does not pass the proxy`;
    context.addIssue({ code: 'custom', path: ['to'], message });
  });

/** The proxies of one sandbox: one before each store at most. */
export class StoreProxies {
  readonly #parts: { faults: Faults; logger: Logger };
  readonly #open = new Map<Store, StoreProxy>();

  constructor(parts: { faults: Faults; logger: Logger }) {
    this.#parts = parts;
  }

  get list(): readonly StoreProxy[] {
    return [...this.#open.values()];
  }

  /**
   * Opens one; the real server need not answer yet. A proxy before the same store is closed first. Throws a `ZodError`;
   * rejects where the port is taken.
   */
  async open(input: z.input<typeof proxySchema>): Promise<StoreProxy> {
    const wanted = proxySchema.parse(input);
    await this.#open.get(wanted.store)?.close();
    this.#open.delete(wanted.store);
    const proxy = await startStoreProxy(wanted, this.#parts);
    this.#open.set(wanted.store, proxy);
    return proxy;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.list.map((proxy) => proxy.close()));
    this.#open.clear();
  }
}

async function startStoreProxy(
  { store, to, port }: z.output<typeof proxySchema>,
  { faults, logger }: { faults: Faults; logger: Logger },
): Promise<StoreProxy> {
  const real = new URL(to);
  const proxy = await TcpProxy.start({
    to: { host: real.hostname, port: Number(real.port) || DEFAULT_PORTS[store] },
    port,
  });
  let empty: (() => Promise<void>) | undefined;
  const begin = async (fault: StoreFault): Promise<void> => {
    if (fault.kind === 'fill-up') empty = await FILLERS[store](to);
    else if (fault.kind === 'pause') proxy.paused = true;
    else if (fault.kind === 'slow') proxy.delayMs = fault.delayMs;
    else await proxy.refuse();
  };
  const end = async ({ kind }: StoreFault): Promise<void> => {
    if (kind === 'fill-up') await empty?.();
    else if (kind === 'pause') proxy.paused = false;
    else if (kind === 'slow') proxy.delayMs = 0;
    else await proxy.listen();
  };
  const detach = faults.attach(store, {
    begin,
    end: (fault) =>
      end(fault).catch((error: unknown) => {
        logger.error({ err: error, store, kind: fault.kind }, 'a fault could not be undone');
      }),
  });
  return {
    store,
    port: proxy.port,
    url: throughProxy(to, proxy.port),
    close: async () => {
      detach();
      await faults.settled();
      await proxy.close();
    },
  };
}
