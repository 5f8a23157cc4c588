/** "The token of this generation got 401": compare-and-invalidate, over all instances. */
import type { BrokerClock } from './broker-clock.ts';
import type { Cells } from './cells.ts';
import { secondsUp } from './failure-answer.ts';
import { nextRejectionsInARow, rejectionHoldMs } from './rejection.ts';
import { readRecord, type StoreGuard } from './store-guard.ts';
import { rejectLocally } from './token-cell.ts';
import type { TokenStore } from './token-store.ts';

export interface Rejection {
  /** False: the generation is not the present one, or the token is too new to be given up. */
  invalidated: boolean;
  /** Where the token is too new: when a rejection will count. Until then the same token is worth another try. */
  retryAfterSeconds?: number;
}

/** Never throws. */
export type RejectToken = (name: string, generation: number) => Promise<Rejection>;

interface Rejected {
  generation: number;
  ageMs: number;
  rejectionsInARow: number;
}

export interface TokenRejectionParts {
  store: TokenStore;
  guard: StoreGuard;
  cells: Pick<Cells, 'find'>;
  clock: BrokerClock;
  /** Of this instance. */
  owner: string;
}

export function createTokenRejections({
  store,
  guard,
  cells,
  clock,
  owner,
}: TokenRejectionParts): RejectToken {
  /** The token that the rejection can be about: the newest, as far as this instance knows. */
  async function presentToken(name: string, generation: number): Promise<Rejected | undefined> {
    const held = cells.find(name)?.token;
    if (held !== undefined && held.generation >= generation)
      return { ...held, ageMs: clock.monotonicMs() - held.issuedAtMs };
    const record = await guard.call(() => readRecord(store, name));
    return record?.token && !record.token.rejected ? { ...record, ageMs: record.token.ageMs } : undefined;
  }

  async function invalidate(name: string, token: Rejected): Promise<boolean> {
    const { generation } = token;
    const rejectionsInARow = nextRejectionsInARow(token.rejectionsInARow, token.ageMs);
    const cell = cells.find(name);
    const wasHeld = cell?.token?.generation === generation;
    // Before anything is awaited: of many callers with the same token, one invalidates it.
    if (cell !== undefined) rejectLocally(cell, generation, rejectionsInARow);
    const written = await guard
      .call(() => store.reject({ name, owner, generation, rejectionsInARow }))
      .catch(() => false); // this instance knows, and the next grant tells the others
    return wasHeld || written;
  }

  return async (name, generation) => {
    const token = await presentToken(name, generation).catch(() => undefined);
    if (token?.generation !== generation) return { invalidated: false };
    const tooEarlyMs = rejectionHoldMs(token.rejectionsInARow) - token.ageMs;
    if (tooEarlyMs > 0) return { invalidated: false, retryAfterSeconds: secondsUp(tooEarlyMs) };
    return { invalidated: await invalidate(name, token) };
  };
}
