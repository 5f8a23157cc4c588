/** Members of people who are forgotten: remembered until no run can bring anything of them any more and no list can hold their contact. */
import { sql, type RawBuilder } from 'kysely';
import type { Queries } from './ledger.ts';
import { eraseEventsOf } from './results-inbox/results-inbox.ts';
import { eraseForgottenRows } from './run-rows.ts';

async function namesOfSyncs(db: Queries): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from syncs`.execute(db);
  return rows.map(({ name }) => name);
}

/** From now on no run that has begun keeps rows of them. */
export async function rememberForgotten(db: Queries, memberIds: readonly string[]): Promise<void> {
  if (memberIds.length === 0) return;
  await sql`
    insert into forgotten_members (member_id) select id from unnest(${[...memberIds]}::text[]) as given (id)
    on conflict (member_id) do update set forgotten_at = excluded.forgotten_at`.execute(db);
  // A step of a run that began before holds its run until it is over: what it writes can be seen, and erased, after this.
  await sql`select from runs where finished_at is null order by id for key share`.execute(db);
}

/** By name of the sync too, as the ledger is indexed. */
async function entriesOf(db: Queries, memberIds: readonly string[]): Promise<RawBuilder<unknown>> {
  return sql`sync = any(${await namesOfSyncs(db)}::text[]) and member_id = any(${[...memberIds]}::text[])`;
}

const IS_SETTLED = sql`phase = 'removed' and not blocked and not listed`;

/** @returns how many. */
async function eraseSettledEntries(db: Queries, memberIds: readonly string[]): Promise<number> {
  const { rows } = await sql`
    delete from sync_contacts where ${await entriesOf(db, memberIds)} and ${IS_SETTLED} returning 1`.execute(
    db,
  );
  return rows.length;
}

export interface Erased {
  rowsErased: number;
  /** Results of calls that webhooks brought and that were not written yet. */
  resultsErased: number;
  ledgerErased: number;
}

/** All but what is needed to take a contact off its list. */
export async function eraseMembers(db: Queries, memberIds: readonly string[]): Promise<Erased> {
  return {
    rowsErased: await eraseForgottenRows(db, memberIds),
    resultsErased: await eraseEventsOf(db, memberIds),
    ledgerErased: await eraseSettledEntries(db, memberIds),
  };
}

/** Those whose contact PureCloud may still hold. */
export async function listLeft(
  db: Queries,
  memberIds: readonly string[],
): Promise<{ sync: string; memberId: string }[]> {
  const { rows } = await sql<{ sync: string; member_id: string }>`
    select sync, member_id from sync_contacts where ${await entriesOf(db, memberIds)} order by 1, 2`.execute(
    db,
  );
  return rows.map(({ sync, member_id }) => ({ sync, memberId: member_id }));
}

/** The list holds the contact no more: what later runs told of it goes as well. */
async function forgetSettled(db: Queries, memberIds: readonly string[]): Promise<void> {
  const { rows } = await sql<{ member_id: string }>`
    select distinct member_id from sync_contacts where ${await entriesOf(db, memberIds)} and ${IS_SETTLED}`.execute(
    db,
  );
  await rememberForgotten(
    db,
    rows.map(({ member_id }) => member_id),
  );
}

/** Erases what had to wait until a contact was gone, and what a call that was cut off has left. Once a day is enough. */
export async function settleForgotten(db: Queries): Promise<void> {
  const { rows } = await sql<{ member_id: string }>`select member_id from forgotten_members`.execute(db);
  if (rows.length === 0) return;
  const memberIds = rows.map(({ member_id }) => member_id);
  await forgetSettled(db, memberIds);
  await eraseMembers(db, memberIds);
  const left = (await listLeft(db, memberIds)).map(({ memberId }) => memberId);
  await sql`
    delete from forgotten_members
    where member_id = any(${memberIds}::text[]) and member_id <> all(${left}::text[])
      and not exists (
        select from runs where finished_at is null and created_at <= forgotten_members.forgotten_at)`.execute(
    db,
  );
}
