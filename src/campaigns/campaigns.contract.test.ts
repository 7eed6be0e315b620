import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../../test/support/postgres.ts';
import { type Database, openDatabase } from '../records/database.ts';
import { describeCampaigns } from './conformance.ts';
import { createSqlCampaigns } from './sql-campaigns.ts';

const log = { info: () => undefined, warn: () => undefined };
let server: PostgresServer;
let database: Database | undefined;

beforeAll(async () => {
  server = await startPostgres();
}, 60_000);

afterAll(async () => {
  await database?.close();
  await server?.stop();
});

describeCampaigns('campaigns in PostgreSQL', async () => {
  database = await openDatabase({ databaseUrl: server.url }, log);
  return createSqlCampaigns(database.db);
});
