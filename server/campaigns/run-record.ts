/** A run as it is stored, and as the API shows it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Selectable } from 'kysely';
import { present } from '../present.ts';
import type { RunsTable } from './campaign-tables.ts';
import { readCounts, type Counts } from './counts.ts';
import type { Control } from './ports.ts';
import type { Checkpoint, RunPhase } from './run/checkpoint.ts';

/** Those of the eight status words that a run can have. */
export const RUN_STATUSES = [
  'Running',
  'Paused',
  'Healthy',
  'Part failed',
  'Failed',
  'Action needed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

// A plan that is older says little of what the run would do.
const PLAN_FRESH_MS = 30 * 60_000;

export interface RunFailure {
  code: string;
  detail: string;
  remedy: string;
}

export interface RunRecord {
  id: string;
  sync: string;
  status: RunStatus;
  phase: RunPhase;
  wanted: Control;
  dryRun: boolean;
  counts: Counts;
  /** Result that the sync does not map -> how many members had it. */
  unmapped: Readonly<Record<string, number>>;
  membersTotal?: number;
  checkpoint?: Checkpoint;
  /** Dry run that this run carries out. */
  planOf?: string;
  retryOf?: string;
  startedBy: string;
  createdAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
  /** Why it ended; of a run that goes on: why it waits for its next try. */
  failure?: RunFailure;
  /** Tries after a failure, since the run last got any further. */
  retries: number;
  /** It waits until then, and goes on from where it is. */
  retryAt?: Date;
}

export function toRunRecord(row: Selectable<RunsTable>): RunRecord {
  return {
    id: row.id,
    sync: row.sync,
    status: row.status as RunStatus,
    phase: row.phase as RunPhase,
    wanted: row.wanted as Control,
    dryRun: row.dry_run,
    counts: readCounts(row.counts),
    unmapped: row.unmapped,
    startedBy: row.started_by,
    retries: isDeepStrictEqual(row.checkpoint, row.retried_from) ? row.retries : 0,
    createdAt: row.created_at,
    ...present<Partial<RunRecord>>({
      membersTotal: row.members_total ?? undefined,
      checkpoint: (row.checkpoint as unknown as Checkpoint | null) ?? undefined,
      planOf: row.plan_of ?? undefined,
      retryOf: row.retry_of ?? undefined,
      startedAt: row.started_at ?? undefined,
      finishedAt: row.finished_at ?? undefined,
      failure: (row.failure as unknown as RunFailure | null) ?? undefined,
      retryAt: row.retry_at ?? undefined,
    }),
  };
}

export interface RunView {
  id: string;
  sync: string;
  status: RunStatus;
  phase: RunPhase;
  dryRun: boolean;
  counts: Counts;
  unmapped: Readonly<Record<string, number>>;
  membersTotal?: number;
  ratePerSecond: number;
  /** Absent where it is not known. */
  secondsLeft?: number;
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  startedBy: string;
  planOf?: string;
  retryOf?: string;
  failure?: RunFailure;
  /** It failed, waits until then, and goes on by itself. */
  retryAt?: string;
  /** What was asked of a run that has not come to it yet. */
  wanted?: 'pause' | 'cancel';
}

function speedOf({ counts, startedAt, finishedAt, membersTotal }: RunRecord, nowMs: number) {
  const end = finishedAt?.getTime() ?? nowMs;
  const seconds = startedAt === undefined ? 0 : (end - startedAt.getTime()) / 1000;
  const rate = seconds > 0 ? counts.membersRead / seconds : 0;
  const left = finishedAt !== undefined ? 0 : Math.max(0, (membersTotal ?? NaN) - counts.membersRead) / rate;
  return {
    ratePerSecond: Math.round(rate * 10) / 10,
    ...(Number.isFinite(left) ? { secondsLeft: Math.ceil(left) } : {}),
  };
}

export function toRunView(record: RunRecord, nowMs: number): RunView {
  const { checkpoint: _checkpoint, retries: _retries, ...known } = record;
  const { wanted, createdAt, startedAt, finishedAt, retryAt, ...shown } = known;
  const asked = wanted !== 'go' && record.status === 'Running';
  return {
    ...shown,
    ...speedOf(record, nowMs),
    createdAt: createdAt.toISOString(),
    ...(startedAt === undefined ? {} : { startedAt: startedAt.toISOString() }),
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() }),
    ...(retryAt === undefined ? {} : { retryAt: retryAt.toISOString() }),
    ...(asked ? { wanted } : {}),
  };
}

/** Why a dry run can not be carried out any more; undefined where it can. */
export function planFault(plan: RunRecord, sync: string, nowMs: number): string | undefined {
  if (plan.sync !== sync) return `The plan ${plan.id} is of another sync.`;
  if (!plan.dryRun) return `The run ${plan.id} was no dry run.`;
  if (plan.finishedAt === undefined || plan.status !== 'Healthy')
    return `The dry run ${plan.id} did not finish.`;
  const ageMs = nowMs - plan.finishedAt.getTime();
  return ageMs > PLAN_FRESH_MS ? `The plan ${plan.id} has expired.` : undefined;
}
