/** Results that webhooks brought, in the database until they are written. An event is stored once, however often it comes. */
import { sql } from 'kysely';
import type { Database } from '../../database/database.ts';
import type { Queries } from '../ledger.ts';
import type { ResultEvent } from './result-event.ts';

/** An event that comes again after this long changes nothing either: its result is no longer the newest, or is written already. */
const EVENTS_KEPT_DAYS = 30;
/** Then the event is given up; the next run reads the result from the contact itself. */
export const TRIES_MAX = 10;
const PRUNE_ROWS = 10_000;

/** What became of an event. `ignored`: nothing is to be written of it, or the contact is not of this sync. */
export const EVENT_OUTCOMES = ['written', 'unmapped', 'ignored', 'failed'] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];

export interface OpenEvent extends Pick<ResultEvent, 'eventId' | 'contactId' | 'result'> {
  seq: number;
  at: string;
  tries: number;
}

export interface SettledEvent {
  eventId: string;
  outcome: EventOutcome;
  /** Why it failed. */
  reasonCode?: string;
}

export interface InboxSummary {
  /** Received and not written yet. */
  open: number;
  written: number;
  ignored: number;
  failed: number;
  lastReceivedAt?: Date;
  /** Results that the sync maps to no status, most frequent first. */
  unmapped: { result: string; count: number }[];
}

export interface ResultsInbox {
  /** @returns false where it is there already. */
  add(sync: string, event: ResultEvent): Promise<boolean>;
  /** In the order in which they came, after `seq`. */
  open(sync: string, page: { after: number; limit: number }): Promise<OpenEvent[]>;
  /** All of it, with what `work` does in the same transaction, or nothing. Who was called is dropped. */
  settle(
    sync: string,
    settled: readonly SettledEvent[],
    work?: (trx: Queries) => Promise<void>,
  ): Promise<void>;
  noteTry(sync: string, eventIds: readonly string[]): Promise<void>;
  summary(sync: string): Promise<InboxSummary>;
  /** Syncs with something to write. */
  waiting(): Promise<string[]>;
  /** Once a day is enough. @returns how many. */
  prune(): Promise<number>;
}

interface OpenRow {
  event_id: string;
  contact_id: string;
  result: string;
  attempt_at: Date;
  seq: number;
  tries: number;
}

async function settleEvents(db: Queries, sync: string, settled: readonly SettledEvent[]): Promise<void> {
  if (settled.length === 0) return;
  const ids = settled.map(({ eventId }) => eventId);
  const outcomes = settled.map(({ outcome }) => outcome);
  const reasons = settled.map(({ reasonCode = '' }) => reasonCode);
  await sql`
    update result_events set settled_at = clock_timestamp(), contact_id = null,
      outcome = given.outcome, reason_code = nullif(given.reason, '')
    from unnest(${ids}::text[], ${outcomes}::text[], ${reasons}::text[]) as given (id, outcome, reason)
    where sync = ${sync} and event_id = given.id and settled_at is null`.execute(db);
}

async function summaryOf(db: Queries, sync: string): Promise<InboxSummary> {
  const { rows } = await sql<{ outcome: string | null; count: number; last: Date }>`
    select outcome, count(*)::int as count, max(received_at) as last
    from result_events where sync = ${sync} group by outcome`.execute(db);
  const unmapped = await sql<{ result: string; count: number }>`
    select result, count(*)::int as count from result_events
    where sync = ${sync} and outcome = 'unmapped' group by result order by 2 desc, 1 limit 200`.execute(db);
  const countOf = (outcome: EventOutcome | null) => rows.find((row) => row.outcome === outcome)?.count ?? 0;
  const lastMs = Math.max(...rows.map(({ last }) => last.getTime()));
  return {
    open: countOf(null),
    written: countOf('written'),
    ignored: countOf('ignored'),
    failed: countOf('failed'),
    ...(rows.length === 0 ? {} : { lastReceivedAt: new Date(lastMs) }),
    unmapped: unmapped.rows,
  };
}

async function pruneEvents(db: Queries): Promise<number> {
  let removed = 0;
  for (let batch = PRUNE_ROWS; batch === PRUNE_ROWS; removed += batch) {
    const { rows } = await sql`
      delete from result_events where (sync, event_id) in (
        select sync, event_id from result_events
        where received_at < clock_timestamp() - ${EVENTS_KEPT_DAYS}::int * interval '1 day' limit ${PRUNE_ROWS}
      ) returning 1`.execute(db);
    batch = rows.length;
  }
  return removed;
}

/** For a person who is to be forgotten. @returns how many. */
export async function eraseEventsOf(db: Queries, contactIds: readonly string[]): Promise<number> {
  const { rows } = await sql`
    delete from result_events where settled_at is null and contact_id = any(${contactIds}::text[]) returning 1`.execute(
    db,
  );
  return rows.length;
}

export function createResultsInbox({ db }: Pick<Database, 'db'>): ResultsInbox {
  return {
    async add(sync, { eventId, contactId, result, at }) {
      const { rows } = await sql`
        insert into result_events (sync, event_id, contact_id, result, attempt_at)
        values (${sync}, ${eventId}, ${contactId}, ${result}, ${at}::timestamptz)
        on conflict (sync, event_id) do nothing returning 1`.execute(db);
      return rows.length > 0;
    },
    async open(sync, { after, limit }) {
      const { rows } = await sql<OpenRow>`
        select event_id, contact_id, result, attempt_at, seq, tries from result_events
        where sync = ${sync} and settled_at is null and seq > ${after}::bigint order by seq limit ${limit}`.execute(
        db,
      );
      return rows.map((row) => ({
        eventId: row.event_id,
        contactId: row.contact_id,
        result: row.result,
        at: row.attempt_at.toISOString(),
        seq: row.seq,
        tries: row.tries,
      }));
    },
    async settle(sync, settled, work) {
      await db.transaction().execute(async (trx) => {
        await work?.(trx);
        await settleEvents(trx, sync, settled);
      });
    },
    async noteTry(sync, eventIds) {
      if (eventIds.length === 0) return;
      await sql`update result_events set tries = tries + 1
        where sync = ${sync} and event_id = any(${eventIds}::text[])`.execute(db);
    },
    summary: (sync) => summaryOf(db, sync),
    async waiting() {
      const { rows } = await sql<{ sync: string }>`
        select distinct sync from result_events where settled_at is null order by 1`.execute(db);
      return rows.map(({ sync }) => sync);
    },
    prune: () => pruneEvents(db),
  };
}
