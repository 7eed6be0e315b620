import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import type { Records } from '../../records/index.ts';
import { createRecords } from '../../records/records.ts';
import { describeKnowledge, someKnowledge } from './conformance.ts';
import { createStoredKnowledge } from './stored.ts';

let server: PostgresServer;
const opened: Records[] = [];

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(async () => {
  await Promise.all(opened.map((records) => records.close()));
  await server?.stop();
});

async function open(): Promise<Records> {
  const records = opened[0] ?? (await createRecords({ databaseUrl: server.url }, pino({ level: 'silent' })));
  opened[0] = records;
  return records;
}

describeKnowledge('PostgreSQL', async () => createStoredKnowledge(await open()));

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('content that several nodes bring at once is kept once', async () => {
  const records = await open();
  const base = someKnowledge('at-once');
  await Promise.all(Array.from({ length: 8 }, () => records.keepKnowledge(base)));
  const [row] = await query(
    "select count(*)::int as count from knowledge_passages where base_id = 'at-once'",
  );
  expect(row).toEqual({ count: base.chunks.length });
});

test('what nothing has used for a month is dropped, and what is asked for stays', async () => {
  const records = await open();
  for (const id of ['old', 'asked']) await records.keepKnowledge(someKnowledge(id));
  await query(
    "update knowledge_bases set last_used_at = now() - interval '31 days' where id in ('old', 'asked')",
  );
  await records.searchKnowledge({ base: 'asked', text: 'parking', limit: 1 });
  await records.keepKnowledge(someKnowledge('new'));
  const search = { text: 'parking', limit: 1 };
  expect(await records.searchKnowledge({ ...search, base: 'old' })).toBeUndefined();
  expect(await records.searchKnowledge({ ...search, base: 'asked' })).toHaveLength(1);
  expect(await query("select * from knowledge_passages where base_id = 'old'")).toEqual([]);
});
