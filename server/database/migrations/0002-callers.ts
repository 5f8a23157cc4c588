import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const callers: Migration = {
  name: '0002-callers',
  async up(db) {
    await sql`create sequence caller_version`.execute(db);
    await sql`create table callers (
      name text primary key,
      settings jsonb not null,
      version bigint not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
    await sql`create table caller_keys (
      key_sha256 text primary key,
      caller text not null references callers (name) on delete cascade,
      created_at timestamptz not null default now(),
      expires_at timestamptz
    )`.execute(db);
    await sql`create index caller_keys_caller on caller_keys (caller)`.execute(db);
  },
};
