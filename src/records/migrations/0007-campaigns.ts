import { type Kysely, sql } from 'kysely';

/**
 * Campaigns, whom they call, and whom nobody calls. `contacts` is the queue of the dialer: `contacts_due` holds those
 * that wait for a call and nothing else, so what is done costs a claim nothing. A contact has one open attempt at most:
 * `attempts_open` refuses a second, whatever goes wrong above it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createCampaigns(db);
  await createImports(db);
  await createContacts(db);
  await createAttempts(db);
  await createLists(db);
}

async function createCampaigns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table campaigns (
      id text primary key,
      name text not null,
      state text not null check (state in ('draft', 'running', 'paused', 'done')),
      pause_reason text,
      flow text not null,
      flow_version text,
      settings jsonb not null,
      priority smallint not null default 0 check (priority between 0 and 9),
      created_at timestamptz not null,
      started_at timestamptz,
      ended_at timestamptz
    )`.execute(db);
  await sql`create index campaigns_created on campaigns (created_at, id)`.execute(db);
}

/** `done_line`: all up to this line of the file is in `contacts` or in `set_aside`, and none after it. */
async function createImports(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table imports (
      id text primary key,
      campaign_id text not null references campaigns on delete cascade,
      file_name text not null,
      content_hash text not null,
      options jsonb not null,
      key text not null,
      columns jsonb not null default '[]',
      state text not null check (state in ('running', 'done', 'failed')),
      error text,
      bytes_total bigint not null,
      bytes_read bigint not null default 0,
      done_line bigint not null default 0,
      rows_read bigint not null default 0,
      rows_imported bigint not null default 0,
      rows_set_aside bigint not null default 0,
      reasons jsonb not null default '{}',
      started_at timestamptz not null,
      updated_at timestamptz not null,
      ended_at timestamptz,
      unique (campaign_id, key)
    )`.execute(db);
  await sql`
    create table set_aside (
      import_id text not null references imports on delete cascade,
      line bigint not null,
      reason text not null,
      detail text not null,
      raw jsonb not null,
      primary key (import_id, line)
    )`.execute(db);
}

/** `next_attempt_at` comes after `priority` in the index: within one priority the earliest due is first. */
async function createContacts(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table contacts (
      id bigint generated always as identity primary key,
      campaign_id text not null,
      number text not null,
      country text,
      time_zones text[] not null,
      variables jsonb not null,
      consent_source text,
      consent_at timestamptz,
      import_id text,
      line bigint,
      state text not null default 'waiting' check (state in ('waiting', 'calling', 'done', 'do-not-call')),
      next_attempt_at timestamptz,
      priority smallint not null default 0 check (priority between 0 and 9),
      attempts integer not null default 0,
      outcome text,
      claimed_by text,
      claimed_until timestamptz,
      constraint contacts_number unique (number, campaign_id)
    )`.execute(db);
  await sql`
    create index contacts_due on contacts (campaign_id, priority, next_attempt_at, id)
    where state = 'waiting'`.execute(db);
  await sql`
    create index contacts_calling on contacts (campaign_id, claimed_until) where state = 'calling'`.execute(
    db,
  );
}

/** `id` travels in the URLs that the carrier calls back. */
async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table attempts (
      id uuid primary key,
      contact_id bigint not null references contacts on delete cascade,
      campaign_id text not null references campaigns on delete cascade,
      number_from text not null,
      number_to text not null,
      call_sid text unique,
      state text not null,
      outcome text,
      requested_at timestamptz not null,
      ended_at timestamptz
    )`.execute(db);
  await sql`create unique index attempts_open on attempts (contact_id) where ended_at is null`.execute(db);
  await sql`create index attempts_contact on attempts (contact_id, requested_at)`.execute(db);
  await sql`create index attempts_campaign on attempts (campaign_id, requested_at)`.execute(db);
}

async function createLists(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table do_not_call (
      number text primary key,
      source text not null,
      reason text,
      call_id text,
      at timestamptz not null
    )`.execute(db);
  await sql`
    create table audit_trail (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      who text not null,
      what text not null,
      campaign_id text,
      before jsonb,
      after jsonb
    )`.execute(db);
  await sql`create index audit_trail_campaign on audit_trail (campaign_id, id)`.execute(db);
}
