import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../test/support/postgres.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { someRecord } from './conformance.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createRecords } from './records.ts';

const logger = pino({ level: 'silent' });
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

async function open(dataDir: string): Promise<Outbox> {
  const records = await createRecords({ databaseUrl: server.url }, logger);
  const outbox = await createOutbox({ records, dataDir, logger, retryAfterMs: 50 });
  onTestFinished(async () => {
    await outbox.close();
    await records.close();
  });
  return outbox;
}

const allSaved = (outbox: Outbox) => expect.poll(() => outbox.waiting, { timeout: 15_000 }).toBe(0);

test('an outage of Postgres loses no record, nor does a node that restarts during it', {
  timeout: 60_000,
}, async () => {
  const dataDir = await temporaryFolder();
  const during = Array.from({ length: 20 }, () => someRecord());
  const first = await open(dataDir);
  await server.crash();
  await Promise.all(during.map((record) => first.save(record)));
  await expect.poll(() => first.away).toBe(true);
  // Asked for, they are there.
  expect(await first.find(during[3]?.id ?? '')).toEqual(during[3]);
  expect(await first.find(during[4]?.callSid ?? '')).toEqual(during[4]);
  await expect(first.find('nobody')).rejects.toThrow();
  await first.close();

  // The node restarts while Postgres is still away.
  const second = await open(dataDir);
  expect(second.waiting).toBe(20);
  const later = someRecord();
  await second.save(later);
  await server.restart();
  await allSaved(second);
  for (const record of [...during, later]) expect(await second.find(record.id)).toEqual(record);
  expect(second.away).toBe(false);
});
