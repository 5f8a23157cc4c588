/** How the syncs are: looked up in the database, for page, API, CLI, metrics and notifications alike. */
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Tables } from '../database/tables.ts';
import type { StatusWord } from '../status-words.ts';
import type { RunsTable } from './campaign-tables.ts';
import { toRunRecord, type RunRecord } from './run-record.ts';
import type { Sync } from './sync.ts';
import { freshAt, nextRunAt, syncStatus, type RunsOfSync } from './sync-status.ts';

export interface SyncLook {
  sync: Sync;
  status: StatusWord;
  runs: RunsOfSync<RunRecord>;
  nextRunAt?: Date;
  /** When the contact list was last known to be as the campaign was. */
  freshAt?: Date;
}

type Role = keyof RunsOfSync;
type RoleRow = Selectable<RunsTable> & { role: Role };

/** Each part is one look into the index of runs by sync. */
async function readRuns(
  db: Kysely<Tables>,
  names: readonly string[],
): Promise<Map<string, RunsOfSync<RunRecord>>> {
  const newest = sql`order by created_at desc, id desc limit 1`;
  const of = sql`runs.* from runs where sync = names.name`;
  const isReal = sql`not dry_run`;
  const { rows } = await sql<RoleRow>`
    select found.* from unnest(${names}::text[]) as names (name) cross join lateral (
      (select 'newest' as role, ${of} ${newest})
      union all (select 'open', ${of} and finished_at is null limit 1)
      union all (select 'ended', ${of} and ${isReal} and finished_at is not null
        and coalesce(failure ->> 'code', '') <> 'cancelled' ${newest})
      union all (select 'begun', ${of} and ${isReal} ${newest})
      union all (select 'complete', ${of} and ${isReal} and retry_of is null and status = 'Healthy' ${newest})
    ) as found`.execute(db);
  const found = new Map<string, RunsOfSync<RunRecord>>(names.map((name) => [name, {}]));
  for (const { role, ...row } of rows) found.get(row.sync)![role] = toRunRecord(row);
  return found;
}

/** In the order given. */
export async function lookAtSyncs(
  db: Kysely<Tables>,
  syncs: readonly Sync[],
  nowMs: number,
): Promise<SyncLook[]> {
  if (syncs.length === 0) return [];
  const all = await readRuns(
    db,
    syncs.map(({ name }) => name),
  );
  return syncs.map((sync) => {
    const runs = all.get(sync.name) ?? {};
    const [next, fresh] = [nextRunAt(sync, nowMs), freshAt(runs)];
    return {
      sync,
      status: syncStatus(sync, runs, nowMs),
      runs,
      ...(next === undefined ? {} : { nextRunAt: next }),
      ...(fresh === undefined ? {} : { freshAt: fresh }),
    };
  });
}
