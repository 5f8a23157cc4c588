/** Everything that the bridge has stored, as of one instant, as the lines of a backup. Secrets stay sealed as they are. */
import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../database.ts';
import type { SealedColumn } from '../rotate-secrets.ts';
import type { Tables } from '../tables.ts';
import { endLine, headerLine, tableLine, type BackupEnd } from './backup-format.ts';
import { BRIDGE_SEQUENCES, BRIDGE_TABLES } from './bridge-tables.ts';

const FETCH_ROWS = 500;

export interface DumpOptions {
  bridgeVersion: string;
  /** Where sealed secrets are: the backup names the keys that are needed to read them. */
  sealedColumns: readonly SealedColumn[];
  nowMs: number;
  /** Takes one line, without its end; resolves when it may be given the next. */
  write(line: string): Promise<void>;
}

export interface Dumped extends BackupEnd {
  keyIds: string[];
}

async function namesOfMigrations(trx: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from bridge_migrations order by name`.execute(trx);
  return rows.map(({ name }) => name);
}

async function sequenceValues(trx: Kysely<Tables>): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const name of BRIDGE_SEQUENCES) {
    const { rows } = await sql<{ value: number }>`select last_value as value from ${sql.ref(name)}`.execute(
      trx,
    );
    values[name] = Number(rows[0]!.value);
  }
  return values;
}

/** `v1.KEYID.…`: see sealed-secret.ts. */
async function keyIdsIn(trx: Kysely<Tables>, columns: readonly SealedColumn[]): Promise<string[]> {
  const ids = new Set<string>();
  for (const { table, column } of columns) {
    const { rows } = await sql<{ id: string }>`
      select distinct split_part(envelope, '.', 2) as id
      from ${sql.ref(table)}, jsonb_each_text(${sql.ref(column)}) as sealed (field, envelope)`.execute(trx);
    rows.forEach(({ id }) => ids.add(id));
  }
  return [...ids].sort();
}

async function* rowsOf(trx: Transaction<Tables>, table: string): AsyncGenerator<string> {
  await sql`declare backup_rows no scroll cursor for
    select row_to_json(stored)::text as line from ${sql.ref(table)} as stored`.execute(trx);
  for (;;) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(FETCH_ROWS)} from backup_rows`.execute(trx);
    for (const { line } of rows) yield line;
    if (rows.length < FETCH_ROWS) break;
  }
  await sql`close backup_rows`.execute(trx);
}

/** Reads in one transaction that sees nothing of what is changed meanwhile, and holds up nobody on a server. */
export async function dumpDatabase({ db }: Database, options: DumpOptions): Promise<Dumped> {
  const { bridgeVersion, sealedColumns, nowMs, write } = options;
  const hash = createHash('sha256');
  const put = async (line: string) => {
    hash.update(`${line}\n`);
    await write(line);
  };
  return await db.transaction().execute(async (trx) => {
    await sql`set transaction isolation level repeatable read, read only`.execute(trx);
    const keyIds = await keyIdsIn(trx, sealedColumns);
    const header = {
      bridgeVersion,
      createdAt: new Date(nowMs).toISOString(),
      migrations: await namesOfMigrations(trx),
      sequences: await sequenceValues(trx),
      keyIds,
    };
    await put(headerLine(header));
    let rows = 0;
    for (const { name, isPassing } of BRIDGE_TABLES) {
      if (isPassing === true) continue;
      await put(tableLine(name));
      for await (const line of rowsOf(trx, name)) {
        rows += 1;
        await put(line);
      }
    }
    const end = { rows, sha256: hash.digest('hex') };
    await write(endLine(end));
    return { ...end, keyIds };
  });
}
