/** The permits of each connection in PostgreSQL: one row that all instances lease from, on the database's clock. */
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Json } from '../database/tables.ts';
import { decideLease, EMPTY_ROW, type Lease, type LeaseRequest, type PermitRow } from './permit-window.ts';

declare module '../database/tables.ts' {
  interface Tables {
    request_budgets: { connection: string; permits: Json<Record<string, unknown>> };
  }
}

/** Any method may throw: the store is away, and what became of the call is not known. */
export interface PermitStore {
  lease(connection: string, request: LeaseRequest): Promise<Lease>;
  /** The connection is gone. */
  forget(connection: string): Promise<void>;
}

/** @param nowMs Tests give their own time; else the database's clock counts, which is one for all instances. */
export function createPermitStore({ db }: Database, nowMs?: () => number): PermitStore {
  return {
    async lease(connection, request) {
      return await db.transaction().execute(async (trx) => {
        // A power cut may bring permits of the last second back; that is not worth a disk flush for every lease.
        const locked = sql<{ permits: PermitRow; now_ms: number }>`
          select permits, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
            set_config('synchronous_commit', 'off', true)
          from request_budgets where connection = ${connection} for update`;
        let found = (await locked.execute(trx)).rows[0];
        if (found === undefined) {
          await sql`insert into request_budgets (connection, permits)
            values (${connection}, ${JSON.stringify(EMPTY_ROW)}) on conflict do nothing`.execute(trx);
          found = (await locked.execute(trx)).rows[0]!;
        }
        const { row, lease } = decideLease(found.permits, nowMs?.() ?? Number(found.now_ms), request);
        await sql`update request_budgets set permits = ${JSON.stringify(row)}
          where connection = ${connection}`.execute(trx);
        return lease;
      });
    },
    async forget(connection) {
      await sql`delete from request_budgets where connection = ${connection}`.execute(db);
    },
  };
}
