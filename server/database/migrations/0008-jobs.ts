import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** A run that failed waits in its row for its next try; what was said of a sync is said once, by whichever instance comes first. */
export const jobs: Migration = {
  name: '0008-jobs',
  async up(db) {
    await sql`alter table runs
      add column retries integer not null default 0,
      add column retry_at timestamptz,
      add column retried_from jsonb`.execute(db);
    await sql`create table sync_notices (
      sync text primary key references syncs (name) on delete cascade,
      state text not null,
      unsent jsonb,
      noticed_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  },
};
