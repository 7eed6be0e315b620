import { afterAll } from 'vitest';
import { type Database, openDatabase } from '../records/database.ts';
import { describeCampaigns } from './conformance.ts';
import { createSqlCampaigns } from './sql-campaigns.ts';

const log = { info: () => undefined, warn: () => undefined };
let database: Database | undefined;

afterAll(() => database?.close());

describeCampaigns('campaigns in PGlite', async () => {
  database = await openDatabase({ memory: true }, log);
  return createSqlCampaigns(database.db);
});
