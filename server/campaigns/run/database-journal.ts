/** The journal of one run in the database. Each write begins by looking whether the run is still this process's own. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../database/database.ts';
import { toStoredJson } from '../../database/stored-json.ts';
import type { Tables } from '../../database/tables.ts';
import { addCounts, NO_COUNTS, readCounts } from '../counts.ts';
import {
  countListed,
  forgetHashes,
  listEntries,
  noteResults,
  readEntries,
  setBlocked,
  setPhase,
  settleRemoved,
  settleSent,
  startOverSome,
} from '../ledger.ts';
import { inResultTurn } from '../result-turns.ts';
import { LeaseLost, type Control, type RunJournal, type Step } from '../ports.ts';
import { appendRows, listFailedMembers } from '../run-rows.ts';
import type { RunLease } from '../run-store.ts';
import { writeProgress } from '../sync-state.ts';

// More different results than this are a list that no one reads.
const UNMAPPED_MAX = 200;

type Trx = Transaction<Tables>;

interface HeldRun {
  counts: unknown;
  unmapped: Record<string, number>;
  row_count: number;
}

async function lockRun(trx: Trx, { run, owner }: RunLease): Promise<HeldRun> {
  const { rows } = await sql<HeldRun>`
    select counts, unmapped, row_count from runs
    where id = ${run}::uuid and lease_owner = ${owner} and finished_at is null for update`.execute(trx);
  if (rows[0] === undefined) throw new LeaseLost();
  return rows[0];
}

function addUnmapped(before: Record<string, number>, more: Step['unmapped']): Record<string, number> {
  const all = new Map(Object.entries(before));
  for (const [result, count] of more ?? []) {
    if (all.has(result) || all.size < UNMAPPED_MAX) all.set(result, (all.get(result) ?? 0) + count);
  }
  return Object.fromEntries(all);
}

async function writeLedger(trx: Trx, sync: string, step: Step): Promise<void> {
  await settleSent(trx, sync, step.sent ?? []);
  await setPhase(trx, sync, 'failed', step.failed ?? []);
  await setPhase(trx, sync, 'refused', step.refused ?? []);
  await settleRemoved(trx, sync, step.removed ?? [], { listed: false, blocked: false });
  await settleRemoved(trx, sync, step.blocked ?? [], { listed: false, blocked: true });
  await settleRemoved(trx, sync, step.left ?? [], { listed: true, blocked: false });
  await forgetHashes(trx, sync, step.kept ?? []);
  await noteResults(trx, sync, step.updated ?? []);
}

async function writeRun(trx: Trx, { run }: RunLease, held: HeldRun, step: Step): Promise<void> {
  const { checkpoint, rows = [], membersTotal, resetCounts = false } = step;
  const counts = addCounts(resetCounts ? NO_COUNTS : readCounts(held.counts), step.counts ?? {});
  await appendRows(trx, run, held.row_count, rows);
  await sql`
    update runs set phase = ${checkpoint.phase}, checkpoint = ${JSON.stringify(checkpoint)}::jsonb,
      counts = ${JSON.stringify(counts)}::jsonb, row_count = row_count + ${rows.length}::bigint,
      unmapped = ${toStoredJson(addUnmapped(held.unmapped, step.unmapped))}::jsonb,
      members_total = coalesce(${membersTotal ?? null}::bigint, members_total)
    where id = ${run}::uuid`.execute(trx);
}

/**
 * @param sync Name of the sync whose ledger and progress the run writes.
 * @param over Nobody waits for a turn any more.
 */
export function createRunJournal(
  { db }: Database,
  sync: string,
  lease: RunLease,
  over?: AbortSignal,
): RunJournal {
  async function inTransaction<Result>(work: (trx: Trx, held: HeldRun) => Promise<Result>): Promise<Result> {
    return await db.transaction().execute(async (trx) => await work(trx, await lockRun(trx, lease)));
  }

  return {
    async control() {
      const { rows } = await sql<{ wanted: Control }>`select wanted from runs
        where id = ${lease.run}::uuid and lease_owner = ${lease.owner} and finished_at is null`.execute(db);
      if (rows[0] === undefined) throw new LeaseLost();
      return rows[0].wanted;
    },
    readEntries: (ids) => readEntries(db, sync, ids),
    listEntries: (which, page) => listEntries(db, sync, which, page),
    countListed: () => countListed(db, sync),
    listFailed: (run, page) => listFailedMembers(db, run, page),
    announce: ({ sending = [], removing = [], blocking = [] }) =>
      inTransaction(async (trx) => {
        await setPhase(trx, sync, 'sending', sending);
        await setPhase(trx, sync, 'removing', removing);
        await setBlocked(trx, sync, blocking);
        await sql`update runs set phase = 'send' where id = ${lease.run}::uuid`.execute(trx);
      }),
    commit: (step) =>
      inTransaction(async (trx, held) => {
        await writeLedger(trx, sync, step);
        await writeRun(trx, lease, held, step);
        await writeProgress(trx, sync, step.progress ?? {});
      }),
    inResultTurn: (work) => inResultTurn(db, sync, work, over === undefined ? {} : { signal: over }),
    async startOver() {
      while (await inTransaction((trx) => startOverSome(trx, sync)));
    },
  };
}
