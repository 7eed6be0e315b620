import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** What happened on a call besides turns and tools. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('calls')
    .addColumn('events', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
    .execute();
}
