import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const tokens: Migration = {
  name: '0004-tokens',
  async up(db) {
    // No reference to connections: number and epoch outlive a connection that is removed and made again.
    await sql`create table connection_tokens (
      connection text primary key,
      generation bigint not null default 0,
      generation_floor bigint not null default 0,
      epoch bigint not null default 0,
      credential_version bigint,
      secrets jsonb not null default '{}',
      token jsonb,
      issued_at timestamptz,
      expires_at timestamptz,
      is_rejected boolean not null default false,
      rejections_in_a_row integer not null default 0,
      grant_not_before timestamptz,
      failure jsonb,
      retry_at timestamptz,
      lock_owner text,
      lock_granted_at timestamptz,
      lock_expires_at timestamptz
    )`.execute(db);
    await sql`create table login_attempts (
      login_key text primary key,
      attempted_at double precision[] not null default '{}',
      updated_at timestamptz not null default now()
    )`.execute(db);
  },
};
