/**
 * Whose turn it is to write results of a sync to Salesforce: a run, or the results that webhooks brought. Two at once could leave an older
 * result on a member while the ledger knows a newer one. A turn is a row and no lock, so that no transaction is open during calls.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { pause } from '../pause.ts';
import type { Queries } from './ledger.ts';

/** A process that is killed in its turn is missed after this long; one that lives renews, and where that fails gives it up in time. */
const HELD_MS = 60_000;
const POLL_MS = 100;
const NEVER = new AbortController().signal;

async function take(db: Queries, sync: string, owner: string, heldMs: number): Promise<boolean> {
  const { rows } = await sql`
    insert into result_turns (sync, owner, held_until)
    values (${sync}, ${owner}::uuid, clock_timestamp() + ${heldMs}::float8 * interval '1 millisecond')
    on conflict (sync) do update set owner = excluded.owner, held_until = excluded.held_until
    where result_turns.held_until < clock_timestamp()
    returning 1`.execute(db);
  return rows.length > 0;
}

/** Never makes the row anew: one that comes after the turn was given back would hold up the next. */
async function renew(db: Queries, sync: string, owner: string, heldMs: number): Promise<boolean> {
  const { rows } = await sql`
    update result_turns set held_until = clock_timestamp() + ${heldMs}::float8 * interval '1 millisecond'
    where sync = ${sync} and owner = ${owner}::uuid returning 1`.execute(db);
  return rows.length > 0;
}

async function give(db: Queries, sync: string, owner: string): Promise<void> {
  await sql`delete from result_turns where sync = ${sync} and owner = ${owner}::uuid`.execute(db);
}

export interface TurnOptions {
  /** The turn may soon be another's: nothing more may be written in it. */
  onLost?: () => void;
  /** Ends the waiting, and not the work. */
  signal?: AbortSignal;
  heldMs?: number;
}

/** Waits for its turn, and holds it until the work is done or has failed. @throws the reason of the signal, where that came first. */
export async function inResultTurn<Result>(
  db: Queries,
  sync: string,
  work: () => Promise<Result>,
  { onLost = () => undefined, signal = NEVER, heldMs = HELD_MS }: TurnOptions = {},
): Promise<Result> {
  const owner = randomUUID();
  let takenAtMs = performance.now();
  while (!(await take(db, sync, owner, heldMs))) {
    await pause(POLL_MS, signal);
    signal.throwIfAborted();
    takenAtMs = performance.now();
  }
  const renewal = setInterval(() => {
    const askedAtMs = performance.now();
    // At the second: a timer may be a little early, and the third would be too late.
    if (askedAtMs - takenAtMs > heldMs / 2) return onLost();
    // One that fails is made good by the next.
    renew(db, sync, owner, heldMs).then(
      (isOurs) => (isOurs ? (takenAtMs = askedAtMs) : onLost()),
      () => undefined,
    );
  }, heldMs / 3);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await give(db, sync, owner).catch(() => undefined);
  }
}
