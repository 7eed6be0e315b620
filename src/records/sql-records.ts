import { type Expression, type ExpressionBuilder, type Insertable, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { CallsTable, Database, Tables, ToolRunsTable, TurnsTable } from './database.ts';
import { experimentReports } from './experiments.ts';
import {
  type CallPage,
  type CallQuery,
  type CallRecord,
  type CallSummary,
  callRecordSchema,
  type ExperimentReport,
  type KnowledgeSearch,
  type Passage,
  type Records,
  type StoredKnowledge,
  type ToolRun,
  type Turn,
  toolRunSchema,
  turnSchema,
} from './index.ts';
import { keepKnowledge, searchKnowledge } from './knowledge.ts';
import { storable } from './storable.ts';
import { callSummarySchema } from './summary.ts';

const SUMMARY_COLUMNS = [
  'id',
  'callSid',
  'direction',
  'from',
  'to',
  'flow',
  'flowVersion',
  'arms',
  'startedAt',
  'endedAt',
  'durationMs',
  'outcome',
  'result',
  'error',
  'carrierStatus',
  'interruptions',
  'turnCount',
  'slowestTurnMs',
  'usage',
  'hasAudio',
] as const satisfies (keyof CallsTable)[];

/** Records in a database whose migrations have run, in the thread that asks. Closing them closes it. */
export function createSqlRecords(database: Database): Records {
  return new SqlRecords(database);
}

class SqlRecords implements Records {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(record: CallRecord): Promise<void> {
    const { turns, tools, ...call } = savedRecordSchema.parse(storable(record));
    const row = rowOf<CallsTable>()({
      ...call,
      turnCount: turns.length,
      slowestTurnMs: slowest(turns),
      result: call.result ?? null,
      error: call.error ?? null,
      carrierStatus: call.carrierStatus ?? null,
      arms: JSON.stringify(call.arms),
      slots: JSON.stringify(call.slots),
      path: JSON.stringify(call.path),
      events: JSON.stringify(call.events),
      usage: JSON.stringify(call.usage),
    });
    await this.#database.db.transaction().execute(async (transaction) => {
      // The row of the call comes first: it makes two writers of the same call take turns.
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('calls')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .column('id')
            // Two nodes may write the end of one call; who does not carry it may have looked before its audio was there.
            .doUpdateSet((where) => ({
              ...row,
              hasAudio: where
                .or([where('calls.hasAudio', '=', true), where('excluded.hasAudio', '=', true)])
                .$castTo<boolean>(),
            }))
            .where('calls.endedAt', '<=', row.endedAt),
        )
        .executeTakeFirstOrThrow();
      // A node that was late has an older one: the call had gone on elsewhere.
      if (numInsertedOrUpdatedRows === 0n) return;
      await transaction.deleteFrom('turns').where('callId', '=', call.id).execute();
      await transaction.deleteFrom('toolRuns').where('callId', '=', call.id).execute();
      for (const batch of batches(turns.map((turn, position) => turnRow(call.id, position, turn)))) {
        await transaction.insertInto('turns').values(batch).execute();
      }
      for (const batch of batches(tools.map((tool, position) => toolRow(call.id, position, tool)))) {
        await transaction.insertInto('toolRuns').values(batch).execute();
      }
    });
  }

  async find(idOrCallSid: string): Promise<CallRecord | undefined> {
    // One snapshot: a record that is being replaced is read whole, before or after.
    const snapshot = this.#database.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only');
    return snapshot.execute(async (transaction) => {
      const call = await transaction
        .selectFrom('calls')
        .selectAll()
        .where((where) => where.or([where('id', '=', idOrCallSid), where('callSid', '=', idOrCallSid)]))
        .orderBy((order) => order('id', '=', idOrCallSid), 'desc')
        .orderBy('startedAt', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (call === undefined) return undefined;
      const turns = await transaction
        .selectFrom('turns')
        .selectAll()
        .where('callId', '=', call.id)
        .orderBy('position')
        .execute();
      const tools = await transaction
        .selectFrom('toolRuns')
        .selectAll()
        .where('callId', '=', call.id)
        .orderBy('position')
        .execute();
      return callRecordSchema.parse({
        ...callFields(call),
        turns: turns.map((turn) => turnSchema.parse(present(turn))),
        tools: tools.map(({ toolCallId, ...tool }) =>
          toolRunSchema.parse({ ...present(tool), callId: toolCallId }),
        ),
      });
    });
  }

  async list(query: CallQuery): Promise<CallPage> {
    const rows = await this.#database.db
      .selectFrom('calls')
      .select(SUMMARY_COLUMNS)
      .where((where) => where.and(conditions(where, query)))
      .orderBy('startedAt', 'desc')
      .orderBy('id', 'desc')
      // One more than asked for tells whether there is another page.
      .limit(query.limit + 1)
      .execute();
    const page = rows.slice(0, query.limit);
    const calls: CallSummary[] = page.map((row) => callSummarySchema.parse(callFields(row)));
    const last = page.at(-1);
    return last === undefined || rows.length === page.length
      ? { calls }
      : { calls, cursor: encodeCursor(last) };
  }

  async experiments(query: { flow?: string }): Promise<ExperimentReport[]> {
    return experimentReports(this.#database.db, query);
  }

  async keepKnowledge(base: StoredKnowledge): Promise<void> {
    await keepKnowledge(this.#database.db, base);
  }

  async searchKnowledge(search: KnowledgeSearch): Promise<Passage[] | undefined> {
    return searchKnowledge(this.#database.db, search);
  }

  async ping(): Promise<void> {
    await sql`select 1`.execute(this.#database.db);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** A record as its row needs it; also refuses what no column could hold. */
const savedRecordSchema = callRecordSchema.extend({
  startedAt: z.iso.datetime().pipe(z.coerce.date()),
  endedAt: z.iso.datetime().pipe(z.coerce.date()),
});

function conditions(where: ExpressionBuilder<Tables, 'calls'>, query: CallQuery): Expression<SqlBool>[] {
  const found: Expression<SqlBool>[] = [];
  if (query.flow !== undefined) found.push(where('flow', '=', query.flow));
  if (query.outcome !== undefined) found.push(where('outcome', '=', query.outcome));
  if (query.number !== undefined) {
    found.push(where.or([where('from', '=', query.number), where('to', '=', query.number)]));
  }
  if (query.arm !== undefined) {
    const arm = JSON.stringify({ [query.arm.experiment]: query.arm.arm });
    found.push(sql<SqlBool>`arms @> ${arm}::jsonb`);
  }
  if (query.cursor !== undefined) {
    const { startedAt, id } = decodeCursor(query.cursor);
    found.push(where(where.refTuple('startedAt', 'id'), '<', where.tuple(startedAt, id)));
  }
  return found;
}

/** The longest the caller waited; null where no turn was measured. */
function slowest(turns: Turn[]): number | null {
  const waits = turns.map((turn) => turn.latency?.voiceToVoiceMs).filter((wait) => wait !== undefined);
  return waits.reduce<number | null>((longest, wait) => Math.max(longest ?? wait, wait), null);
}

/**
 * The row as it is, of this table: no field is without a column. Where an object is spread, the compiler finds by itself
 * what is missing, not what is too much, and that the database would refuse at the end of a call.
 */
function rowOf<Table>() {
  return <Row extends Insertable<Table>>(row: Row & Record<Exclude<keyof Row, keyof Table>, never>): Row =>
    row;
}

function turnRow(callId: string, position: number, turn: Turn) {
  return rowOf<TurnsTable>()({
    ...turn,
    callId,
    position,
    generated: turn.generated ?? null,
    keys: turn.keys ?? null,
    latency: turn.latency === undefined ? null : JSON.stringify(turn.latency),
    sources: turn.sources === undefined ? null : JSON.stringify(turn.sources),
    voices: turn.voices === undefined ? null : JSON.stringify(turn.voices),
    provider: turn.provider ?? null,
    model: turn.model ?? null,
  });
}

function toolRow(callId: string, position: number, { callId: toolCallId, ...tool }: ToolRun) {
  return rowOf<ToolRunsTable>()({
    ...tool,
    callId,
    position,
    toolCallId,
    input: JSON.stringify(tool.input),
    result: tool.result ?? null,
    endMs: tool.endMs ?? null,
  });
}

function callFields<Row extends { startedAt: Date; endedAt: Date }>(row: Row) {
  return { ...present(row), startedAt: row.startedAt.toISOString(), endedAt: row.endedAt.toISOString() };
}

/** The row without its NULLs: in a record, what is not known is absent. */
function present(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

/** A statement takes at most 65,535 parameters, and a row here has a dozen. */
const ROWS_A_STATEMENT = 1_000;

function* batches<Row>(rows: Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    yield rows.slice(start, start + ROWS_A_STATEMENT);
  }
}
