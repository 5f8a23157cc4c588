import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** A run that is under way when somebody is forgotten may have read them already. */
export const forgottenMembers: Migration = {
  name: '0013-forgotten-members',
  async up(db) {
    await sql`create table forgotten_members (
      member_id text collate "C" primary key,
      forgotten_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  },
};
