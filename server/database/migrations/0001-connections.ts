import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const connections: Migration = {
  name: '0001-connections',
  async up(db) {
    await sql`create sequence connection_version`.execute(db);
    await sql`create table connections (
      name text primary key,
      settings jsonb not null,
      secrets jsonb not null,
      version bigint not null,
      credential_version bigint not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  },
};
