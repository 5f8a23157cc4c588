/** What the rooms see of the database, whichever of the two it is. Shapes only. */
import type { PGlite } from '@electric-sql/pglite';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { StopListening, Subscriber } from './subscriptions.ts';
import type { Tables } from './tables.ts';

export type DatabaseHealth = { healthy: true; latencyMs: number } | { healthy: false; reason: string };

/** For libraries that bring their own queries, such as the job queue. */
export type RawDatabase =
  { kind: 'embedded'; pglite: PGlite } | { kind: 'server'; pool: pg.Pool; connectionString: string };

export interface Database {
  readonly kind: 'embedded' | 'server';
  /** In a transaction use only its own handle: the embedded database has one connection, and a query beside the transaction waits for its end. */
  readonly db: Kysely<Tables>;
  readonly raw: RawDatabase;
  /** Hears NOTIFY of every instance, its own included. Channel: lower-case letters and `_`. */
  listen(channel: string, subscriber: Subscriber): Promise<StopListening>;
  /** Never throws; answers within two seconds. */
  health(): Promise<DatabaseHealth>;
  /** Idempotent. */
  close(): Promise<void>;
}
