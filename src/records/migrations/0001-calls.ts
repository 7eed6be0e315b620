import type { Kysely } from 'kysely';

/** Finished calls, their turns and their tool runs. Times on a call are milliseconds since its media started. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('calls')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('call_sid', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('from', 'text', (column) => column.notNull())
    .addColumn('to', 'text', (column) => column.notNull())
    .addColumn('flow', 'text', (column) => column.notNull())
    .addColumn('flow_version', 'text', (column) => column.notNull())
    .addColumn('started_at', 'timestamptz', (column) => column.notNull())
    .addColumn('ended_at', 'timestamptz', (column) => column.notNull())
    .addColumn('duration_ms', 'double precision', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('error', 'text')
    .addColumn('carrier_status', 'text')
    .addColumn('interruptions', 'integer', (column) => column.notNull())
    .addColumn('turn_count', 'integer', (column) => column.notNull())
    .addColumn('slowest_turn_ms', 'double precision')
    .addColumn('slots', 'jsonb', (column) => column.notNull())
    .addColumn('path', 'jsonb', (column) => column.notNull())
    .addColumn('usage', 'jsonb', (column) => column.notNull())
    .addColumn('has_audio', 'boolean', (column) => column.notNull())
    .execute();

  // Lists are newest first, whole or by one of these; (started_at, id) is what a page goes on after.
  for (const filter of [[], ['flow'], ['outcome'], ['from'], ['to']]) {
    await db.schema
      .createIndex(['calls', ...filter, 'started'].join('_'))
      .on('calls')
      .columns([...filter, 'started_at', 'id'])
      .execute();
  }
  await db.schema.createIndex('calls_call_sid').on('calls').column('call_sid').execute();

  await db.schema
    .createTable('turns')
    .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('generated', 'text')
    .addColumn('keys', 'text')
    .addColumn('start_ms', 'double precision', (column) => column.notNull())
    .addColumn('end_ms', 'double precision', (column) => column.notNull())
    .addColumn('interrupted', 'boolean', (column) => column.notNull())
    .addColumn('node', 'text', (column) => column.notNull())
    .addColumn('latency', 'jsonb')
    .addPrimaryKeyConstraint('turns_pkey', ['call_id', 'position'])
    .execute();

  await db.schema
    .createTable('tool_runs')
    .addColumn('call_id', 'text', (column) => column.notNull().references('calls.id').onDelete('cascade'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('tool_call_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('effect', 'text', (column) => column.notNull())
    .addColumn('input', 'jsonb', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('is_error', 'boolean', (column) => column.notNull())
    .addColumn('start_ms', 'double precision', (column) => column.notNull())
    .addColumn('end_ms', 'double precision')
    .addColumn('node', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('tool_runs_pkey', ['call_id', 'position'])
    .execute();
}
