/** Brings a database to what a backup holds: in one transaction, so that it is as before where anything fails. */
import { sql, type RawBuilder, type Transaction } from 'kysely';
import { BridgeError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { migrateIn, type Migration } from '../migrate.ts';
import { MIGRATIONS } from '../migrations/list.ts';
import type { Tables } from '../tables.ts';
import { badBackup, damaged, isRow, readHeader, readMark, type BackupHeader } from './backup-format.ts';
import { BRIDGE_SEQUENCES, BRIDGE_TABLES, OWNED_TABLES } from './bridge-tables.ts';

const INSERT_ROWS = 500;
const INSERT_CHARS_MAX = 1_000_000;
/**
 * Numbers that were given out after the backup are not given out again: whoever holds one would take the new thing for the old.
 * More than any bridge gives out between two backups.
 */
const NUMBERS_SKIPPED = 1_000_000;
const APPLICATION_NAME = 'purecloud-bridge';

export interface LoadOptions {
  /** Takes the place of what is there. */
  force?: boolean;
  /** Default: those of this version. */
  migrations?: readonly Migration[];
}

export interface Loaded {
  header: BackupHeader;
  rows: number;
}

type Query = Transaction<Tables>;

async function execute<Row>(trx: Query, query: RawBuilder<Row>): Promise<Row[]> {
  return (await query.execute(trx)).rows;
}

async function assertEmpty(trx: Query): Promise<void> {
  for (const table of OWNED_TABLES) {
    const [row] = await execute(
      trx,
      sql<{ found: number }>`select count(*)::int as found from ${sql.ref(table)}`,
    );
    if (row!.found === 0) continue;
    throw new BridgeError('conflict', {
      detail: `The database is in use: it holds ${row!.found} ${table}.`,
      remedy: 'Restore into an empty one, or replace what is there with --force, which cannot be undone.',
    });
  }
}

/** A bridge that runs would go on with what it remembers of the old state. */
async function assertAlone({ kind }: Database, trx: Query): Promise<void> {
  if (kind === 'embedded') return;
  const [row] = await execute(
    trx,
    sql<{ others: number }>`select count(*)::int as others from pg_stat_activity
      where application_name = ${APPLICATION_NAME} and datname = current_database() and pid <> pg_backend_pid()`,
  );
  if (row!.others === 0) return;
  throw new BridgeError('conflict', {
    detail: 'A bridge is connected to this database.',
    remedy: 'Stop every bridge on it, restore, and start them again.',
  });
}

/** Jobs that wait belong to runs that are gone; the bridge makes the queue anew when it starts. */
async function clear(trx: Query): Promise<void> {
  for (const { name } of BRIDGE_TABLES) await sql`drop table if exists ${sql.ref(name)} cascade`.execute(trx);
  for (const name of BRIDGE_SEQUENCES) await sql`drop sequence if exists ${sql.ref(name)}`.execute(trx);
  await sql`drop table if exists bridge_migrations`.execute(trx);
  await sql`drop schema if exists bridge_jobs cascade`.execute(trx);
}

async function fill(trx: Query, table: string, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into ${sql.ref(table)} overriding system value
    select * from json_populate_recordset(null::${sql.ref(table)}, ${`[${rows.join(',')}]`}::json)`.execute(
    trx,
  );
}

function assertKnownTable(table: string): void {
  if (BRIDGE_TABLES.some(({ name }) => name === table)) return;
  throw damaged('it holds a table that no version of the bridge had');
}

async function fillAll(trx: Query, lines: AsyncIterator<string>): Promise<number> {
  let [table, held, chars, count]: [string | undefined, string[], number, number] = [undefined, [], 0, 0];
  const flush = async () => {
    if (table !== undefined) await fill(trx, table, held);
    [held, chars] = [[], 0];
  };
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const line = next.value;
    if (isRow(line)) {
      held.push(line);
      chars += line.length;
      count += 1;
      if (held.length >= INSERT_ROWS || chars >= INSERT_CHARS_MAX) await flush();
      continue;
    }
    await flush();
    const mark = readMark(line);
    if ('end' in mark) return count;
    assertKnownTable(mark.table);
    table = mark.table;
  }
  throw damaged('its end is missing');
}

async function advanceNumbers(trx: Query, { sequences }: BackupHeader): Promise<void> {
  for (const name of BRIDGE_SEQUENCES) {
    const value = sequences[name];
    if (value !== undefined)
      await sql`select setval(${name}::regclass, ${value + NUMBERS_SKIPPED}::bigint)`.execute(trx);
  }
  const columns = await execute(
    trx,
    sql<{
      table_name: string;
      column_name: string;
    }>`select table_name, column_name from information_schema.columns
      where table_schema = current_schema() and is_identity = 'YES'`,
  );
  for (const { table_name: table, column_name: column } of columns) {
    if (!BRIDGE_TABLES.some(({ name }) => name === table)) continue;
    await sql`select setval(pg_get_serial_sequence(${table}, ${column}),
      (select coalesce(max(${sql.ref(column)}), 0) + 1 from ${sql.ref(table)}))`.execute(trx);
  }
}

/** A token of then may have been replaced since, and a lock is of a process of then. */
async function dropTokens(trx: Query): Promise<void> {
  await sql`update connection_tokens set secrets = '{}', token = null, issued_at = null, expires_at = null,
    generation_floor = greatest(generation, generation_floor) + ${NUMBERS_SKIPPED}::bigint,
    lock_owner = null, lock_granted_at = null, lock_expires_at = null`.execute(trx);
}

/**
 * What was sent since is on the lists, and the ledger of then knows nothing of it: the next run of each sync compares everything, and one that
 * was open then begins anew.
 */
async function distrustLedgers(trx: Query): Promise<void> {
  await sql`update sync_state set mapping_fingerprint = ''`.execute(trx);
  await sql`update runs set checkpoint = null, retried_from = null`.execute(trx);
}

function migrationsOf({ migrations, bridgeVersion }: BackupHeader, known: readonly Migration[]): Migration[] {
  if (migrations.some((name) => !known.some((migration) => migration.name === name)))
    throw badBackup(
      `The backup was made by a later version of the bridge (${bridgeVersion}).`,
      'Restore it with that version.',
    );
  return known.filter(({ name }) => migrations.includes(name));
}

/**
 * @param lines Of a backup whose checksum was found right.
 * @throws BridgeError `conflict` where the database is in use; `invalid_request` where the backup does not fit.
 */
export async function loadDatabase(
  database: Database,
  lines: AsyncIterable<string>,
  { force = false, migrations = MIGRATIONS }: LoadOptions = {},
): Promise<Loaded> {
  return await database.db.transaction().execute(async (trx) => {
    await assertAlone(database, trx);
    if (!force) await assertEmpty(trx);
    const iterator = lines[Symbol.asyncIterator]();
    const first = await iterator.next();
    const header = readHeader(first.done === true ? '' : first.value);
    const ofBackup = migrationsOf(header, migrations);
    await clear(trx);
    const typeless = trx as unknown as Transaction<unknown>;
    await migrateIn(typeless, ofBackup);
    const rows = await fillAll(trx, iterator);
    await migrateIn(typeless, migrations);
    await advanceNumbers(trx, header);
    await dropTokens(trx);
    await distrustLedgers(trx);
    return { header, rows };
  });
}
