import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../test/support/postgres.ts';
import { describeRecords, someRecord } from './conformance.ts';
import type { Records } from './index.ts';
import { createRecords } from './records.ts';

const logger = pino({ level: 'silent' });
const opened: Records[] = [];
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

afterAll(async () => {
  await Promise.all(opened.map((records) => records.close()));
  await server?.stop();
});

async function open(databaseUrl = server.url): Promise<Records> {
  const records = await createRecords({ databaseUrl }, logger);
  opened.push(records);
  return records;
}

describeRecords('records in PostgreSQL', open);

describe('records in PostgreSQL', () => {
  test('several nodes that start at once on a new database all come up', async () => {
    const admin = new pg.Client(server.url);
    await admin.connect();
    await admin.query('create database several_nodes');
    await admin.end();
    const databaseUrl = server.url.replace(/postgres$/, 'several_nodes');
    const nodes = await Promise.all(Array.from({ length: 6 }, () => open(databaseUrl)));
    const record = someRecord();
    await nodes[0]?.save(record);
    for (const node of nodes) expect(await node.find(record.id)).toEqual(record);
  });

  test('a page of a long list is read from an index, not by sorting the table', async () => {
    const client = new pg.Client(server.url);
    await client.connect();
    try {
      // With the other ways dear, the plan does not hang on what the statistics say of a small table: a sort
      // is left only where no index gives the order.
      for (const way of ['seqscan', 'bitmapscan', 'sort', 'incremental_sort']) {
        await client.query(`set enable_${way} = off`);
      }
      for (const condition of ["flow = 'x'", "outcome = 'x'", "(started_at, id) < (now(), 'x')"]) {
        const explained = await client.query(
          `explain select * from calls where ${condition} order by started_at desc, id desc limit 10`,
        );
        expect(explained.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Scan Backward/);
      }
    } finally {
      await client.end();
    }
  });

  test('a database that is away keeps nobody from starting, and is told of when it is asked', async () => {
    const records = await open('postgres://postgres@127.0.0.1:1/postgres');
    await expect(records.find('a-call')).rejects.toMatchObject({
      code: 'records-away',
      message: expect.stringMatching(/ECONNREFUSED.*DATABASE_URL/),
    });
  });

  test.each([
    [
      'a database that does not exist',
      (url: string) => url.replace(/postgres$/, 'nowhere'),
      /nowhere.*DATABASE_URL/,
    ],
    [
      'a host that does not exist',
      () => 'postgres://postgres@callwright.invalid/postgres',
      /ENOTFOUND.*DATABASE_URL/,
    ],
  ])('%s is an error that says so', async (_, urlOf, message) => {
    await expect(open(urlOf(server.url))).rejects.toThrow(message);
  });
});
