/** The result of a grant on its way into the store, over an outage of the store if need be. */
import type { BrokerClock } from './broker-clock.ts';
import type { BrokerLog, BrokerMetrics } from './broker-observers.ts';
import { StoreAway, type StoreGuard } from './store-guard.ts';
import { servingToken, type PendingPublication, type TokenCell } from './token-cell.ts';
import type { TokenStore } from './token-store.ts';

/** With a rest of the guard between them: a restart of the database is outlasted, and a stop is not held up for long. */
const RELEASE_TRIES = 4;

export interface Publications {
  /**
   * Writes the result, or keeps it to be written later where the store is away.
   * @returns `refused`: another instance has taken over since, and what it found counts.
   */
  conclude(cell: TokenCell, pending: PendingPublication): Promise<'written' | 'kept' | 'refused'>;
  /** Writes what an outage kept back; nothing else may be decided before. @throws StoreAway */
  settle(cell: TokenCell): Promise<void>;
  /** Gives the lock back without a result, over a short outage of the store too. Never throws. */
  release(name: string, epoch: number, credentialVersion: number): void;
  /** A last attempt at `settle`, over a short outage too. Never throws. */
  settleInTheEnd(cell: TokenCell): void;
  /** Resolves when all that was to be given back or settled is, or cannot be now. */
  released(): Promise<void>;
}

export function createPublications(parts: {
  store: TokenStore;
  guard: StoreGuard;
  clock: BrokerClock;
  log: BrokerLog;
  metrics: BrokerMetrics;
  owner: string;
}): Publications {
  const { store, guard, clock, log, metrics, owner } = parts;
  const releases = new Set<Promise<void>>();

  function drop(cell: TokenCell, pending: PendingPublication): void {
    if (pending.isProvisional && cell.token?.generation === pending.token?.generation) delete cell.token;
    delete cell.pending;
  }

  /** Serves what the grant gave while no other instance can hold the lock, if nothing else serves. */
  function keep(cell: TokenCell, pending: PendingPublication): void {
    const { token } = pending;
    cell.pending = pending;
    if (token === undefined || servingToken(cell, clock.monotonicMs(), 0) !== undefined) return;
    pending.isProvisional = true;
    cell.token = { ...token, expiresAtMs: Math.min(token.expiresAtMs, pending.exclusiveUntilMs) };
  }

  async function write(cell: TokenCell, pending: PendingPublication): Promise<'written' | 'refused'> {
    const { epoch, credentialVersion } = pending;
    const result = pending.toResult(clock.monotonicMs());
    const written = await guard.call(() =>
      store.publish({ name: cell.name, owner, epoch, credentialVersion, result }),
    );
    drop(cell, pending);
    if (!written.accepted) {
      metrics.staleResultRefused?.(cell.name);
      log.warn({ connection: cell.name, epoch }, 'The result of a grant came too late and was not taken.');
      // Of a connection that was removed meanwhile it still stands, and would hold up the next one of the name.
      release(cell.name, epoch, credentialVersion);
      return 'refused';
    }
    if (pending.token !== undefined) {
      cell.token = { ...pending.token, generation: written.generation };
      delete cell.failure;
    }
    return 'written';
  }

  /** A lock that came after the time limit is won while the guard lets nobody through: it is given back when that rest is over. */
  async function overOutage(work: () => Promise<unknown>): Promise<void> {
    for (let tries = 0; tries < RELEASE_TRIES; tries += 1) {
      try {
        await work();
        return;
      } catch {
        const restMs = guard.restMs() + 1;
        if (tries + 1 < RELEASE_TRIES) await new Promise<void>((resolve) => clock.setTimer(restMs, resolve));
      }
    } // the lock then ends by itself
  }

  function inBackground(work: () => Promise<unknown>): void {
    const done = overOutage(work).finally(() => releases.delete(done));
    releases.add(done);
  }

  function release(name: string, epoch: number, credentialVersion: number): void {
    const result = { kind: 'nothing' } as const;
    inBackground(() => guard.call(() => store.publish({ name, owner, epoch, credentialVersion, result })));
  }

  async function settle(cell: TokenCell): Promise<void> {
    const { pending } = cell;
    if (pending === undefined) return;
    if (clock.monotonicMs() < pending.giveUpAtMs) await write(cell, pending);
    else drop(cell, pending);
  }

  return {
    async conclude(cell, pending) {
      try {
        return await write(cell, pending);
      } catch (cause) {
        if (!(cause instanceof StoreAway)) throw cause;
        keep(cell, pending);
        return 'kept';
      }
    },
    settle,
    release,
    settleInTheEnd(cell) {
      inBackground(() => settle(cell));
    },
    released: () => Promise.all(releases).then(() => undefined),
  };
}
