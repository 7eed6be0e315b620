/** The do-not-call list of the account, in the database. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../records/database.ts';
import { storable } from '../records/storable.ts';
import { type DoNotCall, doNotCallSchema, type PageQuery } from './index.ts';
import { audit } from './sql-audit.ts';

interface DoNotCallRow {
  number: string;
  source: string;
  reason: string | null;
  callId: string | null;
  at: Date;
}

/** See `Campaigns.addDoNotCall`. What waits for a call leaves the queue in the same transaction. */
export async function addDoNotCall(
  db: Kysely<Tables>,
  entries: readonly DoNotCall[],
  who: string,
): Promise<number> {
  if (entries.length === 0) return 0;
  return db.transaction().execute(async (transaction) => {
    const given = JSON.stringify(storable(entries));
    const { rows } = await sql<{ number: string }>`
      insert into do_not_call (number, source, reason, call_id, at)
      select number, source, reason, "callId", at
      from json_to_recordset(${given}::text::json)
        as entry(number text, source text, reason text, "callId" text, at timestamptz)
      order by number
      on conflict (number) do nothing
      returning number`.execute(transaction);
    const numbers = entries.map(({ number }) => number);
    await sql`
      update contacts set state = 'do-not-call'
      where number = any(${numbers}::text[]) and state = 'waiting'`.execute(transaction);
    await tell(transaction, who, 'do-not-call added', entries, rows.length);
    return rows.length;
  });
}

async function tell(
  db: Transaction<Tables>,
  who: string,
  what: string,
  entries: readonly DoNotCall[],
  added: number,
): Promise<void> {
  if (added === 0) return;
  // A file of a million numbers is told of in a few words; the list itself says where each comes from.
  const [first] = entries;
  await audit(db, { who, what, after: entries.length === 1 ? first : { added, source: first?.source } });
}

/** See `Campaigns.removeDoNotCall`. */
export async function removeDoNotCall(db: Kysely<Tables>, number: string, who: string): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<DoNotCallRow>`
      delete from do_not_call where number = ${number} returning *`.execute(transaction);
    const [row] = rows;
    if (row === undefined) return false;
    await sql`
      update contacts set state = 'waiting'
      where number = ${number} and state = 'do-not-call' and outcome is null`.execute(transaction);
    await audit(transaction, { who, what: 'do-not-call removed', before: entryOf(row) });
    return true;
  });
}

/** See `Campaigns.findDoNotCall`. */
export async function findDoNotCall(db: Kysely<Tables>, number: string): Promise<DoNotCall | undefined> {
  const { rows } = await sql<DoNotCallRow>`select * from do_not_call where number = ${number}`.execute(db);
  return rows[0] === undefined ? undefined : entryOf(rows[0]);
}

/** See `Campaigns.listDoNotCall`. */
export async function listDoNotCall(
  db: Kysely<Tables>,
  { limit, after = '' }: PageQuery,
): Promise<DoNotCall[]> {
  const { rows } = await sql<DoNotCallRow>`
    select * from do_not_call where number > ${after} order by number limit ${limit}`.execute(db);
  return rows.map(entryOf);
}

function entryOf({ number, source, reason, callId, at }: DoNotCallRow): DoNotCall {
  return doNotCallSchema.parse({
    number,
    source,
    ...(reason === null ? {} : { reason }),
    ...(callId === null ? {} : { callId }),
    at: at.toISOString(),
  });
}
