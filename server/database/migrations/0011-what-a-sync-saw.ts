import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** Which list was meant, and which fields of consent could be read: what changes of both shows only beside what was there before. */
export const whatASyncSaw: Migration = {
  name: '0011-what-a-sync-saw',
  async up(db) {
    await sql`alter table sync_state add column list_fingerprint text, add column consent_fields text`.execute(
      db,
    );
  },
};
