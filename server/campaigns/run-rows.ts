/** The queries of the rows of a run: appended in batches, read in pages, kept 30 days. */
import { setImmediate } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import { toChunks } from '../chunks.ts';
import { toStoredJson } from '../database/stored-json.ts';
import { BridgeError } from '../errors.ts';
import type { Queries, IdPage } from './ledger.ts';
import type { FieldValue } from './member.ts';
import type { RunRow } from './plan.ts';
import type { LedgerPage } from './ports.ts';
import { fieldOfReason, ROW_OUTCOMES, textOfStoredReason, type RowOutcome } from './row-reason.ts';

const ROWS_LIMIT_DEFAULT = 100;
export const ROWS_LIMIT_MAX = 2_000;
export const ROWS_KEPT_DAYS = 30;
const PRUNE_ROWS = 10_000;
/** Rows of one look through all of them: the embedded database answers nobody else during a statement. */
export const ROWS_PER_LOOK = 1_000;
/** Of one statement that erases: at most their product of rows. */
const RUNS_PER_ERASURE = 100;
const MEMBERS_PER_ERASURE = 100;
const NO_RUN = '00000000-0000-0000-0000-000000000000';

export interface RunRowView {
  /** Place in the run: pass the last one as `after` for the next page. */
  seq: number;
  memberId: string;
  outcome: RowOutcome;
  reasonCode: string;
  sentence: string;
  remedy: string;
  field?: string;
  original: Readonly<Record<string, FieldValue>>;
}

export interface RunRowFilter {
  outcome?: RowOutcome;
  /** `seq` of the last row already seen. */
  after?: number;
  limit?: number;
}

export interface RunRowPage {
  rows: RunRowView[];
  /** Absent on the last page. */
  nextAfter?: number;
}

function toStored(row: RunRow) {
  const { code, ...detail } = row.reason;
  const field = fieldOfReason(row.reason) ?? null;
  return { member_id: row.memberId, outcome: row.outcome, code, field, detail, original: row.original };
}

/** A row of somebody who was forgotten when its run had begun already. Later runs read whom Salesforce still has. */
function isForgotten(run: RawBuilder<unknown>, memberId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`exists (
    select from forgotten_members join runs on runs.created_at <= forgotten_members.forgotten_at
    where runs.id = ${run} and forgotten_members.member_id = ${memberId})`;
}

/** But for those who are forgotten: the run may have read them before. @param seq Of the row before the first of these. */
export async function appendRows(
  db: Queries,
  run: string,
  seq: number,
  rows: readonly RunRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into run_rows (run, seq, member_id, outcome, reason_code, field, detail, original)
    select ${run}::uuid, ${seq}::bigint + place, row ->> 'member_id', row ->> 'outcome', row ->> 'code',
      row ->> 'field', row -> 'detail', row -> 'original'
    from jsonb_array_elements(${toStoredJson(rows.map(toStored))}::jsonb) with ordinality as given (row, place)
    where not ${isForgotten(sql`${run}::uuid`, sql`row ->> 'member_id'`)}`.execute(db);
}

interface StoredRow {
  seq: number;
  member_id: string;
  outcome: RowOutcome;
  reason_code: string;
  field: string | null;
  detail: Record<string, unknown>;
  original: Record<string, FieldValue>;
}

function toView(row: StoredRow): RunRowView {
  return {
    seq: row.seq,
    memberId: row.member_id,
    outcome: row.outcome,
    reasonCode: row.reason_code,
    ...textOfStoredReason(row.reason_code, row.detail),
    ...(row.field === null ? {} : { field: row.field }),
    original: row.original,
  };
}

function assertFilter({ outcome, after = 0, limit = ROWS_LIMIT_DEFAULT }: RunRowFilter): void {
  const faults = [
    ...(outcome === undefined || ROW_OUTCOMES.includes(outcome)
      ? []
      : [{ field: 'outcome', detail: `must be one of ${ROW_OUTCOMES.join(', ')}` }]),
    ...(Number.isSafeInteger(after) && after >= 0
      ? []
      : [{ field: 'after', detail: 'must be the nextAfter of an earlier page' }]),
    ...(Number.isInteger(limit) && limit >= 1 && limit <= ROWS_LIMIT_MAX
      ? []
      : [{ field: 'limit', detail: `must be a whole number from 1 to ${ROWS_LIMIT_MAX}` }]),
  ];
  const [first] = faults;
  if (first === undefined) return;
  throw new BridgeError('invalid_request', { detail: `${first.field} ${first.detail}`, errors: faults });
}

/** @throws BridgeError `invalid_request` for a filter that is wrong. */
export async function listRows(db: Queries, run: string, filter: RunRowFilter = {}): Promise<RunRowPage> {
  assertFilter(filter);
  const { outcome, after = 0, limit = ROWS_LIMIT_DEFAULT } = filter;
  const isWanted = outcome === undefined ? sql`true` : sql`outcome = ${outcome}`;
  const { rows } = await sql<StoredRow>`
    select seq, member_id, outcome, reason_code, field, detail, original from run_rows
    where run = ${run}::uuid and seq > ${after}::bigint and ${isWanted} order by seq limit ${limit + 1}`.execute(
    db,
  );
  const views = rows.slice(0, limit).map(toView);
  return rows.length > limit ? { rows: views, nextAfter: views.at(-1)!.seq } : { rows: views };
}

/** Members with a failed row, each once, by id. */
export async function listFailedMembers(
  db: Queries,
  run: string,
  { after = '', limit }: IdPage,
): Promise<LedgerPage> {
  const { rows } = await sql<{ member_id: string }>`
    select distinct member_id from run_rows
    where run = ${run}::uuid and outcome = 'failed' and member_id > ${after}
    order by member_id limit ${limit + 1}`.execute(db);
  return { ids: rows.slice(0, limit).map(({ member_id }) => member_id), more: rows.length > limit };
}

/** Newest run of a sync that told of a contact which PureCloud refused. */
export async function findRefusingRun(db: Queries, sync: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from runs where sync = ${sync} and not dry_run and exists (
      select from run_rows where run = runs.id and outcome = 'failed' and reason_code = 'contact_refused')
    order by created_at desc, id desc limit 1`.execute(db);
  return rows[0]?.id;
}

export interface HeldRow {
  memberId: string;
  original: Readonly<Record<string, FieldValue>>;
}

/** Every row of every run, a page a statement; others have their turn in between. Rows that are added meanwhile may be among them. */
export async function* pagesOfAllRows(db: Queries): AsyncGenerator<HeldRow[]> {
  let last = { run: NO_RUN, seq: 0 };
  for (let isMore = true; isMore; await setImmediate()) {
    const { rows } = await sql<Pick<StoredRow, 'seq' | 'member_id' | 'original'> & { run: string }>`
      select run, seq, member_id, original from run_rows
      where (run, seq) > (${last.run}::uuid, ${last.seq}::bigint) order by run, seq limit ${ROWS_PER_LOOK}`.execute(
      db,
    );
    last = rows.at(-1) ?? last;
    isMore = rows.length === ROWS_PER_LOOK;
    yield rows.map(({ member_id: memberId, original }) => ({ memberId, original }));
  }
}

/** Of those who are remembered as forgotten. The index of members by run serves each statement. @returns how many rows. */
export async function eraseForgottenRows(db: Queries, memberIds: readonly string[]): Promise<number> {
  const { rows: runs } = await sql<{ id: string }>`
    select id from runs where exists (select from run_rows where run = runs.id)`.execute(db);
  let erased = 0;
  for (const some of toChunks(runs, RUNS_PER_ERASURE)) {
    for (const members of toChunks(memberIds, MEMBERS_PER_ERASURE)) {
      const { rows } = await sql`
        delete from run_rows where run = any(${some.map(({ id }) => id)}::uuid[])
          and outcome = any(${[...ROW_OUTCOMES]}::text[]) and member_id = any(${members}::text[])
          and ${isForgotten(sql`run_rows.run`, sql`run_rows.member_id`)} returning 1`.execute(db);
      erased += rows.length;
      await setImmediate();
    }
  }
  return erased;
}

/** @returns how many rows. */
export async function pruneRows(db: Queries, before: Date): Promise<number> {
  let removed = 0;
  for (let batch = PRUNE_ROWS; batch === PRUNE_ROWS; removed += batch) {
    const { rows } = await sql`
      delete from run_rows where (run, seq) in (
        select run, seq from run_rows where created_at < ${before.toISOString()}::timestamptz limit ${PRUNE_ROWS}
      ) returning 1`.execute(db);
    batch = rows.length;
  }
  return removed;
}
