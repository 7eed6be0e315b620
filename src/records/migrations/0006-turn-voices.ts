import type { Kysely } from 'kysely';

/** Whose voices spoke in a turn of the agent's, as a list: null where none did, or it was not told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('turns').addColumn('voices', 'jsonb').execute();
}
