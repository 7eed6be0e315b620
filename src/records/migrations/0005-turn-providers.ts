import type { Kysely } from 'kysely';

/** Whose model answered in a turn of the agent's: null where that was not told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('turns').addColumn('provider', 'text').addColumn('model', 'text').execute();
}
