import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { type RedisServer, startRedis } from '../../test/support/redis.ts';
import { describeSessions, someEntry, someSession } from './conformance.ts';
import type { JournalEntry, Lease, Sessions } from './index.ts';
import { openSharedSessions } from './open.ts';
import { createRedisSessions } from './redis.ts';
import { createResilientSessions, type ResilientSessions } from './resilient.ts';

const logger = pino({ level: 'silent' });
const opened: Sessions[] = [];
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});

afterEach(async () => {
  server.thaw();
  await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
});

afterAll(() => server?.stop());

function open(options: { ttlMs?: number; url?: string } = {}): ResilientSessions {
  const shared = createRedisSessions({ url: server.url, logger, ...options });
  const sessions = createResilientSessions({
    shared,
    logger,
    probeEveryMs: 50,
    ...(options.ttlMs === undefined ? {} : { localTtlMs: options.ttlMs }),
  });
  opened.push(sessions);
  return sessions;
}

/** Redis as it is, without anybody's memory. */
function openShared(url = server.url): Sessions {
  const sessions = createRedisSessions({ url, logger });
  opened.push(sessions);
  return sessions;
}

describeSessions('sessions that outlive Redis', open);

/** A Redis of the test's own, which comes back where it was. */
async function ownRedis() {
  const port = await freePort();
  let running: RedisServer | undefined = await startRedis(port);
  const { url } = running;
  onTestFinished(async () => {
    running?.thaw();
    await running?.stop();
  });
  return {
    url,
    kill: async () => {
      await running?.stop();
      running = undefined;
    },
    restart: async () => {
      running = await startRedis(port);
    },
    freeze: () => running?.freeze(),
    thaw: () => running?.thaw(),
  };
}

async function withRaw<Result>(url: string, use: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function liveCall(sessions: Sessions): Promise<{ callId: string; callSid: string; lease: Lease }> {
  const { callId, callSid } = await sessions.create(someSession());
  const lease = await sessions.claim(callId, 'node-a', 3_000);
  if (lease === undefined) throw new Error('nobody else owns it');
  return { callId, callSid, lease };
}

const back = (sessions: ResilientSessions) =>
  expect.poll(() => sessions.away, { timeout: 15_000 }).toBe(false);

const texts = (journal: readonly JournalEntry[]) => journal.map(({ data }) => data['text']);

/** What a call does while its store is away. Every step has to be quick and to work. */
async function talkOn(sessions: Sessions, callId: string, lease: Lease, words: readonly string[]) {
  for (const word of words) {
    await sessions.append(callId, [someEntry(word)]);
    expect(await sessions.checkpoint(lease, { flowState: { said: word } })).toBe('written');
    expect(await sessions.renew(lease, 3_000)).toBe('written');
  }
}

describe('a live call', () => {
  test('goes on while Redis is dead, and is all there once it is back', async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    const { callId, callSid, lease } = await liveCall(sessions);
    await talkOn(sessions, callId, lease, ['one', 'two']);

    await redis.kill();
    await talkOn(sessions, callId, lease, ['three', 'four']);
    expect(await sessions.findByCallSid(callSid)).toMatchObject({ callId, flowState: { said: 'four' } });
    expect(texts(await sessions.journal(callId))).toEqual(['one', 'two', 'three', 'four']);
    expect(sessions.away).toBe(true);

    // Nothing was kept on disk: it comes back empty.
    await redis.restart();
    await back(sessions);
    await talkOn(sessions, callId, lease, ['five']);
    const shared = openShared(redis.url);
    expect(texts(await shared.journal(callId))).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(await shared.findByCallSid(callSid)).toMatchObject({ flowState: { said: 'five' } });
    expect(await shared.claim(callId, 'node-b', 3_000)).toBeUndefined();
  });

  test('goes on while Redis hangs, waits for it once, and doubles nothing', { timeout: 30_000 }, async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    const { callId, lease } = await liveCall(sessions);
    await talkOn(sessions, callId, lease, ['one']);

    redis.freeze();
    const startedAt = performance.now();
    await talkOn(sessions, callId, lease, ['two', 'three', 'four']);
    // Nine commands, of which only the first may have waited.
    expect(performance.now() - startedAt).toBeLessThan(2_500);

    // What was sent before is done now, and what was kept back is written down after it.
    redis.thaw();
    await back(sessions);
    expect(texts(await openShared(redis.url).journal(callId))).toEqual(['one', 'two', 'three', 'four']);
    expect(await sessions.renew(lease, 3_000)).toBe('written');
  });

  test('goes on while Redis is full', async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    const { callId, lease } = await liveCall(sessions);
    await withRaw(redis.url, (raw) => raw.config('SET', 'maxmemory', '1'));
    await talkOn(sessions, callId, lease, ['one', 'two']);
    expect(sessions.away).toBe(true);
    await withRaw(redis.url, (raw) => raw.config('SET', 'maxmemory', '0'));
    await back(sessions);
    expect(texts(await openShared(redis.url).journal(callId))).toEqual(['one', 'two']);
  });

  test('that another node took over meanwhile is told so', async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    const { callId, lease } = await liveCall(sessions);
    await withRaw(redis.url, (raw) => raw.config('SET', 'maxmemory', '1'));
    await talkOn(sessions, callId, lease, ['one']);
    // The other node sees a Redis that works.
    await withRaw(redis.url, async (raw) => {
      await raw.hincrby(`callwright:session:${callId}`, 'fence', 1).catch(() => undefined);
      await raw.config('SET', 'maxmemory', '0');
      await raw.hincrby(`callwright:session:${callId}`, 'fence', 1);
      await raw.set(`callwright:lease:${callId}`, 'node-b');
    });
    await back(sessions);
    expect(await sessions.renew(lease, 3_000)).toBe('fenced');
    expect(await sessions.checkpoint(lease, { streams: 9 })).toBe('fenced');
    expect(await openShared(redis.url).load(callId)).toMatchObject({ streams: 0 });
  });

  test('is owned again where Redis gave the lease and could not say so', { timeout: 30_000 }, async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    const { callId } = await sessions.create(someSession());
    redis.freeze();
    // It reaches Redis, which does it as soon as it goes on.
    const lease = await sessions.claim(callId, 'node-a', 3_000);
    expect(lease).toBeDefined();
    redis.thaw();
    await back(sessions);
    if (lease !== undefined) expect(await sessions.checkpoint(lease, { streams: 1 })).toBe('written');
    expect(await openShared(redis.url).load(callId)).toMatchObject({ streams: 1 });
  });

  test('survives a restart of Redis that nobody noticed', async () => {
    const sessions = open();
    const { callId, lease } = await liveCall(sessions);
    await talkOn(sessions, callId, lease, ['one']);
    await withRaw(server.url, (raw) => raw.flushall());
    await sessions.append(callId, [someEntry('two')]);
    expect(await sessions.renew(lease, 3_000)).toBe('written');
    const shared = openShared();
    expect(texts(await shared.journal(callId))).toEqual(['one', 'two']);
    expect(await shared.load(callId)).toMatchObject({ flowState: { said: 'one' } });
  });
});

describe('a new call while Redis is away', () => {
  test('begins, ends, and is known to all once Redis is back', async () => {
    const redis = await ownRedis();
    const sessions = open({ url: redis.url });
    await sessions.ping();
    await redis.kill();
    const { callId, callSid, lease } = await liveCall(sessions);
    expect(await sessions.useOnce('token', 60_000)).toBe(true);
    expect(await sessions.useOnce('token', 60_000)).toBe(false);
    await talkOn(sessions, callId, lease, ['one']);
    const heard: string[] = [];
    const listening = new AbortController();
    sessions.onNotice(callId, ({ type }) => heard.push(type), listening.signal);
    await sessions.notify(callId, { type: 'call-ended', status: 'completed' });
    listening.abort();
    expect(heard).toEqual(['call-ended']);
    expect(await sessions.live(10)).toMatchObject([{ callId }]);
    expect(await sessions.markEnded(callId)).toBe(true);
    await sessions.release(lease);

    await redis.restart();
    await back(sessions);
    const shared = openShared(redis.url);
    expect(await shared.findByCallSid(callSid)).toMatchObject({ ended: true, flowState: { said: 'one' } });
    expect(texts(await shared.journal(callId))).toEqual(['one']);
    expect(await shared.useOnce('token', 60_000)).toBe(false);
    // Nobody is left to own it.
    expect(await shared.claim(callId, 'node-b', 3_000)).toBeDefined();
    expect(await sessions.live(10)).toEqual([]);
  });

  test('begins at once where Redis was never there', async () => {
    const port = await freePort();
    const sessions = open({ url: `redis://127.0.0.1:${port}` });
    const { callId, lease } = await liveCall(sessions);
    await talkOn(sessions, callId, lease, ['one']);
    const late = await startRedis(port);
    onTestFinished(() => late.stop());
    await back(sessions);
    expect(texts(await openShared(late.url).journal(callId))).toEqual(['one']);
  });
});

describe('a start', () => {
  const start = async (url: string): Promise<ResilientSessions> => {
    const sessions = await openSharedSessions(url, logger);
    opened.push(sessions);
    return sessions;
  };

  test('does without a Redis that is away', async () => {
    const sessions = await start(`redis://127.0.0.1:${await freePort()}`);
    await liveCall(sessions);
  });

  test.each([
    ['a wrong password', (url: string) => url.replace('redis://', 'redis://:wrong@'), /WRONGPASS.*REDIS_URL/],
    ['no password', (url: string) => url, /NOAUTH.*REDIS_URL/],
    ['a host that does not exist', () => 'redis://callwright.invalid:6379', /ENOTFOUND.*REDIS_URL/],
  ])('says what is wrong with %s', async (_, urlOf, message) => {
    const redis = await ownRedis();
    await withRaw(redis.url, (raw) => raw.config('SET', 'requirepass', 'right'));
    await expect(start(urlOf(redis.url))).rejects.toThrow(message);
  });
});
