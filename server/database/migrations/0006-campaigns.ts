import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** Ids are compared byte by byte ("C"), in the order that Salesforce lists them and the run walks them. */
export const campaigns: Migration = {
  name: '0006-campaigns',
  async up(db) {
    await sql`create sequence sync_version`.execute(db);
    await sql`create table syncs (
      name text primary key,
      settings jsonb not null,
      secrets jsonb not null,
      version bigint not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
    await sql`create table sync_state (
      sync text primary key references syncs (name) on delete cascade,
      member_watermark timestamptz,
      deleted_watermark timestamptz,
      results_watermark timestamptz,
      contact_list_id text,
      column_fingerprint text,
      mapping_fingerprint text,
      last_full_at timestamptz
    )`.execute(db);
    await sql`create table sync_contacts (
      sync text not null,
      member_id text collate "C" not null,
      phase text not null,
      hash text,
      listed boolean not null default false,
      blocked boolean not null default false,
      sent_at timestamptz,
      result_hash text,
      attempt_at timestamptz,
      primary key (sync, member_id)
    ) with (fillfactor = 85)`.execute(db);
    await sql`create index sync_contacts_unsettled on sync_contacts (sync, member_id)
      where phase in ('sending', 'failed', 'removing')`.execute(db);
    await sql`create table runs (
      id uuid primary key,
      sync text not null references syncs (name) on delete cascade,
      status text not null,
      phase text not null,
      wanted text not null default 'go',
      dry_run boolean not null,
      counts jsonb not null default '{}',
      unmapped jsonb not null default '{}',
      members_total bigint,
      checkpoint jsonb,
      plan_of uuid,
      retry_of uuid,
      started_by text not null,
      created_at timestamptz not null default clock_timestamp(),
      started_at timestamptz,
      finished_at timestamptz,
      failure jsonb,
      row_count bigint not null default 0,
      lease_owner text,
      lease_until timestamptz,
      version bigint not null default 1
    )`.execute(db);
    // One run of a sync at a time, whoever starts them and wherever.
    await sql`create unique index runs_open on runs (sync) where finished_at is null`.execute(db);
    await sql`create index runs_of_sync on runs (sync, created_at desc, id desc)`.execute(db);
    await sql`create table run_rows (
      run uuid not null references runs (id) on delete cascade,
      seq bigint not null,
      member_id text collate "C" not null,
      outcome text not null,
      reason_code text not null,
      field text,
      detail jsonb not null,
      original jsonb not null,
      created_at timestamptz not null default now(),
      primary key (run, seq)
    )`.execute(db);
    await sql`create index run_rows_outcome on run_rows (run, outcome, seq)`.execute(db);
    await sql`create index run_rows_member on run_rows (run, outcome, member_id)`.execute(db);
    await sql`create index run_rows_age on run_rows (created_at)`.execute(db);
  },
};
