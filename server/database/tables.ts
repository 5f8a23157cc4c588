/** The tables as the queries see them. Shapes only: the migrations make them. */
import type { ColumnType, Generated } from 'kysely';

/** JSON goes in as text, so that arrays do not become PostgreSQL arrays, and comes out parsed. */
export type Json<Value> = ColumnType<Value, string, string>;
/** Instants come out as Date on both databases. */
type Instant = ColumnType<Date, Date | string, Date | string>;
type InstantWithDefault = ColumnType<Date, Date | string | undefined, Date | string>;
type InstantOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

export interface ConnectionsTable {
  name: string;
  /** Everything of the connection but its secrets. */
  settings: Json<Record<string, unknown>>;
  /** Field -> sealed secret. */
  secrets: Json<Record<string, string>>;
  /** From one sequence for all connections: it never repeats, not even when a connection is removed and made again. */
  version: number;
  /** The version at which anything last changed that takes part in signing in. */
  credential_version: number;
  created_at: InstantWithDefault;
  updated_at: InstantWithDefault;
}

export interface CallersTable {
  name: string;
  /** Permissions, proxy rules and the further ways in. */
  settings: Json<Record<string, unknown>>;
  version: number;
  created_at: InstantWithDefault;
  updated_at: InstantWithDefault;
}

export interface CallerKeysTable {
  /** SHA-256 of the key, hexadecimal. */
  key_sha256: string;
  caller: string;
  created_at: InstantWithDefault;
  /** Null: works until it is replaced. */
  expires_at: InstantOrNull;
}

export interface ActivityTable {
  id: Generated<number>;
  at: Instant;
  kind: string;
  connection: string | null;
  caller: string | null;
  result: string;
  status: number | null;
  duration_ms: number | null;
  correlation_id: string | null;
  upstream_correlation_id: string | null;
  summary: string | null;
}

/** A room with tables of its own adds them beside its queries: `declare module '../database/tables.ts' { interface Tables { … } }`. */
export interface Tables {
  connections: ConnectionsTable;
  callers: CallersTable;
  caller_keys: CallerKeysTable;
  activity: ActivityTable;
}
