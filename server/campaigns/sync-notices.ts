/** When the world is told how a sync is: once for every change, by whichever instance comes first. */
import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/database.ts';
import { present } from '../present.ts';
import type { StatusWord } from '../status-words.ts';
import type { Tables } from '../database/tables.ts';
import type { Notice, NoticeEvent } from './jobs/job-queues.ts';
import { lookAtSyncs, type SyncLook } from './sync-look.ts';
import type { SyncStore } from './sync-store.ts';

/** What was last known of a sync, and said if there was something to say. */
export type NoticeState = 'fine' | 'failed' | 'part_failed' | 'late';

const STATE_OF_WORD: Readonly<Partial<Record<StatusWord, NoticeState>>> = {
  Healthy: 'fine',
  Failed: 'failed',
  'Action needed': 'failed',
  'Part failed': 'part_failed',
  Late: 'late',
};

/** @returns undefined where the word says nothing about it: while a run goes on, or somebody has paused it. Pure. */
export function noticeStateOf(word: StatusWord): NoticeState | undefined {
  return STATE_OF_WORD[word];
}

/** @returns undefined where there is nothing to say. Pure. */
export function noticeEvent(before: NoticeState, after: NoticeState): NoticeEvent | undefined {
  if (before === after) return undefined;
  return after === 'fine' ? 'recovered' : after;
}

/** Pure. */
function noticeOf(event: NoticeEvent, look: SyncLook, nowMs: number): Notice {
  const { ended } = look.runs;
  const isOfRun = event !== 'late' && ended !== undefined;
  const failure = isOfRun ? ended.failure : undefined;
  return {
    event,
    sync: look.sync.name,
    status: look.status,
    at: new Date(nowMs).toISOString(),
    ...present({
      run: isOfRun ? ended.id : undefined,
      counts: isOfRun ? { ...ended.counts } : undefined,
      failure: failure === undefined ? undefined : { code: failure.code, remedy: failure.remedy },
      nextRunAt: look.nextRunAt?.toISOString(),
    }),
  };
}

interface NoticeRow {
  sync: string;
  state: NoticeState;
  unsent: UnsentNotice | null;
}

/** Noted and not handed on yet. Its id stays the same however often it is handed on. */
export interface UnsentNotice {
  id: string;
  notice: Notice;
}

async function readRows(db: Kysely<Tables>): Promise<Map<string, NoticeRow>> {
  const { rows } = await sql<NoticeRow>`select sync, state, unsent from sync_notices`.execute(db);
  return new Map(rows.map((row) => [row.sync, row]));
}

/** Waits for whoever is at it already. @returns what was last known. */
async function lockState(trx: Kysely<Tables>, sync: string): Promise<NoticeState> {
  await sql`insert into sync_notices (sync, state) values (${sync}, 'fine') on conflict do nothing`.execute(
    trx,
  );
  const { rows } = await sql<{ state: NoticeState }>`
    select state from sync_notices where sync = ${sync} for update`.execute(trx);
  return rows[0]!.state;
}

export interface SyncNotices {
  /** @param handOn Called at least once for each change; with the same id where it is called again. */
  look(handOn: (unsent: UnsentNotice) => Promise<void>): Promise<void>;
}

export interface SyncNoticesOptions {
  database: Database;
  syncs: Pick<SyncStore, 'list' | 'find'>;
  /** Epoch milliseconds. */
  now?: () => number;
}

export function createSyncNotices({ database, syncs, now = Date.now }: SyncNoticesOptions): SyncNotices {
  const { db } = database;

  async function note(name: string): Promise<void> {
    await db.transaction().execute(async (trx) => {
      const before = await lockState(trx, name);
      const sync = syncs.find(name);
      // Looked at again: another instance may have come first, and it may be better by now.
      const [look] = sync === undefined ? [] : await lookAtSyncs(trx, [sync], now());
      const after = look === undefined ? undefined : noticeStateOf(look.status);
      const event = after === undefined ? undefined : noticeEvent(before, after);
      if (look === undefined || after === undefined || event === undefined) return;
      const unsent: UnsentNotice = { id: randomUUID(), notice: noticeOf(event, look, now()) };
      await sql`update sync_notices set state = ${after}, unsent = ${JSON.stringify(unsent)}::jsonb,
        noticed_at = clock_timestamp() where sync = ${name}`.execute(trx);
    });
  }

  async function noteChanges(): Promise<void> {
    const looks = await lookAtSyncs(db, syncs.list(), now());
    const known = await readRows(db);
    for (const { sync, status } of looks) {
      const state = noticeStateOf(status);
      const before = known.get(sync.name)?.state ?? 'fine';
      if (state !== undefined && state !== before) await note(sync.name);
    }
  }

  return {
    async look(handOn) {
      await noteChanges();
      for (const { sync, unsent } of (await readRows(db)).values()) {
        if (unsent === null) continue;
        await handOn(unsent);
        await sql`update sync_notices set unsent = null
          where sync = ${sync} and unsent ->> 'id' = ${unsent.id}`.execute(db);
      }
    },
  };
}
