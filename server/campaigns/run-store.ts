/** The runs in the database: one of a sync at a time, taken up by one process at a time, asked to pause or to end between slices. */
import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { Database } from '../database/database.ts';
import { BridgeError } from '../errors.ts';
import type { RunsTable } from './campaign-tables.ts';
import { settleForgotten } from './forgotten-members.ts';
import type { Queries } from './ledger.ts';
import { planFault, toRunRecord, type RunFailure, type RunRecord, type RunStatus } from './run-record.ts';
import { listRows, pruneRows, ROWS_KEPT_DAYS, type RunRowFilter, type RunRowPage } from './run-rows.ts';

const RUNS_LIMIT_DEFAULT = 30;
export const RUNS_LIMIT_MAX = 500;
// A year to compare with, and a month more.
const RUNS_KEPT_DAYS = 400;
const DAY_MS = 86_400_000;
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const CANCELLED: RunFailure = {
  code: 'cancelled',
  detail: 'The run was cancelled; what it had done until then stays done.',
  remedy: 'Start another run: it goes on with what is left.',
};

export interface NewRun {
  /** Absent: a new one. Given by whoever may come twice: the second time is a conflict. */
  id?: string;
  sync: string;
  dryRun?: boolean;
  retryOf?: string;
  planOf?: string;
  /** Name of the caller, or `schedule`. */
  startedBy: string;
}

export interface RunLease {
  run: string;
  /** One per taking up, never used twice. */
  owner: string;
}

export interface Postponement {
  failure: RunFailure;
  delayMs: number;
  /** Tries since it last got any further, the coming one included. */
  retries: number;
}

export interface RunFilter {
  sync?: string;
  /** Id of the last run already seen. */
  after?: string;
  limit?: number;
}

export interface RunStore {
  /** @throws BridgeError `conflict` while another run of the sync is open, or the plan has expired; `not_found`. */
  create(run: NewRun): Promise<RunRecord>;
  find(id: string): Promise<RunRecord | undefined>;
  /** @throws BridgeError `not_found`. */
  get(id: string): Promise<RunRecord>;
  /** Newest first. */
  list(filter?: RunFilter): Promise<{ runs: RunRecord[]; nextAfter?: string }>;
  /** @returns undefined where another process has it, or it is not to go on. */
  claim(id: string, lease: { owner: string; ttlMs: number }): Promise<RunRecord | undefined>;
  /** @returns false where the lease is lost. */
  renew(lease: RunLease, ttlMs: number): Promise<boolean>;
  /** It goes on, in whichever process takes it up first. @returns false where the lease was lost. */
  release(lease: RunLease): Promise<boolean>;
  /** Of a database that no other process can have: whoever held a run before this one began is gone. */
  releaseAll(): Promise<void>;
  /** It goes on by itself after that time, from where it is. @returns the run; undefined where the lease was lost. */
  postpone(lease: RunLease, postponement: Postponement): Promise<RunRecord | undefined>;
  /** Runs that no process has and that are to go on. Settles on the way what was asked of those that no process will see to. */
  abandoned(): Promise<string[]>;
  /** @throws BridgeError `not_found`; `conflict` where the run has ended. */
  pause(id: string): Promise<RunRecord>;
  cancel(id: string): Promise<RunRecord>;
  /** Of a run that is paused or that failed: it goes on from its checkpoint. */
  resume(id: string): Promise<RunRecord>;
  /** Ends the lease with it. @returns false where the lease was lost, or where it was to pause and has been told to go on since. */
  end(lease: RunLease, end: { status: RunStatus; failure?: RunFailure }): Promise<boolean>;
  rows(id: string, filter?: RunRowFilter): Promise<RunRowPage>;
  /** Removes rows older than 30 days, runs older than 400 and what is left of people who are forgotten, and gives back the room of what is gone: once a day is enough. @returns how many. */
  prune(): Promise<number>;
}

function isViolation(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

const NO_RETRY = sql`retries = 0, retry_at = null, retried_from = null`;
const IS_DUE = sql`(retry_at is null or retry_at <= clock_timestamp())`;
const IS_HELD = sql`(lease_until is not null and lease_until > clock_timestamp())`;

function inMs(ms: number): RawBuilder<unknown> {
  return sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
}

async function readRun(db: Queries, id: string): Promise<RunRecord | undefined> {
  if (!RUN_ID.test(id)) return undefined;
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toRunRecord(row);
}

function alreadyRunning(sync: string): BridgeError {
  return new BridgeError('conflict', {
    detail: `A run of the sync ${sync} is not finished.`,
    remedy: 'Wait for it, resume it if it is paused, or cancel it.',
  });
}

type ChangedRow = Selectable<RunsTable>;

/** One statement that decides and changes: nothing can come between. */
async function changeRun(db: Queries, id: string, change: RawBuilder<unknown>): Promise<RunRecord> {
  const before = await readRun(db, id);
  if (before === undefined) throw new BridgeError('not_found');
  const { rows } = await sql<ChangedRow>`update runs set version = version + 1, ${change} returning *`
    .execute(db)
    .catch((error: unknown) => {
      throw isViolation(error, UNIQUE_VIOLATION) ? alreadyRunning(before.sync) : error;
    });
  if (rows[0] !== undefined) return toRunRecord(rows[0]);
  const isCancelled = before.failure?.code === CANCELLED.code;
  throw new BridgeError('conflict', {
    detail: isCancelled ? 'The run was cancelled.' : `The run is ${before.status}, in phase ${before.phase}.`,
    remedy: isCancelled
      ? CANCELLED.remedy
      : 'Read the run again. Only an open run can be paused or cancelled, only a paused or failed one resumed.',
  });
}

function finished(status: RunStatus, failure: RunFailure): RawBuilder<unknown> {
  return sql`status = ${status}, finished_at = clock_timestamp(), failure = ${JSON.stringify(failure)}::jsonb,
    lease_owner = null, lease_until = null, ${NO_RETRY}`;
}

function assertLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= RUNS_LIMIT_MAX) return limit;
  const detail = `must be a whole number from 1 to ${RUNS_LIMIT_MAX}`;
  throw new BridgeError('invalid_request', {
    detail: `limit ${detail}`,
    errors: [{ field: 'limit', detail }],
  });
}

async function listRuns(db: Queries, { sync, after, limit = RUNS_LIMIT_DEFAULT }: RunFilter) {
  const rowsMax = assertLimit(limit);
  const last = after === undefined ? undefined : await readRun(db, after);
  let query = db.selectFrom('runs').selectAll();
  if (sync !== undefined) query = query.where('sync', '=', sync);
  if (last !== undefined) {
    query = query.where(
      sql<boolean>`(created_at, id) < (select created_at, id from runs where id = ${last.id}::uuid)`,
    );
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(rowsMax + 1)
    .execute();
  const runs = rows.slice(0, rowsMax).map(toRunRecord);
  return rows.length > rowsMax ? { runs, nextAfter: runs.at(-1)!.id } : { runs };
}

async function assertBasis(db: Queries, { sync, planOf, retryOf }: NewRun, nowMs: number): Promise<void> {
  const [plan, failed] = [
    planOf === undefined ? undefined : await readRun(db, planOf),
    retryOf === undefined ? undefined : await readRun(db, retryOf),
  ];
  const isMissing =
    (planOf !== undefined && plan === undefined) || (retryOf !== undefined && failed?.sync !== sync);
  if (isMissing) throw new BridgeError('not_found');
  const fault = plan === undefined ? undefined : planFault(plan, sync, nowMs);
  if (fault === undefined) return;
  throw new BridgeError('conflict', { detail: fault, remedy: 'Make a new plan with a dry run.' });
}

/** @param now Epoch milliseconds; leases go by the database's clock. */
export function createRunStore(database: Database, now: () => number = Date.now): RunStore {
  const { db, kind } = database;
  async function get(id: string): Promise<RunRecord> {
    const run = await readRun(db, id);
    if (run === undefined) throw new BridgeError('not_found');
    return run;
  }

  return {
    get,
    find: (id) => readRun(db, id),
    list: (filter = {}) => listRuns(db, filter),
    async create(run) {
      await assertBasis(db, run, now());
      const { sync, dryRun = false, retryOf = null, planOf = null, startedBy } = run;
      try {
        const row = await db
          .insertInto('runs')
          .values({
            id: run.id ?? randomUUID(),
            sync,
            status: 'Running',
            phase: 'read',
            dry_run: dryRun,
            retry_of: retryOf,
            plan_of: planOf,
            started_by: startedBy,
            lease_owner: null,
            members_total: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
        return toRunRecord(row);
      } catch (error) {
        if (isViolation(error, UNIQUE_VIOLATION)) throw alreadyRunning(sync);
        if (isViolation(error, FOREIGN_KEY_VIOLATION)) throw new BridgeError('not_found');
        throw error;
      }
    },
    async claim(id, { owner, ttlMs }) {
      const { rows } = await sql<ChangedRow>`
        update runs set version = version + 1, status = 'Running', lease_owner = ${owner}, lease_until = ${inMs(ttlMs)},
          started_at = coalesce(started_at, clock_timestamp()), failure = null, retry_at = null
        where id = ${id}::uuid and finished_at is null and wanted = 'go' and ${IS_DUE} and (not ${IS_HELD} or lease_owner = ${owner})
        returning *`.execute(db);
      return rows[0] === undefined ? undefined : toRunRecord(rows[0]);
    },
    async renew({ run, owner }, ttlMs) {
      const { rows } = await sql`update runs set lease_until = ${inMs(ttlMs)}
        where id = ${run}::uuid and lease_owner = ${owner} returning 1`.execute(db);
      return rows.length > 0;
    },
    async release({ run, owner }) {
      const { rows } = await sql`update runs set lease_owner = null, lease_until = null
        where id = ${run}::uuid and lease_owner = ${owner} returning 1`.execute(db);
      return rows.length > 0;
    },
    async releaseAll() {
      await sql`update runs set lease_owner = null, lease_until = null where lease_owner is not null`.execute(
        db,
      );
    },
    async postpone({ run, owner }, { failure, delayMs, retries }) {
      const { rows } = await sql<ChangedRow>`
        update runs set version = version + 1, lease_owner = null, lease_until = null,
          failure = ${JSON.stringify(failure)}::jsonb, retry_at = ${inMs(delayMs)},
          retries = ${retries}, retried_from = checkpoint
        where id = ${run}::uuid and lease_owner = ${owner} returning *`.execute(db);
      return rows[0] === undefined ? undefined : toRunRecord(rows[0]);
    },
    async abandoned() {
      await sql`update runs set status = 'Paused', lease_owner = null, lease_until = null, retry_at = null
        where finished_at is null and wanted = 'pause' and status = 'Running' and not ${IS_HELD}`.execute(db);
      await sql`update runs set ${finished('Failed', CANCELLED)}
        where finished_at is null and wanted = 'cancel' and not ${IS_HELD}`.execute(db);
      const { rows } = await sql<{ id: string }>`select id from runs
        where finished_at is null and wanted = 'go' and status = 'Running' and ${IS_DUE} and not ${IS_HELD}
        order by created_at`.execute(db);
      return rows.map(({ id }) => id);
    },
    pause: (id) =>
      changeRun(
        db,
        id,
        sql`wanted = 'pause', retry_at = null, status = case when ${IS_HELD} then status else 'Paused' end
          where id = ${id}::uuid and finished_at is null`,
      ),
    async cancel(id) {
      const held = sql`wanted = 'cancel' where id = ${id}::uuid and finished_at is null`;
      const run = await changeRun(db, id, held);
      await sql`update runs set ${finished('Failed', CANCELLED)}
        where id = ${id}::uuid and finished_at is null and not ${IS_HELD}`.execute(db);
      return (await readRun(db, id)) ?? run;
    },
    resume: (id) =>
      changeRun(
        db,
        id,
        sql`wanted = 'go', status = 'Running', finished_at = null, failure = null, ${NO_RETRY}
          where id = ${id}::uuid and wanted <> 'cancel' and (
            (finished_at is null and (wanted = 'pause' or status = 'Paused'))
            or (finished_at is not null and status in ('Failed', 'Action needed')))`,
      ),
    async end({ run, owner }, { status, failure }) {
      const isOpen = status === 'Paused';
      const { rows } = await sql`
        update runs set version = version + 1, status = ${status}, lease_owner = null, lease_until = null,
          finished_at = case when ${isOpen}::boolean then null else clock_timestamp() end,
          failure = ${failure === undefined ? null : JSON.stringify(failure)}::jsonb, ${NO_RETRY}
        where id = ${run}::uuid and lease_owner = ${owner} and not (${isOpen}::boolean and wanted = 'go')
        returning 1`.execute(db);
      return rows.length > 0;
    },
    async rows(id, filter) {
      await get(id);
      return await listRows(db, id, filter);
    },
    async prune() {
      const removed = await pruneRows(db, new Date(now() - ROWS_KEPT_DAYS * DAY_MS));
      await sql`delete from runs where finished_at < ${new Date(now() - RUNS_KEPT_DAYS * DAY_MS)}`.execute(
        db,
      );
      await settleForgotten(db);
      // A server does this by itself; the embedded database would only ever grow.
      if (kind === 'embedded') await sql`vacuum sync_contacts, runs, run_rows`.execute(db);
      return removed;
    },
  };
}
