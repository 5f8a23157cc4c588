import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** Every run asks how many contacts PureCloud has refused, in a ledger of a million. */
export const refusedContacts: Migration = {
  name: '0012-refused-contacts',
  async up(db) {
    await sql`create index sync_contacts_refused on sync_contacts (sync) where phase = 'refused'`.execute(db);
  },
};
