/** Takes a run up, walks it, and says how it ended. The shell around the walk: lease, heartbeat, verdict. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { countRefused } from '../ledger.ts';
import { LeaseLost, type RunJournal } from '../ports.ts';
import { retryDelayMs } from '../retry-policy.ts';
import type { RunRecord } from '../run-record.ts';
import { findRefusingRun } from '../run-rows.ts';
import type { RunStore } from '../run-store.ts';
import type { OpenedPorts, OpenPorts } from '../sync-ports.ts';
import type { SyncStore } from '../sync-store.ts';
import type { Sync } from '../sync.ts';
import { createRunJournal } from './database-journal.ts';
import { settingsFingerprint } from './checkpoint.ts';
import { holdLease } from './run-lease.ts';
import { verdictOfEnd, verdictOfError, type RunVerdict, type StillRefused } from './run-verdict.ts';
import { syncChanged, walkRun } from './walk.ts';
import type { RunOrder, WalkLimits } from './walk-context.ts';

// A process that is killed is missed after this long.
export const LEASE_MS = 60_000;

const GIVE_BACK_MS = 1_000;

export interface RunLog {
  error(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface RunExecutorOptions {
  database: Database;
  runs: RunStore;
  syncs: SyncStore;
  /** Clients of both sides, for one run: closed after it. */
  openPorts: OpenPorts;
  log: RunLog;
  /** Calls `tick` every so often until it is stopped. */
  every: (intervalMs: number, tick: () => void) => () => void;
  /** When a run that failed is tried again. Default: `retryDelayMs`. */
  retryAfterMs?: (verdict: RunVerdict, retries: number) => number | undefined;
  /** Is told of the run that was taken up, before anything is done. */
  onClaimed?: (run: RunRecord) => void;
  /** Ends the walk where it is, for another process to go on with. */
  leave?: AbortSignal;
  leaseMs?: number;
  monotonicMs?: () => number;
  limits?: Partial<WalkLimits>;
}

function orderOf(sync: Sync, run: RunRecord, progress: RunOrder['progress']): RunOrder {
  return {
    settings: sync,
    dryRun: run.dryRun,
    progress,
    ...(run.retryOf === undefined ? {} : { retryOf: run.retryOf }),
    ...(run.checkpoint === undefined ? {} : { checkpoint: run.checkpoint }),
  };
}

/** A walk that is to leave looks no further than the next slice, and neither does one whose sync is another by now. */
function leavable(journal: RunJournal, leave: AbortSignal, isChanged: () => boolean): RunJournal {
  return {
    ...journal,
    async control() {
      if (leave.aborted) throw new LeaseLost();
      if (isChanged()) throw syncChanged();
      return await journal.control();
    },
  };
}

/** A sync that is gone has taken its runs along, which shows elsewhere. */
function isAnother(begun: Sync, now: Sync | undefined): boolean {
  if (now === undefined || now.version === begun.version) return false;
  return settingsFingerprint(now) !== settingsFingerprint(begun);
}

/** Whatever a run has read: what was refused before it is offered again only once it changes. */
async function findStillRefused({ db }: Database, sync: string): Promise<StillRefused | undefined> {
  const contacts = await countRefused(db, sync);
  if (contacts === 0) return undefined;
  const run = await findRefusingRun(db, sync);
  return { contacts, ...(run === undefined ? {} : { run }) };
}

const NEVER = new AbortController().signal;

/** @returns the run as it is afterwards, ended or waiting for its next try; undefined where it was not this process's to walk, or is no longer. */
export async function executeRun(options: RunExecutorOptions, id: string): Promise<RunRecord | undefined> {
  const { database, runs, syncs, openPorts, log, every, leave = NEVER, leaseMs = LEASE_MS, limits } = options;
  const { retryAfterMs = (verdict, retries) => retryDelayMs(verdict, retries, Math.random()) } = options;
  const lease = { run: id, owner: randomUUID() };
  const { monotonicMs = () => performance.now() } = options;
  const claimedAtMs = monotonicMs();
  const run = await runs.claim(id, { owner: lease.owner, ttlMs: leaseMs });
  if (run === undefined) return undefined;
  options.onClaimed?.(run);
  const held = holdLease({
    renew: () => runs.renew(lease, leaseMs),
    every,
    leaseMs,
    monotonicMs,
    claimedAtMs,
    onFailure: (error) => {
      log.warn({ run: id, err: error }, 'The lease of a run could not be renewed; trying again.');
    },
  });
  const over = AbortSignal.any([leave, held.lost]);
  try {
    const verdict = await walk(run);
    if (verdict !== undefined) return await settle(verdict).catch(giveBack);
    if (over.aborted) await runs.release(lease);
    return undefined;
  } finally {
    held.stop();
  }

  async function walk({ sync: name }: RunRecord): Promise<RunVerdict | undefined> {
    let ports: OpenedPorts | undefined;
    try {
      const sync = await syncs.read(name);
      const isChanged = () => isAnother(sync, syncs.find(name));
      const journal = leavable(createRunJournal(database, name, lease, over), over, isChanged);
      const order = orderOf(sync, run!, await syncs.progress(name));
      ports = openPorts(sync, { signal: over });
      const end = await walkRun(order, { ...ports, journal }, limits);
      if (end === 'lost') return undefined;
      const { counts, dryRun } = await runs.get(id);
      return verdictOfEnd(end, counts, dryRun ? undefined : await findStillRefused(database, name));
    } catch (error) {
      if (over.aborted) return undefined;
      log.error({ run: id, err: error }, 'A run could not go on.');
      return verdictOfError(error);
    } finally {
      await ports?.close().catch((error: unknown) => {
        log.warn({ run: id, err: error }, 'The clients of a run could not be closed.');
      });
    }
  }

  /** The database is away: as soon as it is back the run goes on, and not only when its lease has run out. */
  async function giveBack(error: unknown): Promise<never> {
    const untilMs = performance.now() + leaseMs;
    for (let isHeld = true; isHeld && performance.now() < untilMs && !leave.aborted;) {
      await sleep(GIVE_BACK_MS);
      isHeld = await runs.release(lease).then(
        () => false,
        () => true,
      );
    }
    throw error;
  }

  async function settle(verdict: RunVerdict): Promise<RunRecord | undefined> {
    const { retries } = await runs.get(id);
    const delayMs = retryAfterMs(verdict, retries);
    if (delayMs !== undefined && verdict.failure !== undefined) {
      return await runs.postpone(lease, { failure: verdict.failure, delayMs, retries: retries + 1 });
    }
    if (await runs.end(lease, verdict)) return await runs.get(id);
    // It is another's, or was to pause and is to go on again: then whoever is free takes it up.
    await runs.release(lease);
    return undefined;
  }
}
