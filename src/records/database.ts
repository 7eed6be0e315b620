import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { CamelCasePlugin, type ColumnType, Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { UserError } from '../user-error.ts';
import { isRecordsAway, RecordsError } from './index.ts';
import { migrations } from './migrations/index.ts';

/** `memory`: for tests; gone when it is closed. */
export type DatabaseLocation = { databaseUrl: string } | { dataDir: string } | { memory: true };

/** Written as JSON text, read as the value. */
type Json = ColumnType<unknown, string>;
type NullableJson = ColumnType<unknown, string | null>;

export interface CallsTable {
  id: string;
  callSid: string;
  direction: string;
  from: string;
  to: string;
  flow: string;
  flowVersion: string;
  arms: Json;
  startedAt: Date;
  endedAt: Date;
  durationMs: number;
  outcome: string;
  result: string | null;
  error: string | null;
  carrierStatus: string | null;
  interruptions: number;
  turnCount: number;
  slowestTurnMs: number | null;
  slots: Json;
  path: Json;
  events: Json;
  usage: Json;
  hasAudio: boolean;
}

export interface TurnsTable {
  callId: string;
  position: number;
  role: string;
  text: string;
  generated: string | null;
  keys: string | null;
  startMs: number;
  endMs: number;
  interrupted: boolean;
  node: string;
  latency: NullableJson;
  sources: NullableJson;
  voices: NullableJson;
  provider: string | null;
  model: string | null;
}

export interface ToolRunsTable {
  callId: string;
  position: number;
  toolCallId: string;
  name: string;
  effect: string;
  input: Json;
  result: string | null;
  isError: boolean;
  startMs: number;
  endMs: number | null;
  node: string;
}

/** The tables, columns in camel case as the code has them (snake case in the database). */
export interface Tables {
  calls: CallsTable;
  turns: TurnsTable;
  toolRuns: ToolRunsTable;
}

/** What a database tells besides its answers; a pino logger will do. */
export interface DatabaseLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Database {
  readonly db: Kysely<Tables>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A database on the same network answers long before this. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No query of ours takes a second; one that hangs must not hold a request for ever. */
const QUERY_TIMEOUT_MS = 15_000;

/**
 * Opens Postgres, or PGlite (Postgres in this thread) under `dataDir`, and brings its tables up to date; several nodes
 * may do so at once, but a data directory is for one alone, which its lock ensures. The same `pg` pool and the same SQL
 * serve both. Throws a {@link RecordsError} `records-away` when Postgres cannot be reached, a {@link UserError} when
 * the database will never let us in. The caller closes it.
 */
export async function openDatabase(location: DatabaseLocation, log: DatabaseLog): Promise<Database> {
  const { pool, release } = await openPool(location);
  // Unhandled, the loss of an idle connection would end the process; the pool opens another by itself.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= db.destroy().then(release);
    return closed;
  };
  try {
    await migrate(db, log);
  } catch (error) {
    await close();
    const remedy = 'databaseUrl' in location ? 'check DATABASE_URL' : 'check DATA_DIR';
    const message = `the database of records cannot be used (${reasonOf(error)}); ${remedy}`;
    if ('databaseUrl' in location && isRecordsAway(error)) throw new RecordsError('records-away', message);
    throw new UserError(message, { cause: error });
  }
  return { db, close };
}

async function openPool(
  location: DatabaseLocation,
): Promise<{ pool: pg.Pool; release: () => Promise<void> }> {
  if ('databaseUrl' in location) {
    const pool = new pg.Pool({
      connectionString: location.databaseUrl,
      application_name: 'callwright',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    return { pool, release: async () => {} };
  }
  if ('memory' in location) return openPglite('memory://');
  const directory = join(location.dataDir, 'records');
  await prepareDirectory(directory);
  return openPglite(directory);
}

/**
 * A new directory is made under another name first: setting one up takes seconds, and one left half made by an
 * interrupted first start could never be opened again.
 */
async function prepareDirectory(directory: string): Promise<void> {
  const exists = await stat(directory).catch(() => undefined);
  if (exists !== undefined) return;
  const draft = `${directory}.new`;
  await rm(draft, { recursive: true, force: true });
  const pglite = await PGlite.create(draft);
  await pglite.close();
  await rename(draft, directory);
}

async function openPglite(directory: string): Promise<{ pool: pg.Pool; release: () => Promise<void> }> {
  const pglite = await PGlite.create(directory);
  return { pool: new pg.Pool(createPgConfig(pglite)), release: () => pglite.close() };
}

async function migrate(db: Kysely<Tables>, log: DatabaseLog): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results) {
    if (status === 'Success') log.info({ migration: migrationName }, 'database migrated');
  }
  if (error !== undefined) throw error;
}

/** Node leaves the message of some connection errors empty and says it all in the code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
