/** The audit trail: who did what to which campaign. Written in the transaction of what it tells. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../records/database.ts';
import { storable } from '../records/storable.ts';
import { type AuditEntry, auditEntrySchema } from './index.ts';

/** `before` and `after` must be JSON. */
export async function audit(db: Kysely<Tables>, entry: Omit<AuditEntry, 'at'>): Promise<void> {
  const text = (value: unknown): string | null =>
    value === undefined ? null : JSON.stringify(storable(value));
  await sql`
    insert into audit_trail (at, who, what, campaign_id, before, after)
    values (now(), ${storable(entry.who)}, ${entry.what}, ${entry.campaignId ?? null},
      ${text(entry.before)}::text::jsonb, ${text(entry.after)}::text::jsonb)`.execute(db);
}

/** Of one campaign, oldest first. */
export async function auditTrail(db: Kysely<Tables>, campaignId: string): Promise<AuditEntry[]> {
  const { rows } = await sql<{ at: Date }>`
    select at, who, what, campaign_id, before, after from audit_trail
    where campaign_id = ${campaignId} order by id`.execute(db);
  return rows.map((row) => {
    const present = Object.entries(row).filter(([, value]) => value !== null);
    return auditEntrySchema.parse({ ...Object.fromEntries(present), at: row.at.toISOString() });
  });
}
