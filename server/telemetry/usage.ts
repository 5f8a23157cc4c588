/** How often each connection's token was used today, and when last, over all instances and restarts. Counted in memory, written behind. */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { DatabaseLog } from '../database/listener.ts';

const FLUSH_MS = 5_000;
const KEEP_DAYS = 31;
const DAY_MS = 86_400_000;

declare module '../database/tables.ts' {
  interface Tables {
    connection_uses: { connection: string; day: string; uses: number; last_used_at: Date };
  }
}

export interface ConnectionUsage {
  usesToday: number;
  lastUsedAt: Date;
}

export interface UsageStore {
  /** Returns at once and never throws: a hot path calls it. */
  used(connection: string): void;
  /** By connection, what this instance has not written yet included; days are UTC. Never throws: without the database, what is known here. */
  read(): Promise<ReadonlyMap<string, ConnectionUsage>>;
  /** Writes the rest and stops. */
  close(): Promise<void>;
}

interface Unwritten {
  connection: string;
  /** UTC, as `2026-05-01`. */
  day: string;
  uses: number;
  lastAtMs: number;
}

export function createUsageStore(options: {
  database: Database;
  log: DatabaseLog;
  /** Epoch milliseconds. */
  now?: () => number;
}): UsageStore {
  const { database, log, now = Date.now } = options;
  const { db } = database;
  /** By day and connection. */
  let unwritten = new Map<string, Unwritten>();
  let prunedDay = '';
  let flushing: Promise<void> | undefined;
  let today = { day: '', untilMs: 0 };

  function dayOf(atMs: number): string {
    if (atMs >= today.untilMs || atMs < today.untilMs - DAY_MS) {
      const day = new Date(atMs).toISOString().slice(0, 10);
      today = { day, untilMs: Date.parse(day) + DAY_MS };
    }
    return today.day;
  }

  async function write(batch: ReadonlyMap<string, Unwritten>): Promise<void> {
    const rows = [...batch.values()].map(({ connection, day, uses, lastAtMs }) => ({
      connection,
      day,
      uses,
      last_used_at: new Date(lastAtMs),
    }));
    await db
      .insertInto('connection_uses')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['connection', 'day']).doUpdateSet({
          uses: sql`connection_uses.uses + excluded.uses`,
          last_used_at: sql`greatest(connection_uses.last_used_at, excluded.last_used_at)`,
        }),
      )
      .execute();
  }

  function giveBack(batch: ReadonlyMap<string, Unwritten>): void {
    for (const [key, earlier] of batch) {
      const later = unwritten.get(key);
      if (later === undefined) unwritten.set(key, earlier);
      else later.uses += earlier.uses;
    }
  }

  async function prune(): Promise<void> {
    const day = dayOf(now());
    if (day === prunedDay) return;
    await sql`delete from connection_uses where day < ${day}::date - ${KEEP_DAYS}::int`.execute(db);
    prunedDay = day;
  }

  async function flushOnce(): Promise<void> {
    if (unwritten.size === 0) return;
    const batch = unwritten;
    unwritten = new Map();
    try {
      await write(batch);
      await prune();
    } catch (error) {
      giveBack(batch);
      log.warn({ err: error }, 'The use of connections could not be written; trying again.');
    }
  }

  function flush(): Promise<void> {
    flushing ??= flushOnce().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();

  async function stored(): Promise<Map<string, ConnectionUsage>> {
    const { rows } = await sql<{ connection: string; uses: number; last_used_at: Date }>`
      select connection, max(last_used_at) as last_used_at,
        coalesce(sum(uses) filter (where day = ${dayOf(now())}::date), 0)::float8 as uses
      from connection_uses group by connection`.execute(db);
    return new Map(
      rows.map(({ connection, uses, last_used_at }) => [
        connection,
        { usesToday: Number(uses), lastUsedAt: last_used_at },
      ]),
    );
  }

  return {
    used(connection) {
      const atMs = now();
      const day = dayOf(atMs);
      const key = `${day} ${connection}`;
      const known = unwritten.get(key);
      if (known === undefined) unwritten.set(key, { connection, day, uses: 1, lastAtMs: atMs });
      else {
        known.uses += 1;
        known.lastAtMs = atMs;
      }
    },
    async read() {
      await flush();
      const usage = await stored().catch(() => new Map<string, ConnectionUsage>());
      for (const { connection, day, uses, lastAtMs } of unwritten.values()) {
        const before = usage.get(connection);
        const usesToday = (before?.usesToday ?? 0) + (day === dayOf(now()) ? uses : 0);
        const lastUsedAt = new Date(Math.max(lastAtMs, before?.lastUsedAt.getTime() ?? 0));
        usage.set(connection, { usesToday, lastUsedAt });
      }
      return usage;
    },
    async close() {
      clearInterval(timer);
      await flushing; // what came since it began is in no batch yet
      await flush();
    },
  };
}
