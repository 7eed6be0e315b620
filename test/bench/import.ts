/**
 * How fast a list is imported into a real PostgreSQL and how much memory that takes, then how fast contacts are claimed
 * from it: `node test/bench/import.ts [ROWS]`. Takes the server at BENCH_DATABASE_URL (an empty database of its own), or
 * starts one. Goals: a million rows in under 90 s and under 300 MB; claiming in under 5 ms at p95.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { type Campaigns, importOptionsSchema } from '../../src/campaigns/index.ts';
import { createRecords } from '../../src/records/records.ts';
import { startPostgres } from '../support/postgres.ts';
import { percentile } from './figures.ts';

const CLAIMS = 500;
const CLAIM_SIZE = 10;
const AREAS = [202, 212, 305, 312, 415, 423, 503, 605, 702, 808, 850, 907];

const [first = '1000000', path] = process.argv.slice(2);
const count = Number(first);
if (path === undefined) await measure();
else await pipeline(Readable.from(list(count)), createWriteStream(path));

async function measure(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callwright-bench-'));
  const url = process.env['BENCH_DATABASE_URL'];
  const server = url === undefined ? await startPostgres() : undefined;
  const records = await createRecords({ databaseUrl: url ?? server?.url ?? '' }, pino({ level: 'silent' }));
  try {
    const file = join(folder, 'list.csv');
    // By another process: the garbage of making it is none of the import's.
    await promisify(execFile)(process.execPath, [import.meta.filename, String(count), file]);
    const { campaigns } = records;
    const { id } = await campaigns.create(
      { name: 'Bench', flow: 'recall', settings: {}, priority: 0 },
      'bench',
    );
    await measureImport(campaigns, id, file);
    await measureClaims(campaigns, id);
  } finally {
    await records.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
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
  const restMb = process.memoryUsage().rss / 1e6;
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await store.importFile({
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
  print(
    `file: ${megabytes.toFixed(0)} MB, ${rowsRead} rows read = ${rowsImported} imported + ${rowsSetAside} set aside`,
  );
  print(`set aside: ${JSON.stringify(reasons)}`);
  print(`import: ${seconds.toFixed(1)} s, ${Math.round(rowsRead / seconds)} rows/s`);
  print(`processor of this process: ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s`);
  const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  print(`peak RSS of this process: ${peakMb.toFixed(0)} MB, ${restMb.toFixed(0)} MB of it before the import`);
}

async function measureClaims(store: Campaigns, campaignId: string): Promise<void> {
  const times: number[] = [];
  for (let claim = 0; claim < CLAIMS; claim += 1) {
    const began = performance.now();
    const now = new Date(Date.now() + 60_000);
    const claimed = await store.claimDue({
      campaignId,
      owner: 'bench',
      limit: CLAIM_SIZE,
      now,
      leaseMs: 60_000,
    });
    times.push(performance.now() - began);
    if (claimed.length < CLAIM_SIZE) break;
  }
  const at = (share: number): string => percentile(times, share).toFixed(2);
  print(
    `claims of ${CLAIM_SIZE}, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)} (${times.length} claims)`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
