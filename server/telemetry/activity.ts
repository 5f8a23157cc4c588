/** What the bridge did: every token request, proxied call, run and change. Written behind, in batches; never a secret. */
import { sql, type Insertable, type Selectable, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import type { DatabaseLog } from '../database/listener.ts';
import { passingFault } from '../database/passing-fault.ts';
import type { ActivityTable } from '../database/tables.ts';
import { BridgeError } from '../errors.ts';
import { appendAudit } from './audit.ts';
import type { AuditFacts } from './audit-chain.ts';
import { isoTime } from './iso-time.ts';
import { createRedactor } from './redaction.ts';

export const ACTIVITY_KINDS = ['tokenRequest', 'proxiedCall', 'run', 'change'] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

export const ACTIVITY_LIMIT_DEFAULT = 50;
export const ACTIVITY_LIMIT_MAX = 500;
const RETENTION_DAYS_DEFAULT = 30;
const FLUSH_MS = 500;
const BATCH_ROWS = 500;
// About 5 MB at most: two minutes of a database that is away, at 80 calls a second.
const BUFFERED_MAX = 10_000;
const PRUNE_EVERY_MS = 3_600_000;
const PRUNE_ROWS = 10_000;
const DAY_MS = 86_400_000;
const TEXT_MAX = 500;

/** Closed on purpose: there is no member into which a token, a body or a header would fit. */
export interface ActivityEntry {
  kind: ActivityKind;
  /** Exit path, error code, or `Success` and `Failure`. */
  result: string;
  connection?: string;
  /** Name of the caller. */
  caller?: string;
  status?: number;
  durationMs?: number;
  correlationId?: string;
  upstreamCorrelationId?: string;
  /** One plain sentence, or method and path of a call; what looks like a credential is masked, and so is whom a path names. */
  summary?: string;
  /** Epoch milliseconds; absent: now. */
  atMs?: number;
}

export interface ActivityView extends Omit<ActivityEntry, 'atMs'> {
  id: string;
  /** ISO 8601, UTC. */
  at: string;
}

export interface ActivityFilter {
  connection?: string;
  /** Any case. */
  result?: string;
  /** `id` of the last entry already seen: the list goes on behind it. */
  after?: string;
  limit?: number;
}

export interface ActivityPage {
  /** Newest first. */
  entries: ActivityView[];
  /** Pass it as `after` for the next page; absent on the last one. */
  nextAfter?: string;
}

export interface ActivityStoreOptions {
  database: Database;
  log: DatabaseLog;
  retentionDays?: number;
  /** Epoch milliseconds. */
  now?: () => number;
  bufferedMax?: number;
  flushMs?: number;
}

export interface ActivityStore {
  /** Returns at once and never throws. Where the buffer is full the entry is dropped and counted. */
  record(entry: ActivityEntry): void;
  /**
   * Resolves when the change is in the audit: who is told of a change can be sure that it was written down.
   * @throws BridgeError `unavailable` where the database is away; the entry is tried again by itself.
   */
  recordChange(entry: Omit<ActivityEntry, 'kind'>): Promise<void>;
  /** Includes what was recorded here a moment ago. */
  list(filter?: ActivityFilter): Promise<ActivityPage>;
  /** Writes what is buffered now. */
  flush(): Promise<void>;
  /** Removes what is older than the retention. @returns how many entries. */
  prune(): Promise<number>;
  counts(): { buffered: number; dropped: number };
  /** Writes the rest and stops. */
  close(): Promise<void>;
}

function toView(row: Selectable<ActivityTable>): ActivityView {
  const all = {
    id: String(row.id),
    at: row.at.toISOString(),
    kind: row.kind as ActivityKind,
    result: row.result,
    connection: row.connection,
    caller: row.caller,
    status: row.status,
    durationMs: row.duration_ms,
    correlationId: row.correlation_id,
    upstreamCorrelationId: row.upstream_correlation_id,
    summary: row.summary,
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== null),
  ) as unknown as ActivityView;
}

/** PostgreSQL takes no NUL in a text, and one such entry would hold up its whole batch. */
function text(value: string | undefined): string | null {
  if (value === undefined) return null;
  const storable = value.includes('\0') ? value.replaceAll('\0', '') : value;
  return storable.slice(0, TEXT_MAX).toWellFormed();
}

function integer(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Math.min(Math.round(value), 2_147_483_647);
}

/** What is no instant was given by someone else, and is not worth the entry. */
function instant(atMs: number | undefined, nowMs: number): string {
  return isoTime(atMs === undefined || Number.isNaN(new Date(atMs).getTime()) ? nowMs : atMs);
}

/** SQLSTATE class 22: trying again would fail for ever and hold up all that comes after. */
function isBadData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('22');
}

type Row = Insertable<ActivityTable> & { at: string };

const { text: redact } = createRedactor([]);

function toRow(entry: ActivityEntry, nowMs: number): Row {
  return {
    at: instant(entry.atMs, nowMs),
    kind: entry.kind,
    result: text(entry.result)!,
    connection: text(entry.connection),
    caller: text(entry.caller),
    status: integer(entry.status),
    duration_ms: integer(entry.durationMs),
    correlation_id: text(entry.correlationId),
    upstream_correlation_id: text(entry.upstreamCorrelationId),
    summary: entry.summary === undefined ? null : text(redact(entry.summary)),
  };
}

function invalidField(field: string, detail: string): BridgeError {
  return new BridgeError('invalid_request', { detail: `${field} ${detail}`, errors: [{ field, detail }] });
}

function readLimit(limit = ACTIVITY_LIMIT_DEFAULT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= ACTIVITY_LIMIT_MAX) return limit;
  throw invalidField('limit', `must be a whole number from 1 to ${ACTIVITY_LIMIT_MAX}`);
}

function readAfter(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw invalidField('after', 'must be the nextAfter of an earlier page');
}

async function readPage({ db }: Database, filter: ActivityFilter): Promise<ActivityPage> {
  const { connection, result } = filter;
  const [limit, after] = [readLimit(filter.limit), readAfter(filter.after)];
  let query = db.selectFrom('activity').selectAll();
  if (connection !== undefined) query = query.where('connection', '=', connection);
  if (result !== undefined) query = query.where(sql<boolean>`lower(result) = ${result.toLowerCase()}`);
  if (after !== undefined) query = query.where('id', '<', after);
  // One more than asked for tells whether there is a next page.
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const entries = rows.slice(0, limit).map(toView);
  return rows.length > limit ? { entries, nextAfter: entries.at(-1)!.id } : { entries };
}

/**
 * A row on its way to the database: as text from the start, since thousands of objects that live for half a second are what the
 * garbage collector is worst at.
 */
interface Written {
  json: string;
  /** Of a change: what the audit is told. */
  audit?: AuditFacts;
}

function toWritten(row: Row): Written {
  const json = JSON.stringify(row);
  return row.kind === 'change' ? { json, audit: toAuditFacts(row) } : { json };
}

/** One parameter for all rows: a placeholder for each value would cost the proxy more than the token does. In the order of the rows. */
function insertRows(rows: readonly Written[]) {
  return sql`insert into activity
      (at, kind, connection, caller, result, status, duration_ms, correlation_id, upstream_correlation_id, summary)
    select at, kind, connection, caller, result, status, duration_ms, correlation_id, upstream_correlation_id, summary
    from json_to_recordset(${`[${rows.map(({ json }) => json).join()}]`}::json) as row (
      at timestamptz, kind text, connection text, caller text, result text, status integer, duration_ms integer,
      correlation_id text, upstream_correlation_id text, summary text
    )`;
}

async function insert({ db }: Database, rows: readonly Written[]): Promise<void> {
  const changes = rows.flatMap(({ audit }) => audit ?? []);
  await db.transaction().execute(async (trx) => {
    // A power cut may take the last second of activity; it is not worth a disk flush for every batch. Of changes it is.
    if (changes.length === 0) await sql`set local synchronous_commit = off`.execute(trx);
    await insertRows(rows).execute(trx);
    await appendAudit(trx as unknown as Transaction<never>, changes);
  });
}

function toAuditFacts(row: Row): AuditFacts {
  return {
    at: row.at,
    caller: row.caller ?? null,
    action: row.result,
    connection: row.connection ?? null,
    summary: row.summary ?? null,
    correlationId: row.correlation_id ?? null,
  };
}

async function pruneBefore({ db }: Database, before: Date): Promise<number> {
  let removed = 0;
  for (let batch = PRUNE_ROWS; batch === PRUNE_ROWS; removed += batch) {
    const old = db.selectFrom('activity').select('id').where('at', '<', before).limit(PRUNE_ROWS);
    const { numDeletedRows } = await db.deleteFrom('activity').where('id', 'in', old).executeTakeFirst();
    batch = Number(numDeletedRows);
  }
  return removed;
}

export function createActivityStore(options: ActivityStoreOptions): ActivityStore {
  const { database, log, now = Date.now } = options;
  const { retentionDays = RETENTION_DAYS_DEFAULT, bufferedMax = BUFFERED_MAX, flushMs = FLUSH_MS } = options;
  let buffer: Written[] = [];
  let dropped = 0;
  /** How many entries ever came into the buffer, and how many have left it. */
  let [taken, settled] = [0, 0];
  /** Entries to be written one by one: one of them is bad. */
  let suspects = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  function schedule(): void {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      flush().catch(() => {
        log.warn({ buffered: buffer.length }, 'Activity could not be written; trying again.');
        schedule();
      });
    }, flushMs);
    timer.unref();
  }

  async function writeBatch(): Promise<void> {
    const batch = buffer.slice(0, suspects > 0 ? 1 : BATCH_ROWS);
    try {
      await insert(database, batch);
    } catch (error) {
      if (!isBadData(error)) throw error;
      if (batch.length > 1) {
        suspects = batch.length;
        return;
      }
      dropped += 1;
    }
    suspects = Math.max(0, suspects - batch.length);
    settled += batch.length;
    buffer = buffer.slice(batch.length);
  }

  /** One writer at a time. Waits for what is recorded now, and not for what comes meanwhile: under load that has no end. */
  async function flush(place = taken): Promise<void> {
    while (settled < place) {
      writing ??= writeBatch().finally(() => {
        writing = undefined;
      });
      await writing;
    }
  }

  function take(row: Row): void {
    buffer.push(toWritten(row));
    taken += 1;
  }

  async function prune(): Promise<number> {
    return await pruneBefore(database, new Date(now() - retentionDays * DAY_MS));
  }

  const pruning = setInterval(() => {
    prune().catch(() => {
      log.warn('Old activity could not be removed; trying again in an hour.');
    });
  }, PRUNE_EVERY_MS);
  pruning.unref();

  return {
    record(entry) {
      if (closed || buffer.length >= bufferedMax) {
        dropped += 1;
        return;
      }
      try {
        take(toRow(entry, now()));
      } catch {
        dropped += 1;
      }
      schedule();
    },
    async recordChange(entry) {
      // Past the limit of the buffer: a busy proxy crowds no change out.
      take(toRow({ ...entry, kind: 'change' }, now()));
      try {
        await flush();
      } catch (cause) {
        schedule();
        const reason = passingFault(cause)?.message;
        throw new BridgeError('unavailable', {
          detail: `The change is made, and could not be written down in the audit yet.${reason === undefined ? '' : ` ${reason}.`}`,
          remedy: 'Look at what is stored. The bridge goes on trying to write it down while it runs.',
          retryable: false, // once more, it would be another change
          cause,
        });
      }
    },
    async list(filter = {}) {
      await flush();
      return await readPage(database, filter);
    },
    flush: () => flush(),
    prune,
    counts: () => ({ buffered: buffer.length, dropped }),
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(pruning);
      await flush().catch(() => {
        log.warn({ lost: buffer.length }, 'The last activity could not be written.');
      });
    },
  };
}
