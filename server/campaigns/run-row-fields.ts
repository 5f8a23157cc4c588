/** Which original values the rows of a run have: the columns of its file. */
import { sql } from 'kysely';
import type { Queries } from './ledger.ts';
import type { RowOutcome } from './row-reason.ts';

/**
 * Those that the sync maps come first, as it maps them; the others by name.
 * @param mapped Of the sync as it is now: rows may be older.
 */
export async function listRowFields(
  db: Queries,
  run: string,
  { outcome, mapped }: { outcome?: RowOutcome | undefined; mapped: readonly string[] },
): Promise<string[]> {
  const isWanted = outcome === undefined ? sql`true` : sql`outcome = ${outcome}`;
  const { rows } = await sql<{ field: string }>`
    select distinct jsonb_object_keys(original) as field from run_rows
    where run = ${run}::uuid and ${isWanted}`.execute(db);
  const found = new Set(rows.map(({ field }) => field));
  const first = mapped.filter((field) => found.has(field));
  return [...first, ...[...found].filter((field) => !first.includes(field)).sort()];
}
