/** The one database of the bridge: embedded in the data directory, or a PostgreSQL server. The same migrations and queries on both. */
import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { DatabaseLog } from './listener.ts';
import { migrate, type Migration } from './migrate.ts';
import { MIGRATIONS } from './migrations/list.ts';
import { directoryFault, openingError, serverFault, systemCodeOf } from './opening-faults.ts';
import { hostOf, openServer } from './server-database.ts';

export interface DatabaseOptions {
  /** `postgres://…`; absent: embedded. */
  databaseUrl?: string;
  dataDir: string;
  log: DatabaseLog;
  /** Absent: those of this version. */
  migrations?: readonly Migration[];
  /** Makes no tables in a server's database that has none: whoever only reads would find an empty bridge there. */
  mustBeUsed?: boolean;
}

// SQLSTATE class XX: internal error, data corrupted, index corrupted.
const DATA_CORRUPTED = 'XX';

/** Loaded where it is used: it is a whole database. */
async function openEmbedded(dataDir: string, log: DatabaseLog): Promise<Database> {
  const embedded = await import('./embedded-database.ts');
  return await embedded.openEmbedded({ dataDir, log });
}

/** @throws BridgeError `unavailable` where no bridge has made its tables in this database. */
async function assertUsed({ db }: Database, databaseUrl: string): Promise<void> {
  const { rows } = await sql<{ is_used: boolean }>`
    select to_regclass('bridge_migrations') is not null as is_used`.execute(db);
  if (rows[0]?.is_used === true) return;
  const name = new URL(databaseUrl).pathname.slice(1);
  throw openingError(
    'missing',
    `No bridge has stored anything in the database ${name} of ${hostOf(databaseUrl)}.`,
    'Give the DATABASE_URL of the bridge, with the name of its database.',
  );
}

/**
 * Opens the database and brings its tables up to date.
 * @throws BridgeError `unavailable`; `details.reason` is one of `OpeningFault` or `newer`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, log, migrations = MIGRATIONS, mustBeUsed = false } = options;
  const database =
    databaseUrl === undefined ? await openEmbedded(dataDir, log) : openServer({ databaseUrl, log });
  try {
    if (mustBeUsed && databaseUrl !== undefined) await assertUsed(database, databaseUrl);
    const names = await migrate(database.db as Kysely<unknown>, migrations);
    if (names.length > 0)
      log.info({ migrations: names }, 'The tables of the database were brought up to date.');
    return database;
  } catch (error) {
    await database.close();
    if (databaseUrl !== undefined) throw serverFault(hostOf(databaseUrl), error);
    throw systemCodeOf(error).startsWith(DATA_CORRUPTED) ? directoryFault(dataDir, error) : error;
  }
}
