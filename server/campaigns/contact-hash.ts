/** What was sent, in 22 characters: the ledger of a million contacts holds no names and no numbers. Pure. */
import { hash } from 'node:crypto';
import type { Contact } from './contact.ts';
import { ownFieldsOf, type SyncSettings } from './sync.ts';

// 128 bits: with a million contacts of a sync, two that are alike by chance need 10^26 syncs.
const HASH_BYTES = 16;

export function hashOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'buffer').subarray(0, HASH_BYTES).toString('base64url');
}

/** Columns whose values the sync itself changes: their echo is no reason to send a contact again. */
export function ownColumnsOf(settings: SyncSettings): ReadonlySet<string> {
  const own = ownFieldsOf(settings);
  const columns = settings.columns.filter(({ field }) => own.has(field.toLowerCase()));
  return new Set(columns.map(({ column }) => column));
}

/**
 * Equal for equal contacts, whatever the order of their columns. A column that keeps what PureCloud holds counts as one: where the mapping
 * drops it, what it holds is dropped too.
 */
export function hashContact({ data, keptColumns }: Contact, ownColumns: ReadonlySet<string>): string {
  const cells = [...Object.entries(data), ...keptColumns.map((column) => [column] as const)];
  const others = cells.filter(([column]) => !ownColumns.has(column));
  return hashOf(others.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Changes with the layout of the contact list, which PureCloud does not let anyone change afterwards. */
export function columnFingerprint({ columns, phones }: SyncSettings): string {
  return hashOf([columns.map(({ column }) => column), phones.map(({ column, type }) => [column, type])]);
}

/** Changes with the list that is meant, whichever it turns out to be. */
export function listFingerprint(settings: SyncSettings): string {
  const { purecloudConnection, contactListId, contactListName } = settings;
  return hashOf([purecloudConnection, contactListId ?? null, contactListName ?? null]);
}

/** Changes with everything that decides what becomes of a member: every one has then to be looked at again. */
export function mappingFingerprint(settings: SyncSettings): string {
  const { campaignId, salesforceConnection, columns, phones, defaultCountry, memberStatuses } = settings;
  const { excludeDoNotCall, keepBlankValues } = settings;
  return hashOf([
    salesforceConnection,
    campaignId,
    columns.map(({ field, column }) => [field, column]),
    phones.map(({ field, column }) => [field, column]),
    defaultCountry ?? null,
    memberStatuses ?? null,
    excludeDoNotCall,
    keepBlankValues,
    [...ownColumnsOf(settings)],
  ]);
}
