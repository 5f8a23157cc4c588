/** Takes one person out of what runs have kept: rows with original values, and the ledger where nothing depends on it any more. */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Queries } from './ledger.ts';
import { isOfPerson, type PersonKeys } from './person.ts';
import { eraseEventsOf } from './results-inbox/results-inbox.ts';
import { eraseRowsOf, pagesOfAllRows } from './run-rows.ts';

export interface Forgotten {
  rowsErased: number;
  /** Results of calls that webhooks brought and that were not written yet. */
  resultsErased: number;
  ledgerErased: number;
  /** Members whose contact PureCloud may still hold: it goes with the next run once Salesforce no longer has the member. */
  stillListed: { sync: string; memberId: string }[];
}

/** Reads every row of the last 30 days: the values are not indexed, on purpose. */
async function findMembers(db: Queries, keys: PersonKeys): Promise<string[]> {
  const found = new Set(keys.ids);
  for await (const rows of pagesOfAllRows(db)) {
    for (const { memberId, original } of rows) if (isOfPerson(keys, original)) found.add(memberId);
  }
  return [...found];
}

/** One that is cut off is safe to repeat. */
export async function forgetPerson({ db }: Pick<Database, 'db'>, keys: PersonKeys): Promise<Forgotten> {
  const members = await findMembers(db, keys);
  const rowsErased = await eraseRowsOf(db, members);
  const { rows: erased } = await sql`
    delete from sync_contacts
    where member_id = any(${members}::text[]) and phase = 'removed' and not blocked and not listed returning 1`.execute(
    db,
  );
  const resultsErased = await eraseEventsOf(db, members);
  const { rows: left } = await sql<{ sync: string; member_id: string }>`
    select sync, member_id from sync_contacts where member_id = any(${members}::text[]) order by 1, 2`.execute(
    db,
  );
  return {
    rowsErased,
    resultsErased,
    ledgerErased: erased.length,
    stillListed: left.map(({ sync, member_id }) => ({ sync, memberId: member_id })),
  };
}
