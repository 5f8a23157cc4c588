/** Takes one person out of what runs have kept: rows with original values, and the ledger where nothing depends on it any more. */
import type { Database } from '../database/database.ts';
import { eraseMembers, listLeft, rememberForgotten, type Erased } from './forgotten-members.ts';
import type { Queries } from './ledger.ts';
import { isOfPerson, type PersonKeys } from './person.ts';
import { pagesOfAllRows } from './run-rows.ts';

const NAME_THE_MEMBERS =
  'A contact that was sent without trouble is known by the id of its member alone. Look up the campaign members of the person in Salesforce, before they are erased there, and forget each by its memberId alone.';

export interface Forgotten extends Erased {
  /** Members whose contact PureCloud may still hold: it goes with the next run once Salesforce no longer has the member. */
  stillListed: { sync: string; memberId: string }[];
  /** Whether `stillListed` names every contact of whoever was asked for. */
  isComplete: boolean;
  /** What to do where it may not. */
  remedy?: string;
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
  return {
    ...(await eraseMembers(db, members)),
    stillListed: await listLeft(db, members),
    isComplete: keys.isByMember,
    ...(keys.isByMember ? {} : { remedy: NAME_THE_MEMBERS }),
  };
}
