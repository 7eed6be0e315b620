/**
 * Makes a real Redis full: it takes no more memory and evicts nothing, so every command that would write is answered
 * with `OOM command not allowed …` while reads go on, as Redis's docs have it ("Key eviction": `noeviction`). Not
 * imitated: a disk that is full (`MISCONF`).
 */
import { Redis } from 'ioredis';

const TIMEOUT_MS = 2000;
const SETTINGS = ['maxmemory', 'maxmemory-policy'] as const;

/** Resolves, once it is full, with what undoes that. The settings outlive a sandbox that is killed meanwhile. */
export async function fillRedis(url: string): Promise<() => Promise<void>> {
  const before = await withRedis(url, async (redis) => {
    const settings: (readonly [string, string])[] = [];
    for (const name of SETTINGS) settings.push([name, String((await redis.config('GET', name))?.[1] ?? '')]);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'maxmemory', '1');
    return settings;
  });
  return () =>
    withRedis(url, async (redis) => {
      for (const [name, value] of before) await redis.config('SET', name, value);
    });
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Told by the command that fails.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
