import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Which arms of experiments a call was in, and what the words of a turn may come from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('calls')
    .addColumn('arms', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'::jsonb`))
    .execute();
  await db.schema.alterTable('turns').addColumn('sources', 'jsonb').execute();
  await sql`create index calls_arms on calls using gin (arms jsonb_path_ops)`.execute(db);
}
