/** The tables of migration 0006-campaigns as the queries see them. Shapes only. */
import type { ColumnType } from 'kysely';
import type { Json } from '../database/tables.ts';

type Instant = ColumnType<Date, Date | string | undefined, Date | string>;
type InstantOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type JsonOrNull<Value> = ColumnType<Value | null, string | null | undefined, string | null>;
type Members = Record<string, unknown>;

export interface SyncsTable {
  name: string;
  settings: Json<Members>;
  /** Field -> sealed secret. */
  secrets: Json<Record<string, string>>;
  version: number;
  created_at: Instant;
  updated_at: Instant;
}

export interface RunsTable {
  id: string;
  sync: string;
  status: string;
  phase: string;
  /** `go`, `pause` or `cancel`: looked at between slices. */
  wanted: ColumnType<string, string | undefined, string>;
  dry_run: boolean;
  counts: ColumnType<Members, string | undefined, string>;
  unmapped: ColumnType<Record<string, number>, string | undefined, string>;
  members_total: number | null;
  checkpoint: JsonOrNull<Members>;
  plan_of: string | null;
  retry_of: string | null;
  started_by: string;
  created_at: Instant;
  started_at: InstantOrNull;
  finished_at: InstantOrNull;
  failure: JsonOrNull<Members>;
  row_count: ColumnType<number, number | undefined, number>;
  lease_owner: string | null;
  lease_until: InstantOrNull;
  retries: ColumnType<number, number | undefined, number>;
  retry_at: InstantOrNull;
  /** Checkpoint at the last failure: whether there was any progress since then. */
  retried_from: JsonOrNull<Members>;
  version: ColumnType<number, number | undefined, number>;
}

declare module '../database/tables.ts' {
  interface Tables {
    syncs: SyncsTable;
    runs: RunsTable;
  }
}
