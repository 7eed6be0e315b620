import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../../test/support/redis.ts';
import { describeSessions, someEntry, someSession } from './conformance.ts';
import type { Sessions } from './index.ts';
import { createRedisSessions } from './redis.ts';

const logger = pino({ level: 'silent' });
const opened: Sessions[] = [];
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
});

afterAll(() => server?.stop());

function open(options: { ttlMs?: number; url?: string; prefix?: string } = {}): Sessions {
  const sessions = createRedisSessions({ url: server.url, logger, ...options });
  opened.push(sessions);
  return sessions;
}

async function withRawRedis<Result>(
  use: (redis: Redis) => Promise<Result>,
  url = server.url,
): Promise<Result> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

describeSessions('sessions in Redis', open);

describe('sessions in Redis', () => {
  test('every key expires and carries the prefix', async () => {
    const sessions = open({ prefix: 'expiry-test:', ttlMs: 60_000 });
    const { callId } = await sessions.create(someSession());
    const lease = await sessions.claim(callId, 'node-a', 5_000);
    expect(lease).toBeDefined();
    if (lease !== undefined) await sessions.checkpoint(lease, { streams: 1 });
    await sessions.append(callId, [someEntry('hello')]);
    await sessions.useOnce('token', 5_000);
    await withRawRedis(async (redis) => {
      const keys = await redis.keys('expiry-test:*');
      expect(keys).toHaveLength(6);
      for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(0);
    });
  });

  test('writes keep the session and both ways to find it', async () => {
    const sessions = open({ ttlMs: 60_000 });
    const { callId, callSid } = await sessions.create(someSession());
    await withRawRedis(async (redis) => {
      const keys = [`callwright:session:${callId}`, `callwright:call-sid:${callSid}`];
      for (const key of keys) await redis.pexpire(key, 2_000);
      await sessions.append(callId, [someEntry('hello')]);
      for (const key of keys) expect(await redis.pttl(key), key).toBeGreaterThan(30_000);
    });
  });

  test('what cannot be read back is refused or left out, and the rest goes on', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    await sessions.append(callId, [someEntry('one')]);
    await withRawRedis(async (redis) => {
      await redis.hset(`callwright:session:${callId}`, 'plan', '{"type":"dance"}');
      await redis.xadd(`callwright:journal:${callId}`, '*', 'entry', 'not json');
      await redis.publish('callwright:notices', 'not json');
    });
    await sessions.append(callId, [someEntry('two')]);
    await expect(sessions.load(callId)).rejects.toThrow(/call-.* not readable.*plan/s);
    expect(await sessions.journal(callId)).toEqual([someEntry('one'), someEntry('two')]);
  });

  test('a server that is away fails commands at once instead of keeping them', async () => {
    const sessions = open({ url: 'redis://127.0.0.1:1' });
    await expect(sessions.ping()).rejects.toMatchObject({ code: 'redis-unreachable', retryable: true });
    await expect(sessions.load('a-call')).rejects.toThrow('check REDIS_URL');
  });

  test('a server that hangs fails commands in bounded time', { timeout: 15_000 }, async () => {
    const sessions = open();
    await sessions.ping();
    server.freeze();
    try {
      await expect(sessions.load('a-call')).rejects.toMatchObject({ code: 'redis-unreachable' });
    } finally {
      server.thaw();
    }
    await expect.poll(() => sessions.ping(), { timeout: 10_000 }).toBeUndefined();
  });

  test('followers and listeners go on after the server was restarted', { timeout: 20_000 }, async () => {
    const first = await startRedis();
    const port = Number(new URL(first.url).port);
    const sessions = open({ url: first.url });
    const { callId } = await sessions.create(someSession());
    const abort = new AbortController();
    const heard = Promise.withResolvers<string>();
    sessions.onNotice(callId, ({ type }) => heard.resolve(type), abort.signal);
    const followed = sessions.follow(callId, abort.signal)[Symbol.asyncIterator]();
    await sessions.append(callId, [someEntry('before')]);
    expect((await followed.next()).value).toEqual(someEntry('before'));
    const next = followed.next();

    await first.stop();
    const second = await startRedis(port);
    try {
      await expect
        .poll(
          () =>
            sessions.ping().then(
              () => 'up',
              () => 'down',
            ),
          { timeout: 10_000 },
        )
        .toBe('up');
      await sessions.append(callId, [someEntry('after')]);
      expect((await next).value).toEqual(someEntry('after'));
      await expect
        .poll(() => withRawRedis((redis) => redis.pubsub('NUMSUB', 'callwright:notices'), second.url))
        .toEqual(['callwright:notices', 1]);
      await sessions.notify(callId, { type: 'call-ended', status: 'completed' });
      expect(await heard.promise).toBe('call-ended');
    } finally {
      abort.abort();
      await second.stop();
    }
  });
});
