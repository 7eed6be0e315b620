/** Calls on which every vendor does its work. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { BOOKING_DELAYS, bookingTests } from './booking.ts';
import { endingTests } from './endings.ts';
import { entranceTests } from './entrance.ts';
import { lineTests } from './lines.ts';
import { mainMenuTests } from './menus.ts';
import { Programme, perform } from './programme.ts';
import { type RedisWatch, watchRedis } from './redis-keys.ts';

let redis: RedisServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

const inPostgres = async () => ({ environment: { DATABASE_URL: postgres.url } });

const embedded = new Programme(async () => ({
  environment: { REDIS_URL: redis.url },
  delays: BOOKING_DELAYS,
}));
const usual = new Programme(async () => ({ ...(await inPostgres()), delays: BOOKING_DELAYS }));
const modelless = new Programme(inPostgres);
perform(embedded, usual, modelless);

describe('a booking, with sessions in Redis and records embedded', () => {
  const seen: RedisWatch = { lengths: [], lasting: [], kinds: new Set() };
  bookingTests(embedded, (call, stage) => watchRedis(redis.url, call, stage, seen));

  it('the journal in Redis grew during the call, and every key of the call expires', () => {
    const [first = 0, ...later] = seen.lengths;
    expect(first).toBeGreaterThan(0);
    expect(later).toHaveLength(4);
    for (const [i, length] of later.entries()) expect(length).toBeGreaterThan(seen.lengths[i] ?? 0);
    expect([...seen.kinds]).toEqual(expect.arrayContaining(['session', 'journal', 'lease', 'call-sid']));
    expect(seen.lasting).toEqual([]);
  });
  embedded.testLog();
});

describe('a booking, with sessions in memory and records in PostgreSQL', () => {
  bookingTests(usual);
});

mainMenuTests(modelless);
endingTests(usual);
lineTests(usual);
entranceTests(usual);
usual.testLog();
