/** Takes a run up, walks it, and says how it ended. The shell around the walk: lease, heartbeat, verdict. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import { BridgeError, ERROR_CATALOGUE } from '../../errors.ts';
import type { Counts } from '../counts.ts';
import type { RunFailure, RunRecord, RunStatus } from '../run-record.ts';
import { CANCELLED, type RunStore } from '../run-store.ts';
import type { SyncStore } from '../sync-store.ts';
import type { Sync } from '../sync.ts';
import { createRunJournal } from './database-journal.ts';
import { RunFault } from './run-fault.ts';
import { walkRun } from './walk.ts';
import type { RunOrder, RunPorts, WalkEnd, WalkLimits } from './walk-context.ts';

// A process that is killed is missed after this long; one that lives renews three times in it.
export const LEASE_MS = 60_000;

export interface RunLog {
  error(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface RunExecutorOptions {
  database: Database;
  runs: RunStore;
  syncs: SyncStore;
  /** Clients of both sides, for one run of a sync. */
  portsOf: (sync: Sync, run: RunRecord) => Omit<RunPorts, 'journal'>;
  log: RunLog;
  /** Calls `tick` every so often until it is stopped. */
  every: (intervalMs: number, tick: () => void) => () => void;
  leaseMs?: number;
  limits?: Partial<WalkLimits>;
}

export interface RunVerdict {
  status: RunStatus;
  failure?: RunFailure;
}

/** Someone has to do something where trying again would not help. */
export function verdictOfError(error: unknown): RunVerdict {
  if (error instanceof RunFault) {
    const { code, message, remedy } = error;
    return { status: 'Action needed', failure: { code, detail: message, remedy } };
  }
  if (error instanceof BridgeError) {
    const failure = {
      code: error.code,
      detail: error.message,
      remedy: error.options.remedy ?? error.entry.remedy,
    };
    const isWaiting = error.entry.retryable || error.code === 'internal_error';
    return { status: isWaiting ? 'Failed' : 'Action needed', failure };
  }
  const { title, remedy } = ERROR_CATALOGUE.internal_error;
  return { status: 'Failed', failure: { code: 'internal_error', detail: title, remedy } };
}

export function verdictOfEnd(end: Exclude<WalkEnd, 'lost'>, counts: Counts): RunVerdict {
  if (end === 'paused') return { status: 'Paused' };
  if (end === 'cancelled') return { status: 'Failed', failure: CANCELLED };
  return { status: counts.failed > 0 ? 'Part failed' : 'Healthy' };
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

/** @returns the run as it is afterwards; undefined where it was not this process's to walk, or is no longer. */
export async function executeRun(options: RunExecutorOptions, id: string): Promise<RunRecord | undefined> {
  const { database, runs, syncs, portsOf, log, every, leaseMs = LEASE_MS, limits } = options;
  const lease = { run: id, owner: randomUUID() };
  const run = await runs.claim(id, { owner: lease.owner, ttlMs: leaseMs });
  if (run === undefined) return undefined;
  const stop = every(leaseMs / 3, () => {
    runs.renew(lease, leaseMs).catch((error: unknown) => {
      log.warn({ run: id, err: error }, 'The lease of a run could not be renewed; trying again.');
    });
  });
  try {
    const verdict = await walk();
    if (verdict === undefined || !(await runs.end(lease, verdict))) return undefined;
    return await runs.get(id);
  } finally {
    stop();
  }

  async function walk(): Promise<RunVerdict | undefined> {
    try {
      const sync = syncs.get(run!.sync);
      const journal = createRunJournal(database, sync.name, lease);
      const order = orderOf(sync, run!, await syncs.progress(sync.name));
      const end = await walkRun(order, { ...portsOf(sync, run!), journal }, limits);
      return end === 'lost' ? undefined : verdictOfEnd(end, (await runs.get(id)).counts);
    } catch (error) {
      log.error({ run: id, err: error }, 'A run ended before it was done.');
      return verdictOfError(error);
    }
  }
}
