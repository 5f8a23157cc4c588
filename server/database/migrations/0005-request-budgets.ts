import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

export const requestBudgets: Migration = {
  name: '0005-request-budgets',
  async up(db) {
    await sql`create table request_budgets (
      connection text primary key,
      permits jsonb not null
    )`.execute(db);
    await sql`create table connection_uses (
      connection text not null,
      day date not null,
      uses bigint not null,
      last_used_at timestamptz not null,
      primary key (connection, day)
    )`.execute(db);
  },
};
