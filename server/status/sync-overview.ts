/** How one sync is, as page, API, CLI and metrics show it beside the connections. Pure. */
import type { RunRecord } from '../campaigns/run-record.ts';
import type { SyncLook } from '../campaigns/sync-look.ts';
import { present } from '../present.ts';
import type { StatusWord } from '../status-words.ts';

export interface SyncOverview {
  name: string;
  salesforceConnection: string;
  purecloudConnection: string;
  status: StatusWord;
  lastRun?: LastRunOverview;
  nextRunAt?: string;
  /** When the contact list was last known to be as the campaign was. */
  freshAt?: string;
  freshnessSeconds?: number;
}

/** The newest that ended by itself and was no dry run: what the word is from. */
export interface LastRunOverview {
  id: string;
  status: StatusWord;
  finishedAt?: string;
  failedRows: number;
  code?: string;
  title?: string;
  remedy?: string;
}

function lastRunOf(run: RunRecord): LastRunOverview {
  const { id, status, finishedAt, counts, failure } = run;
  return {
    id,
    status,
    failedRows: counts.failed,
    ...present({
      finishedAt: finishedAt?.toISOString(),
      code: failure?.code,
      title: failure?.detail,
      remedy: failure?.remedy,
    }),
  };
}

export function syncOverviewOf(
  { sync, status, runs, nextRunAt, freshAt }: SyncLook,
  nowMs: number,
): SyncOverview {
  const { name, salesforceConnection, purecloudConnection } = sync;
  return {
    name,
    salesforceConnection,
    purecloudConnection,
    status,
    ...present({
      lastRun: runs.ended === undefined ? undefined : lastRunOf(runs.ended),
      nextRunAt: nextRunAt?.toISOString(),
      freshAt: freshAt?.toISOString(),
      freshnessSeconds:
        freshAt === undefined ? undefined : Math.max(0, Math.round((nowMs - freshAt.getTime()) / 1000)),
    }),
  };
}
