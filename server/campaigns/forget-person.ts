/** Takes one person out of what runs have kept: rows with original values, and the ledger where nothing depends on it any more. */
import type { Database } from '../database/database.ts';
import { eraseMembers, listLeft, rememberForgotten, type Erased } from './forgotten-members.ts';
import type { Queries } from './ledger.ts';
import { isOfPerson, type PersonKeys } from './person.ts';
import { pagesOfAllRows } from './run-rows.ts';

export interface Forgotten extends Erased {
  /** Members whose contact PureCloud may still hold: it goes with the next run once Salesforce no longer has the member. */
  stillListed: { sync: string; memberId: string }[];
}

/** Reads every row of the last 30 days: the values are not indexed, on purpose. */
async function findMembers(db: Queries, keys: PersonKeys): Promise<string[]> {
  const found = new Set(keys.members);
  for await (const rows of pagesOfAllRows(db)) {
    for (const { memberId, original } of rows) if (isOfPerson(keys, original)) found.add(memberId);
  }
  return [...found];
}

/** One that is cut off is safe to repeat. */
export async function forgetPerson({ db }: Pick<Database, 'db'>, keys: PersonKeys): Promise<Forgotten> {
  const members = await findMembers(db, keys);
  await rememberForgotten(db, members);
  return { ...(await eraseMembers(db, members)), stillListed: await listLeft(db, members) };
}
