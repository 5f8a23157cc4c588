/** Takes one person out of what runs have kept: rows with original values, and the ledger where nothing depends on it any more. */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { PersonKeys } from './person.ts';
import { eraseEventsOf } from './results-inbox/results-inbox.ts';

// A number stands alone in its field; in a longer text, digits that end alike are a coincidence.
const PHONE_TEXT_LENGTH_MAX = 40;

export interface Forgotten {
  rowsErased: number;
  /** Results of calls that webhooks brought and that were not written yet. */
  resultsErased: number;
  ledgerErased: number;
  /** Members whose contact PureCloud may still hold: it goes with the next run once Salesforce no longer has the member. */
  stillListed: { sync: string; memberId: string }[];
}

/** All or nothing. Reads every row of the last 30 days: the values are not indexed, on purpose. */
export async function forgetPerson(
  { db }: Database,
  { ids, emails, phoneEndings }: PersonKeys,
): Promise<Forgotten> {
  return await db.transaction().execute(async (trx) => {
    const erased = await sql<{ sync: string; member_id: string }>`
      with found as (
        select distinct member_id from run_rows
        where member_id = any(${ids}::text[])
          or exists (
            select 1 from jsonb_each_text(original) as held (field, value)
            where value = any(${ids}::text[])
              or lower(trim(value)) = any(${emails}::text[])
              or (length(value) <= ${PHONE_TEXT_LENGTH_MAX} and exists (
                select 1 from unnest(${phoneEndings}::text[]) as wanted (ending)
                where right(regexp_replace(value, '\\D', '', 'g'), length(ending)) = ending)))
      )
      delete from run_rows using runs, found
      where runs.id = run_rows.run and run_rows.member_id = found.member_id
      returning runs.sync, run_rows.member_id`.execute(trx);
    const members = [...new Set([...ids, ...erased.rows.map(({ member_id }) => member_id)])];
    const ledger = await sql`
      delete from sync_contacts
      where member_id = any(${members}::text[]) and phase = 'removed' and not blocked and not listed returning 1`.execute(
      trx,
    );
    const resultsErased = await eraseEventsOf(trx, members);
    const left = await sql<{ sync: string; member_id: string }>`
      select sync, member_id from sync_contacts where member_id = any(${members}::text[]) order by 1, 2`.execute(
      trx,
    );
    return {
      rowsErased: erased.rows.length,
      resultsErased,
      ledgerErased: ledger.rows.length,
      stillListed: left.rows.map(({ sync, member_id }) => ({ sync, memberId: member_id })),
    };
  });
}
