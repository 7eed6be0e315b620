import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import { type RedisServer, startRedis } from '../../../test/support/redis.ts';
import { Faults } from '../faults.ts';
import { StoreProxies, type StoreProxy } from './index.ts';

const faults = new Faults();
const proxies = new StoreProxies({ faults, logger: pino({ level: 'silent' }) });
afterEach(async () => {
  faults.clear();
  await faults.settled();
});

describe('a Redis behind the sandbox', () => {
  let server: RedisServer;
  let proxy: StoreProxy;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    proxy = await proxies.open({ store: 'redis', to: server.url });
    redis = new Redis(proxy.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 1000,
      retryStrategy: () => 50,
    });
    redis.on('error', () => undefined);
    await new Promise((resolve) => redis.once('ready', resolve));
  });
  afterAll(async () => {
    redis.disconnect();
    await proxies.close();
    await server.stop();
  });
  const back = () => new Promise((resolve) => redis.once('ready', resolve));
  const begin = async (kind: 'stop' | 'pause' | 'restart' | 'fill-up') => {
    const { id } = faults.add({ vendor: 'redis', kind });
    await faults.begun(id);
    return id;
  };

  it('is reached', async () => {
    await redis.set('a', '1');
    expect(await redis.get('a')).toBe('1');
  });

  it('is stopped: connections are cut and refused, until the fault is gone', async () => {
    const refused = new Promise<Error>((resolve) => redis.once('error', resolve));
    const id = await begin('stop');
    await expect(redis.get('a')).rejects.toThrow();
    expect(await refused).toMatchObject({ code: expect.stringMatching(/^ECONN(REFUSED|RESET)$/) });
    const again = back();
    faults.remove(id);
    await again;
    expect(await redis.get('a')).toBe('1');
  });

  it('is paused: nothing is answered, and what was sent arrives when it goes on', async () => {
    const id = await begin('pause');
    const written = redis.set('b', '2');
    await expect(written).rejects.toThrow('timed out');
    faults.remove(id);
    await faults.settled();
    expect(await redis.get('b')).toBe('2');
  });

  it('is restarted, and comes back by itself', async () => {
    const again = back();
    await begin('restart');
    await again;
    expect(await redis.get('a')).toBe('1');
  });

  it('is slow', async () => {
    const { id } = faults.add({ vendor: 'redis', kind: 'slow', delayMs: 100 });
    await faults.begun(id);
    const askedAtMs = performance.now();
    expect(await redis.get('a')).toBe('1');
    expect(performance.now() - askedAtMs).toBeGreaterThan(190);
  });

  it('is full: reads go on, writes are refused in its own words', async () => {
    const id = await begin('fill-up');
    expect(await redis.get('a')).toBe('1');
    await expect(redis.set('a', '3')).rejects.toThrow(/^OOM command not allowed/);
    faults.remove(id);
    await faults.settled();
    await redis.set('a', '4');
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '0']);
  });
});

describe('a Postgres behind the sandbox', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  beforeAll(async () => {
    server = await startPostgres();
    const proxy = await proxies.open({ store: 'postgres', to: server.url });
    pool = new pg.Pool({ connectionString: proxy.url, connectionTimeoutMillis: 1000 });
    pool.on('error', () => undefined);
    await pool.query('CREATE TABLE calls (id int PRIMARY KEY)');
  });
  afterAll(async () => {
    await pool.end();
    await proxies.close();
    await server.stop();
  });

  it('is full: reads and deletes go on, writes fail with its own code, also on connections that were open', async () => {
    await pool.query('INSERT INTO calls VALUES (1)');
    const { id } = faults.add({ vendor: 'postgres', kind: 'fill-up' });
    await faults.begun(id);
    await expect(pool.query('INSERT INTO calls VALUES (2)')).rejects.toMatchObject({
      code: '53100',
      message: expect.stringContaining('No space left on device'),
    });
    await expect(pool.query('UPDATE calls SET id = 3')).rejects.toMatchObject({ code: '53100' });
    expect((await pool.query('SELECT id FROM calls')).rows).toEqual([{ id: 1 }]);
    await pool.query('DELETE FROM calls');
    faults.remove(id);
    await faults.settled();
    await pool.query('INSERT INTO calls VALUES (2)');
    expect(
      (await pool.query("SELECT 1 FROM pg_namespace WHERE nspname = 'callwright_sandbox'")).rows,
    ).toEqual([]);
  });

  it('is stopped, and is back', async () => {
    const { id } = faults.add({ vendor: 'postgres', kind: 'stop' });
    await faults.begun(id);
    await expect(pool.query('SELECT 1')).rejects.toThrow();
    faults.remove(id);
    await faults.settled();
    await expect
      .poll(() =>
        pool.query('SELECT 1').then(
          ({ rowCount }) => rowCount,
          () => 0,
        ),
      )
      .toBe(1);
  });

  it('that cannot be filled refuses the fault', async () => {
    await proxies.open({ store: 'postgres', to: 'postgres://nobody@127.0.0.1:1/x' });
    const { id } = faults.add({ vendor: 'postgres', kind: 'fill-up' });
    await expect(faults.begun(id)).rejects.toThrow('ECONNREFUSED');
    expect(faults.list()).toEqual([]);
  });
});
