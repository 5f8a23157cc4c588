/** Seals every stored secret anew with another key, while the bridge goes on reading and writing. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { isSealedWith, openSecret, sealSecret, type KeyRing, type SecretKey } from './sealed-secret.ts';

const BATCH_ROWS = 100;

/** A table whose column holds field -> envelope, and how a secret in it is called. */
export interface SealedColumn {
  table: string;
  /** Text, unique. */
  keyColumn: string;
  /** jsonb. */
  column: string;
  identityOf: (key: string, field: string) => string;
}

export interface RotationOptions {
  /** All that something may be sealed with. */
  from: SecretKey | readonly SecretKey[];
  to: SecretKey;
  columns: readonly SealedColumn[];
  batchRows?: number;
}

interface SealedRow {
  key: string;
  secrets: Record<string, string>;
}

function reseal(ring: KeyRing, row: SealedRow, identityOf: SealedColumn['identityOf']) {
  const entries = Object.entries(row.secrets);
  const stale = entries.filter(([, envelope]) => !isSealedWith(ring.current, envelope));
  const renewed = stale.map(([field, envelope]) => {
    const identity = identityOf(row.key, field);
    return [field, sealSecret(ring, identity, openSecret(ring, identity, envelope))] as const;
  });
  return { count: renewed.length, secrets: { ...row.secrets, ...Object.fromEntries(renewed) } };
}

/** Rows are locked while they are sealed anew, so that a change made at the same moment is neither lost nor undone. */
async function resealBatch(
  database: Database,
  ring: KeyRing,
  column: SealedColumn,
  after: string,
  rows: number,
) {
  return await database.db.transaction().execute(async (trx) => {
    const [table, key, secrets] = [column.table, column.keyColumn, column.column].map((name) =>
      sql.ref(name),
    );
    const batch = await sql<SealedRow>`
      select ${key} as key, ${secrets} as secrets from ${table}
      where ${key} > ${after} order by ${key} limit ${sql.lit(rows)} for update`.execute(trx);
    let resealed = 0;
    for (const row of batch.rows) {
      const renewed = reseal(ring, row, column.identityOf);
      if (renewed.count === 0) continue;
      resealed += renewed.count;
      await sql`update ${table} set ${secrets} = ${JSON.stringify(renewed.secrets)}::jsonb where ${key} = ${row.key}`.execute(
        trx,
      );
    }
    return { resealed, last: batch.rows.at(-1)?.key };
  });
}

/**
 * Seals all secrets of these columns with `to`. Can be repeated, and goes on where it was cut off.
 * No read fails meanwhile if every instance holds both keys: first set BRIDGE_SECRET_KEY to `OLD,NEW` everywhere, then to
 * `NEW,OLD` everywhere, then rotate, then drop the old one.
 * @throws BridgeError `internal_error` where a secret opens with neither key; batches before it stay done.
 */
export async function rotateSecrets(
  database: Database,
  options: RotationOptions,
): Promise<{ resealed: number }> {
  const { from, to, columns, batchRows = BATCH_ROWS } = options;
  const ring: KeyRing = { current: to, previous: [from].flat() };
  let resealed = 0;
  for (const column of columns) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const batch = await resealBatch(database, ring, column, after, batchRows);
      resealed += batch.resealed;
      after = batch.last;
    }
  }
  return { resealed };
}
