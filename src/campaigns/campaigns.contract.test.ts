import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../../test/support/postgres.ts';
import { type Database, openDatabase } from '../records/database.ts';
import { createRecords, type DatabaseOfRecords } from '../records/records.ts';
import { describeCampaigns } from './conformance.ts';
import { createSqlCampaigns } from './sql-campaigns.ts';

const log = { info: () => undefined, warn: () => undefined };
let server: PostgresServer;
let database: Database | undefined;
let records: DatabaseOfRecords | undefined;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

afterAll(async () => {
  await database?.close();
  await records?.close();
  await server?.stop();
});

describeCampaigns('campaigns in PostgreSQL, in a thread of their own', async () => {
  records = await createRecords({ databaseUrl: server.url }, pino({ level: 'silent' }));
  return records.campaigns;
});

describeCampaigns('campaigns in PostgreSQL', async () => {
  database = await openDatabase({ databaseUrl: server.url }, log);
  return createSqlCampaigns(database.db);
});
