import { type Kysely, sql } from 'kysely';

/**
 * What flows know, by the hash of its content. `words` is written with each passage and not generated: a generated
 * column would need one of type regconfig beside it, and a database that has one cannot be upgraded with pg_upgrade.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('knowledge_bases')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('last_used_at', 'timestamptz', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('knowledge_passages')
    .addColumn('base_id', 'text', (column) =>
      column.notNull().references('knowledge_bases.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('heading', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('words', sql`tsvector`, (column) => column.notNull())
    .addPrimaryKeyConstraint('knowledge_passages_pkey', ['base_id', 'position'])
    .execute();
  await sql`create index knowledge_passages_words on knowledge_passages using gin (words)`.execute(db);
}
