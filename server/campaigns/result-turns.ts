/**
 * Whose turn it is to write results of a sync to Salesforce: a run, or the results that webhooks brought. Two at once could leave an older
 * result on a member while the ledger knows a newer one. A turn is a row and no lock, so that no transaction is open during calls.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queries } from './ledger.ts';
import { sql } from 'kysely';

/** A process that is killed in its turn is missed after this long; one that lives renews three times in it. */
const HELD_MS = 60_000;
const POLL_MS = 100;

async function take(db: Queries, sync: string, owner: string): Promise<boolean> {
  const { rows } = await sql`
    insert into result_turns (sync, owner, held_until)
    values (${sync}, ${owner}::uuid, clock_timestamp() + ${HELD_MS}::float8 * interval '1 millisecond')
    on conflict (sync) do update set owner = excluded.owner, held_until = excluded.held_until
    where result_turns.held_until < clock_timestamp() or result_turns.owner = excluded.owner
    returning 1`.execute(db);
  return rows.length > 0;
}

async function give(db: Queries, sync: string, owner: string): Promise<void> {
  await sql`delete from result_turns where sync = ${sync} and owner = ${owner}::uuid`.execute(db);
}

/** Waits for its turn, and holds it until the work is done or has failed. */
export async function inResultTurn<Result>(
  db: Queries,
  sync: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = randomUUID();
  while (!(await take(db, sync, owner))) await sleep(POLL_MS);
  // A renewal that fails is made good by the next; after the third the turn is another's.
  const renewal = setInterval(() => void take(db, sync, owner).catch(() => undefined), HELD_MS / 3);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await give(db, sync, owner).catch(() => undefined);
  }
}
