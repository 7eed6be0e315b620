/**
 * Makes a real Postgres full: whatever inserts or updates in a table that is there fails with `53100 disk_full` and the
 * server's own words for it, while reads and deletes go on, as on a disk without space. Done by a trigger on each table
 * of the database, so it needs their owner. Not imitated: new tables, and a server that stops for want of space for its
 * write-ahead log (for that, `stop`).
 */
import pg from 'pg';

const TIMEOUT_MS = 2000;

const FILL = `
DROP SCHEMA IF EXISTS callwright_sandbox CASCADE;
CREATE SCHEMA callwright_sandbox;
CREATE FUNCTION callwright_sandbox.disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'disk_full', HINT = 'Check free disk space.',
    MESSAGE = format('could not extend file "base/%s": No space left on device', TG_RELID);
END $$;
DO $$
DECLARE one regclass;
BEGIN
  FOR one IN
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  LOOP
    EXECUTE format(
      'CREATE TRIGGER callwright_sandbox_full BEFORE INSERT OR UPDATE ON %s
       FOR EACH STATEMENT EXECUTE FUNCTION callwright_sandbox.disk_full()', one);
  END LOOP;
END $$;`;

/** Resolves, once it is full, with what undoes that. The triggers outlive a sandbox that is killed meanwhile. */
export async function fillPostgres(url: string): Promise<() => Promise<void>> {
  await run(url, FILL);
  // The triggers go with the function.
  return () => run(url, 'DROP SCHEMA IF EXISTS callwright_sandbox CASCADE');
}

/** In one transaction: all of it or nothing. */
async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    lock_timeout: TIMEOUT_MS,
  });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}
