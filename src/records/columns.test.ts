/** A field without a column would show only when a call has ended, and its record cannot be written. */
import pino from 'pino';
import { expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { callRecordSchema, toolRunSchema, turnSchema } from './index.ts';

/** A busy machine takes seconds to make the tables. */
it('every field of a record has its column, and every column its field', async () => {
  const { db, close } = await openDatabase({ memory: true }, pino({ level: 'silent' }));
  const tables = await db.introspection.getTables();
  await close();
  const columnsOf = (table: string): string[] =>
    tables
      .flatMap(({ name, columns }) =>
        camelCase(name) === table ? columns.map((column) => camelCase(column.name)) : [],
      )
      .sort();
  const { turns: _turns, tools: _tools, ...call } = callRecordSchema.shape;
  const { callId: toolCallId, ...tool } = toolRunSchema.shape;
  const place = { callId: 0, position: 0 };
  expect(columnsOf('calls')).toEqual(namesOf({ ...call, turnCount: 0, slowestTurnMs: 0 }));
  expect(columnsOf('turns')).toEqual(namesOf({ ...turnSchema.shape, ...place }));
  expect(columnsOf('toolRuns')).toEqual(namesOf({ ...tool, ...place, toolCallId }));
}, 60_000);

/** As the code has them. */
function camelCase(column: string): string {
  return column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function namesOf(fields: object): string[] {
  return Object.keys(fields).sort();
}
