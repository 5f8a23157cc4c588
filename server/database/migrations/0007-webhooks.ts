import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** Answers kept for a repeated POST, results that webhooks brought, and whose turn it is to write results of a sync. */
export const webhooks: Migration = {
  name: '0007-webhooks',
  async up(db) {
    await sql`create table idempotency_keys (
      caller text not null,
      key text collate "C" not null,
      fingerprint text not null,
      owner uuid not null,
      held_until timestamptz not null,
      status integer,
      location text,
      answer text,
      sealed boolean not null default false,
      created_at timestamptz not null default clock_timestamp(),
      primary key (caller, key)
    )`.execute(db);
    await sql`create index idempotency_keys_age on idempotency_keys (created_at)`.execute(db);
    await sql`create table result_events (
      sync text not null references syncs (name) on delete cascade,
      event_id text collate "C" not null,
      seq bigint generated always as identity,
      contact_id text collate "C",
      result text not null,
      attempt_at timestamptz not null,
      received_at timestamptz not null default clock_timestamp(),
      tries integer not null default 0,
      outcome text,
      reason_code text,
      settled_at timestamptz,
      primary key (sync, event_id)
    )`.execute(db);
    await sql`create index result_events_open on result_events (sync, seq) where settled_at is null`.execute(
      db,
    );
    await sql`create index result_events_age on result_events (received_at)`.execute(db);
    await sql`create table result_turns (
      sync text primary key,
      owner uuid not null,
      held_until timestamptz not null
    )`.execute(db);
  },
};
