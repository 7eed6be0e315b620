/** Imports in the database: each batch is one transaction, in which the import moves on by just these lines. */
import { createHash, randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../records/database.ts';
import { storable } from '../records/storable.ts';
import {
  CampaignsError,
  type CheckedRow,
  type ContactImport,
  type ImportBatch,
  type ImportOptions,
  importSchema,
  type NewImport,
  type SetAsideReason,
  type SetAsideRow,
} from './index.ts';

interface ImportRow {
  id: string;
  campaignId: string;
  bytesTotal: string;
  bytesRead: string;
  doneLine: string;
  rowsRead: string;
  rowsImported: string;
  rowsSetAside: string;
  startedAt: Date;
  endedAt: Date | null;
}

/** See `Campaigns.openImport`. */
export async function openImport(
  db: Kysely<Tables>,
  { campaignId, fileName, contentHash, bytesTotal, options }: NewImport,
): Promise<{ import: ContactImport; doneLine: number } | undefined> {
  const { rows } = await sql<ImportRow>`
    insert into imports (id, campaign_id, file_name, content_hash, options, key, state, bytes_total, started_at, updated_at)
    select ${randomUUID()}::text, id, ${storable(fileName)}::text, ${contentHash}::text, ${json(options)}::text::jsonb,
      ${keyOf(contentHash, options)}::text, 'running', ${bytesTotal}::bigint, now(), now()
    from campaigns where id = ${campaignId}
    on conflict (campaign_id, key) do update set
      state = case imports.state when 'done' then 'done' else 'running' end,
      error = null, ended_at = case imports.state when 'done' then imports.ended_at end, updated_at = now()
    returning *`.execute(db);
  const [row] = rows;
  return row === undefined ? undefined : { import: importOf(row), doneLine: Number(row.doneLine) };
}

/** The same file, read in the same way, is the same import. */
function keyOf(contentHash: string, { mapping, ...options }: ImportOptions): string {
  const parts = [contentHash, Object.entries(mapping).toSorted(), Object.entries(options).toSorted()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** See `Campaigns.addBatch`. */
export async function addBatch(
  db: Kysely<Tables>,
  importId: string,
  batch: ImportBatch,
): Promise<ContactImport> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ campaignId: string }>`
      select campaign_id from imports
      where id = ${importId} and done_line = ${batch.afterLine} and state = 'running' for update`.execute(
      transaction,
    );
    const [found] = rows;
    if (found === undefined) {
      throw new CampaignsError('import-taken', 'this import is run elsewhere at the same time, or has ended');
    }
    const refused = await addContacts(transaction, found.campaignId, importId, batch.contacts);
    const setAside = [...batch.setAside, ...refused];
    await addSetAside(transaction, importId, setAside);
    return moveOn(transaction, importId, batch, setAside);
  });
}

/** Returns those who are nobody to call. */
async function addContacts(
  db: Transaction<Tables>,
  campaignId: string,
  importId: string,
  rows: readonly CheckedRow[],
): Promise<SetAsideRow[]> {
  if (rows.length === 0) return [];
  const given = json(rows.map(({ contact }) => contact));
  const { rows: refused } = await sql<{
    line: string;
    reason: 'do-not-call' | 'duplicate-in-file' | 'duplicate-in-campaign';
    firstLine: string | null;
  }>`
    with given as materialized (
      select * from json_to_recordset(${given}::text::json) as contact(
        line bigint, number text, country text, "timeZones" text[], variables jsonb,
        "consentSource" text, "consentAt" timestamptz, priority smallint, "callAt" timestamptz)
    ), barred as materialized (
      select number from do_not_call where number = any (array(select number from given))
    ), added as (
      insert into contacts (campaign_id, number, country, time_zones, variables, consent_source, consent_at,
        import_id, line, priority, next_attempt_at)
      select ${campaignId}::text, number, country, "timeZones", variables, "consentSource", "consentAt",
        ${importId}::text, line, priority, coalesce("callAt", now())
      from given where number not in (select number from barred)
      order by line
      on conflict on constraint contacts_number do nothing
      returning line
    )
    select given.line, there.line as first_line,
      case
        when given.number in (select number from barred) then 'do-not-call'
        when there.id is not null and there.import_id is distinct from ${importId}::text then 'duplicate-in-campaign'
        else 'duplicate-in-file'
      end as reason
    from given left join contacts there on there.number = given.number and there.campaign_id = ${campaignId}
    where given.line not in (select line from added)
    order by given.line`.execute(db);
  if (refused.length === 0) return [];
  const byLine = new Map(rows.map((row) => [row.contact.line, row]));
  return refused.map(({ line: text, reason, firstLine }) => {
    const line = Number(text);
    return { line, reason, detail: detailOf(reason, firstLine), raw: byLine.get(line)?.raw ?? [] };
  });
}

function detailOf(reason: SetAsideReason, firstLine: string | null): string {
  if (reason === 'do-not-call') return 'the number is on the do-not-call list';
  if (reason === 'duplicate-in-campaign') return 'the campaign has this number already';
  return firstLine === null ? 'the number is in a line before' : `the number is in line ${firstLine} already`;
}

async function addSetAside(
  db: Transaction<Tables>,
  importId: string,
  rows: readonly SetAsideRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into set_aside (import_id, line, reason, detail, raw)
    select ${importId}::text, line, reason, detail, raw
    from json_to_recordset(${json(rows)}::text::json) as aside(line bigint, reason text, detail text, raw jsonb)`.execute(
    db,
  );
}

async function moveOn(
  db: Transaction<Tables>,
  importId: string,
  { line, bytesRead, columns, contacts, setAside }: ImportBatch,
  allSetAside: readonly SetAsideRow[],
): Promise<ContactImport> {
  const read = contacts.length + setAside.length;
  const counts: Partial<Record<SetAsideReason, number>> = {};
  for (const { reason } of allSetAside) counts[reason] = (counts[reason] ?? 0) + 1;
  const { rows } = await sql<ImportRow>`
    update imports set
      done_line = ${line}, bytes_read = ${bytesRead}, columns = ${json(columns)}::text::jsonb, updated_at = now(),
      rows_read = rows_read + ${read}, rows_imported = rows_imported + ${read - allSetAside.length},
      rows_set_aside = rows_set_aside + ${allSetAside.length},
      reasons = reasons || (
        select coalesce(jsonb_object_agg(key, value::bigint + coalesce((reasons ->> key)::bigint, 0)), '{}')
        from jsonb_each_text(${json(counts)}::text::jsonb))
    where id = ${importId}
    returning *`.execute(db);
  return importOf(one(rows));
}

/** See `Campaigns.endImport`. */
export async function endImport(
  db: Kysely<Tables>,
  importId: string,
  { state, error }: { state: 'done' | 'failed'; error?: string },
): Promise<ContactImport> {
  const { rows } = await sql<ImportRow>`
    update imports set state = ${state}, error = ${storable(error ?? null)}, ended_at = now(), updated_at = now(),
      bytes_read = case ${state}::text when 'done' then bytes_total else bytes_read end
    where id = ${importId} and state = 'running' returning *`.execute(db);
  return importOf(one(rows));
}

/** See `Campaigns.findImport`. */
export async function findImport(db: Kysely<Tables>, id: string): Promise<ContactImport | undefined> {
  const { rows } = await sql<ImportRow>`select * from imports where id = ${id}`.execute(db);
  return rows[0] === undefined ? undefined : importOf(rows[0]);
}

/** See `Campaigns.listImports`. */
export async function listImports(db: Kysely<Tables>, campaignId: string): Promise<ContactImport[]> {
  const { rows } = await sql<ImportRow>`
    select * from imports where campaign_id = ${campaignId} order by started_at desc, id`.execute(db);
  return rows.map(importOf);
}

/** See `Campaigns.setAside`. */
export async function setAsideRows(
  db: Kysely<Tables>,
  importId: string,
  { afterLine, limit }: { afterLine: number; limit: number },
): Promise<SetAsideRow[]> {
  const { rows } = await sql<{ line: string; reason: SetAsideReason; detail: string; raw: string[] }>`
    select line, reason, detail, raw from set_aside
    where import_id = ${importId} and line > ${afterLine} order by line limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, line: Number(row.line) }));
}

function importOf(row: ImportRow): ContactImport {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  return importSchema.parse({
    ...Object.fromEntries(present),
    bytesTotal: Number(row.bytesTotal),
    bytesRead: Number(row.bytesRead),
    rowsRead: Number(row.rowsRead),
    rowsImported: Number(row.rowsImported),
    rowsSetAside: Number(row.rowsSetAside),
    startedAt: row.startedAt.toISOString(),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt.toISOString() }),
  });
}

function one<Row>([row]: readonly Row[]): Row {
  if (row === undefined)
    throw new CampaignsError('no-such-import', 'there is no such import that is running');
  return row;
}

/** As JSON that Postgres takes: NUL and lone surrogates, which only escapes of JSON lines can bring, are dropped. */
function json(value: unknown): string {
  const text = JSON.stringify(value);
  return /\\u(0000|d[89a-f])/.test(text) ? JSON.stringify(storable(value)) : text;
}
