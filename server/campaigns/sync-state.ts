/** The queries of how far a sync has come over all its runs. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { lostConsent, type SyncProgress } from './run/checkpoint.ts';

const COLUMN_OF = {
  memberWatermark: 'member_watermark',
  deletedWatermark: 'deleted_watermark',
  resultsWatermark: 'results_watermark',
  contactListId: 'contact_list_id',
  listFingerprint: 'list_fingerprint',
  mappingFingerprint: 'mapping_fingerprint',
  lastFullAt: 'last_full_at',
  consentFields: 'consent_fields',
} as const satisfies Record<keyof SyncProgress, string>;

const MEMBERS = Object.keys(COLUMN_OF) as (keyof SyncProgress)[];

export async function readProgress(db: Kysely<Tables>, sync: string): Promise<Partial<SyncProgress>> {
  const { rows } = await sql<Record<string, Date | string | null>>`
    select * from sync_state where sync = ${sync}`.execute(db);
  const known = MEMBERS.flatMap((member) => {
    const value = rows[0]?.[COLUMN_OF[member]] ?? null;
    return value === null ? [] : [[member, value instanceof Date ? value.toISOString() : value] as const];
  });
  return Object.fromEntries(known);
}

/** Whoever saves a sync after a run has told of fields that are gone goes by those that are left. */
export async function acceptLostConsent(db: Kysely<Tables>, sync: string): Promise<void> {
  await sql`update sync_state set consent_fields = null
    where sync = ${sync} and starts_with(consent_fields, ${lostConsent([])})`.execute(db);
}

/** Members that are absent stay as they are. */
export async function writeProgress(
  db: Kysely<Tables>,
  sync: string,
  progress: Partial<SyncProgress>,
): Promise<void> {
  const given = MEMBERS.filter((member) => progress[member] !== undefined);
  if (given.length === 0) return;
  const columns = given.map((member) => sql.ref(COLUMN_OF[member]));
  const values = given.map((member): RawBuilder<unknown> => sql`${progress[member]!}`);
  const changes = columns.map((column) => sql`${column} = excluded.${column}`);
  await sql`insert into sync_state (sync, ${sql.join(columns)}) values (${sync}, ${sql.join(values)})
    on conflict (sync) do update set ${sql.join(changes)}`.execute(db);
}
