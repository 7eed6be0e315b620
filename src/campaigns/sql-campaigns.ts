/** Campaigns in Postgres or PGlite. */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../records/database.ts';
import { storable } from '../records/storable.ts';
import { importContacts } from './import.ts';
import {
  type AuditEntry,
  type Campaign,
  type Campaigns,
  type ClaimedContact,
  type ClaimRequest,
  type ContactImport,
  campaignSchema,
  type DoNotCall,
  type FileToImport,
  type ImportBatch,
  type NewCampaign,
  type NewImport,
  newCampaignSchema,
  type PageQuery,
  type SetAsideRow,
  type StateChange,
} from './index.ts';
import { audit, auditTrail } from './sql-audit.ts';
import { addDoNotCall, findDoNotCall, listDoNotCall, removeDoNotCall } from './sql-do-not-call.ts';
import { addBatch, endImport, findImport, listImports, openImport, setAsideRows } from './sql-imports.ts';

/**
 * Campaigns in a database whose migrations have run. Whoever opened the database closes it, and aborts `signal` before:
 * it ends imports between two batches.
 */
export function createSqlCampaigns(db: Kysely<Tables>, signal?: AbortSignal): Campaigns {
  return new SqlCampaigns(db, signal);
}

class SqlCampaigns implements Campaigns {
  readonly #db: Kysely<Tables>;

  readonly #signal: AbortSignal | undefined;

  constructor(db: Kysely<Tables>, signal: AbortSignal | undefined) {
    this.#db = db;
    this.#signal = signal;
  }

  async create(wanted: NewCampaign, who: string): Promise<Campaign> {
    const { name, flow, flowVersion, settings, priority } = newCampaignSchema.parse(storable(wanted));
    return this.#db.transaction().execute(async (transaction) => {
      const { rows } = await sql<CampaignRow>`
        insert into campaigns (id, name, state, flow, flow_version, settings, priority, created_at)
        values (${randomUUID()}, ${name}, 'draft', ${flow}, ${flowVersion ?? null},
          ${JSON.stringify(settings)}::text::jsonb, ${priority}, now())
        returning *`.execute(transaction);
      const [campaign] = rows.map(campaignOf);
      if (campaign === undefined) throw new Error('a campaign was added and is not there');
      await audit(transaction, { who, what: 'created', campaignId: campaign.id, after: campaign });
      return campaign;
    });
  }

  async find(id: string): Promise<Campaign | undefined> {
    const { rows } = await sql<CampaignRow>`select * from campaigns where id = ${id}`.execute(this.#db);
    return rows[0] === undefined ? undefined : campaignOf(rows[0]);
  }

  async list({ limit, after }: PageQuery): Promise<Campaign[]> {
    const from =
      after === undefined
        ? sql`true`
        : sql`(created_at, id) > (select created_at, id from campaigns where id = ${after})`;
    const { rows } = await sql<CampaignRow>`
      select * from campaigns where ${from} order by created_at, id limit ${limit}`.execute(this.#db);
    return rows.map(campaignOf);
  }

  async move(id: string, { from, to, reason }: StateChange, who: string): Promise<Campaign | undefined> {
    return this.#db.transaction().execute(async (transaction) => {
      const { rows: before } = await sql<CampaignRow>`
        select * from campaigns where id = ${id} and state = any(${[...from]}::text[]) for update`.execute(
        transaction,
      );
      const [was] = before;
      if (was === undefined) return undefined;
      const { rows } = await sql<CampaignRow>`
        update campaigns set state = ${to}, pause_reason = ${to === 'paused' ? (reason ?? null) : null},
          started_at = case ${to}::text when 'running' then coalesce(started_at, now()) else started_at end,
          ended_at = case ${to}::text when 'done' then now() end
        where id = ${id} returning *`.execute(transaction);
      const after = { state: to, ...(reason === undefined ? {} : { reason }) };
      await audit(transaction, { who, what: to, campaignId: id, before: { state: was.state }, after });
      return rows[0] === undefined ? undefined : campaignOf(rows[0]);
    });
  }

  async progress(id: string): Promise<Record<string, number>> {
    const { rows } = await sql<{ became: string; contacts: string }>`
      select coalesce(outcome, state) as became, count(*) as contacts
      from contacts where campaign_id = ${id} group by 1 order by 1`.execute(this.#db);
    return Object.fromEntries(rows.map(({ became, contacts }) => [became, Number(contacts)]));
  }

  auditTrail(campaignId: string): Promise<AuditEntry[]> {
    return auditTrail(this.#db, campaignId);
  }

  importFile(request: FileToImport): Promise<ContactImport | undefined> {
    return importContacts(this, { ...request, signal: this.#signal });
  }

  openImport(wanted: NewImport): Promise<{ import: ContactImport; doneLine: number } | undefined> {
    return openImport(this.#db, wanted);
  }

  addBatch(importId: string, batch: ImportBatch): Promise<ContactImport> {
    return addBatch(this.#db, importId, batch);
  }

  endImport(importId: string, end: { state: 'done' | 'failed'; error?: string }): Promise<ContactImport> {
    return endImport(this.#db, importId, end);
  }

  findImport(id: string): Promise<ContactImport | undefined> {
    return findImport(this.#db, id);
  }

  listImports(campaignId: string): Promise<ContactImport[]> {
    return listImports(this.#db, campaignId);
  }

  setAside(importId: string, query: { afterLine: number; limit: number }): Promise<SetAsideRow[]> {
    return setAsideRows(this.#db, importId, query);
  }

  /** One look into the index for each priority: those whose time has not come are never read. */
  async claimDue({ campaignId, owner, limit, now, leaseMs }: ClaimRequest): Promise<ClaimedContact[]> {
    const until = new Date(now.getTime() + leaseMs);
    const { rows } = await sql<ClaimedContact & { country: string | null }>`
      with due as materialized (
        select contact.id from generate_series(9, 0, -1) as level, lateral (
          select id from contacts
          where campaign_id = ${campaignId} and state = 'waiting' and priority = level
            and next_attempt_at <= ${now}
            and not exists (select from do_not_call where do_not_call.number = contacts.number)
          order by next_attempt_at, id
          limit ${limit}
          for update of contacts skip locked
        ) as contact
        limit ${limit}
      )
      update contacts set state = 'calling', claimed_by = ${owner}, claimed_until = ${until}
      where id = any (array(select id from due))
      returning id, number, country, time_zones, variables, attempts`.execute(this.#db);
    return rows.map((row) => ({ ...row, country: row.country ?? undefined }));
  }

  addDoNotCall(entries: readonly DoNotCall[], who: string): Promise<number> {
    return addDoNotCall(this.#db, entries, who);
  }

  removeDoNotCall(number: string, who: string): Promise<boolean> {
    return removeDoNotCall(this.#db, number, who);
  }

  findDoNotCall(number: string): Promise<DoNotCall | undefined> {
    return findDoNotCall(this.#db, number);
  }

  listDoNotCall(query: PageQuery): Promise<DoNotCall[]> {
    return listDoNotCall(this.#db, query);
  }
}

interface CampaignRow {
  state: string;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

function campaignOf(row: CampaignRow): Campaign {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  const times = present.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]);
  return campaignSchema.parse(Object.fromEntries(times));
}
