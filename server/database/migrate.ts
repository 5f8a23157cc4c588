/** Brings the tables up to this version of the bridge, forward only, whichever of several instances comes first. */
import { sql, type Kysely, type Transaction } from 'kysely';
import { BridgeError } from '../errors.ts';

// Any fixed number: the advisory lock that stands for "the bridge is migrating this database".
const MIGRATION_LOCK = 7_242_026;
// Longer than any migration should take; an instance that waits longer says so instead of hanging.
const LOCK_TIMEOUT_MS = 60_000;

export interface Migration {
  /** Sorts by its number: `0001-connections`. Never renamed once released. */
  name: string;
  up(db: Kysely<unknown>): Promise<void>;
}

function newerDatabase(unknown: readonly string[]): BridgeError {
  return new BridgeError('unavailable', {
    detail: `The database was made by a newer version of the bridge (it holds ${unknown.join(', ')}).`,
    remedy: 'Start the newer version again, or restore a backup made by this version.',
    details: { reason: 'newer' },
  });
}

async function appliedNames(db: Kysely<unknown>): Promise<Set<string>> {
  await sql`create table if not exists bridge_migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`.execute(db);
  const { rows } = await sql<{ name: string }>`select name from bridge_migrations`.execute(db);
  return new Set(rows.map((row) => row.name));
}

/** As `migrate`, within a transaction that its caller ends. */
export async function migrateIn(
  trx: Transaction<unknown>,
  migrations: readonly Migration[],
): Promise<string[]> {
  await sql`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`.execute(trx);
  await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx);
  const applied = await appliedNames(trx);
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) throw newerDatabase(unknown);
  const pending = migrations.filter((migration) => !applied.has(migration.name));
  for (const migration of pending) {
    await migration.up(trx);
    await sql`insert into bridge_migrations (name) values (${migration.name})`.execute(trx);
  }
  return pending.map((migration) => migration.name);
}

/**
 * Runs what is missing in one transaction under an advisory lock: all of it or nothing, and instances that start together wait for the first.
 * @returns Names of the migrations that ran here.
 * @throws BridgeError `unavailable` where the database is of a newer version.
 */
export async function migrate(db: Kysely<unknown>, migrations: readonly Migration[]): Promise<string[]> {
  // Whatever the server's default is: each statement has to see what the instance before it has done, under the lock, and not before.
  return await db
    .transaction()
    .setIsolationLevel('read committed')
    .execute((trx) => migrateIn(trx, migrations));
}
