import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const audit: Migration = {
  name: '0010-audit',
  async up(db) {
    await sql`create table audit_entries (
      seq bigint primary key,
      at timestamptz not null,
      caller text,
      action text not null,
      connection text,
      summary text,
      correlation_id text,
      hash text not null
    )`.execute(db);
  },
};
