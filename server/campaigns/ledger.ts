/** The queries of the ledger: what PureCloud was told of each contact. A page of ids is one statement, never a statement a row. */
import { sql, type Kysely } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { UNSETTLED_PHASES, type LedgerEntry, type LedgerPhase } from './ledger-entry.ts';
import type { ConfirmedUpdate, LedgerPage } from './ports.ts';

export type Queries = Kysely<Tables>;

// Large enough to be quick, small enough to stay far below the statement timeout and to let others in between.
const START_OVER_ROWS = 50_000;

interface EntryRow {
  member_id: string;
  phase: LedgerPhase;
  hash: string | null;
  listed: boolean;
  blocked: boolean;
  result_hash: string | null;
  attempt_at: Date | null;
}

function toEntry(row: EntryRow): LedgerEntry {
  return {
    memberId: row.member_id,
    phase: row.phase,
    listed: row.listed,
    blocked: row.blocked,
    ...(row.hash === null ? {} : { hash: row.hash }),
    ...(row.result_hash === null ? {} : { resultHash: row.result_hash }),
    ...(row.attempt_at === null ? {} : { attemptAtMs: row.attempt_at.getTime() }),
  };
}

export async function readEntries(
  db: Queries,
  sync: string,
  ids: readonly string[],
): Promise<Map<string, LedgerEntry>> {
  const { rows } = await sql<EntryRow>`
    select member_id, phase, hash, listed, blocked, result_hash, attempt_at
    from sync_contacts where sync = ${sync} and member_id = any(${ids}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.member_id, toEntry(row)]));
}

export interface IdPage {
  after?: string;
  limit: number;
}

/** One more than asked for tells whether more follow. */
function toPage(rows: readonly { member_id: string }[], limit: number): LedgerPage {
  return { ids: rows.slice(0, limit).map(({ member_id }) => member_id), more: rows.length > limit };
}

/** The partial index serves the unsettled: its condition is written out, as the planner needs it. */
export async function listEntries(
  db: Queries,
  sync: string,
  which: 'listed' | 'unsettled',
  { after = '', limit }: IdPage,
): Promise<LedgerPage> {
  const phases = sql.join(UNSETTLED_PHASES.map((phase) => sql.lit(phase)));
  const condition =
    which === 'listed' ? sql`(phase <> 'removed' or blocked or listed)` : sql`phase in (${phases})`;
  const { rows } = await sql<{ member_id: string }>`
    select member_id from sync_contacts
    where sync = ${sync} and member_id > ${after} and ${condition}
    order by member_id limit ${limit + 1}`.execute(db);
  return toPage(rows, limit);
}

/** Contacts that the list may hold as ones to call: neither those that were taken off, nor those that it never took. */
export async function countListed(db: Queries, sync: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from sync_contacts
    where sync = ${sync} and phase <> 'removed' and (phase <> 'refused' or listed)`.execute(db);
  return rows[0]!.count;
}

/** Contacts whose newest state PureCloud has refused. The partial index serves them. */
export async function countRefused(db: Queries, sync: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from sync_contacts where sync = ${sync} and phase = 'refused'`.execute(db);
  return rows[0]!.count;
}

/** What is known beside the phase stays: of a contact that is sent again, PureCloud still holds what it confirmed. */
export async function setPhase(
  db: Queries,
  sync: string,
  phase: LedgerPhase,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into sync_contacts (sync, member_id, phase)
    select ${sync}, id, ${phase} from unnest(${ids}::text[]) as given (id)
    on conflict (sync, member_id) do update set phase = excluded.phase`.execute(db);
}

export async function settleSent(
  db: Queries,
  sync: string,
  sent: readonly { memberId: string; hash: string }[],
): Promise<void> {
  if (sent.length === 0) return;
  const [ids, hashes] = [sent.map(({ memberId }) => memberId), sent.map(({ hash }) => hash)];
  await sql`
    insert into sync_contacts (sync, member_id, phase, hash, listed, blocked, sent_at)
    select ${sync}, id, 'sent', hash, true, false, clock_timestamp()
    from unnest(${ids}::text[], ${hashes}::text[]) as given (id, hash)
    on conflict (sync, member_id) do update set
      phase = excluded.phase, hash = excluded.hash, listed = true, blocked = false, sent_at = excluded.sent_at`.execute(
    db,
  );
}

/** Before PureCloud is told, so that after a crash it is known who made them uncallable. */
export async function setBlocked(db: Queries, sync: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into sync_contacts (sync, member_id, phase, listed, blocked)
    select ${sync}, id, 'removing', true, true from unnest(${ids}::text[]) as given (id)
    on conflict (sync, member_id) do update set blocked = true`.execute(db);
}

/** What they were sent with is under another mapping, and no longer to be compared with. */
export async function forgetHashes(db: Queries, sync: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update sync_contacts set hash = null where sync = ${sync} and member_id = any(${ids}::text[])`.execute(
    db,
  );
}

/** @param how `blocked`: they are on the list still, and uncallable by the sync; `listed`: uncallable by somebody else. */
export async function settleRemoved(
  db: Queries,
  sync: string,
  ids: readonly string[],
  { listed, blocked }: { listed: boolean; blocked: boolean },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update sync_contacts set phase = 'removed', hash = null, listed = ${listed}::boolean, blocked = ${blocked}::boolean
    where sync = ${sync} and member_id = any(${ids}::text[])`.execute(db);
}

/**
 * Never back in time: a result that came in by another way meanwhile may be newer. A provisional one is noted, so that it is not written
 * again, and leaves the time of the last one: an event tells when its call ended, and the contact when the same call began.
 */
export async function noteResults(
  db: Queries,
  sync: string,
  updated: readonly ConfirmedUpdate[],
): Promise<void> {
  if (updated.length === 0) return;
  const ids = updated.map(({ memberId }) => memberId);
  const hashes = updated.map(({ resultHash }) => resultHash);
  const instants = updated.map(({ attemptAtMs }) => new Date(attemptAtMs).toISOString());
  const provisional = updated.map(({ isProvisional = false }) => isProvisional);
  await sql`
    update sync_contacts set result_hash = given.hash,
      attempt_at = case when given.provisional then attempt_at else given.at end
    from unnest(${ids}::text[], ${hashes}::text[], ${instants}::timestamptz[], ${provisional}::boolean[])
      as given (id, hash, at, provisional)
    where sync = ${sync} and member_id = given.id
      and (attempt_at is null or attempt_at <= given.at)`.execute(db);
}

/** Results stay known: Salesforce has them, whatever list the contact is on. @returns whether more is left to do. */
export async function startOverSome(db: Queries, sync: string): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    with next as (
      select member_id from sync_contacts
      where sync = ${sync} and (phase <> 'removed' or listed or blocked) limit ${START_OVER_ROWS}
    ), changed as (
      update sync_contacts set phase = 'removed', hash = null, listed = false, blocked = false
      from next where sync_contacts.sync = ${sync} and sync_contacts.member_id = next.member_id
      returning 1
    )
    select count(*)::int as count from changed`.execute(db);
  return rows[0]!.count === START_OVER_ROWS;
}
