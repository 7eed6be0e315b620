/**
 * How fast a list is imported into a real PostgreSQL and how much memory that takes, then how fast contacts are claimed
 * from it: `node test/bench/import.ts [ROWS]`. Takes the server at BENCH_DATABASE_URL (an empty database of its own), or
 * starts one. Goals: a million rows in under 90 s and under 300 MB; claiming in under 5 ms at p95.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importContacts } from '../../src/campaigns/import.ts';
import { type Campaigns, importOptionsSchema } from '../../src/campaigns/index.ts';
import { createSqlCampaigns } from '../../src/campaigns/sql-campaigns.ts';
import { openDatabase } from '../../src/records/database.ts';
import { startPostgres } from '../support/postgres.ts';
import { percentile } from './figures.ts';

const CLAIMS = 500;
const CLAIM_SIZE = 10;
const AREAS = [202, 212, 305, 312, 415, 423, 503, 605, 702, 808, 850, 907];

const count = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), 'callwright-bench-'));
const url = process.env['BENCH_DATABASE_URL'];
const server = url === undefined ? await startPostgres() : undefined;
const log = { info: () => undefined, warn: () => undefined };
const database = await openDatabase({ databaseUrl: url ?? server?.url ?? '' }, log);
try {
  const path = join(folder, 'list.csv');
  await pipeline(Readable.from(list(count)), createWriteStream(path));
  const campaigns = createSqlCampaigns(database.db);
  const { id } = await campaigns.create({ name: 'Bench', flow: 'recall', settings: {}, priority: 0 }, 'bench');
  await measureImport(campaigns, id, path);
  await measureClaims(campaigns, id);
} finally {
  await database.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}

/** A few in a hundred are duplicates, and as many are no numbers. */
function* list(rows: number): Generator<string> {
  yield 'first_name,last_name,phone,email,plan,balance,consent_source,consent_at\r\n';
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `Ann,"O'Hara, ${row}",${numberOf(row)},person${row}@example.com,gold,${row % 1000}.50,web form,2026-03-01T10:00:00Z\r\n`;
    if (text.length < 64 * 1024) continue;
    yield text;
    text = '';
  }
  yield text;
}

function numberOf(row: number): string {
  if (row % 50 === 49) return 'unknown';
  const unique = row % 50 === 48 ? row - 7 : row;
  return `+1${AREAS[unique % AREAS.length]}${2_000_000 + Math.floor(unique / AREAS.length)}`;
}

async function measureImport(store: Campaigns, campaignId: string, path: string): Promise<void> {
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await importContacts(store, {
    campaignId,
    path,
    fileName: 'list.csv',
    options: importOptionsSchema.parse({ defaultCountry: 'US', requireConsent: true }),
  });
  const seconds = (performance.now() - began) / 1_000;
  const cpu = process.cpuUsage(before);
  if (result === undefined) throw new Error('the campaign is gone');
  const { rowsRead, rowsImported, rowsSetAside, reasons } = result;
  const megabytes = (await stat(path)).size / 1e6;
  print(`file: ${megabytes.toFixed(0)} MB, ${rowsRead} rows read = ${rowsImported} imported + ${rowsSetAside} set aside`);
  print(`set aside: ${JSON.stringify(reasons)}`);
  print(`import: ${seconds.toFixed(1)} s, ${Math.round(rowsRead / seconds)} rows/s`);
  print(`processor of this process: ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s`);
  print(`peak RSS of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
}

async function measureClaims(store: Campaigns, campaignId: string): Promise<void> {
  const times: number[] = [];
  for (let claim = 0; claim < CLAIMS; claim += 1) {
    const began = performance.now();
    const now = new Date(Date.now() + 60_000);
    const claimed = await store.claimDue({ campaignId, owner: 'bench', limit: CLAIM_SIZE, now, leaseMs: 60_000 });
    times.push(performance.now() - began);
    if (claimed.length < CLAIM_SIZE) break;
  }
  const at = (share: number): string => percentile(times, share).toFixed(2);
  print(`claims of ${CLAIM_SIZE}, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)} (${times.length} claims)`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
