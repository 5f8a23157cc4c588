/** Which contact list a sync means: that of its id, or of its name, or the one that it has been on. For runs and live checks alike. */
import { listFingerprint } from './contact-hash.ts';
import type { ContactList, ListCheck, ListLayout } from './ports.ts';
import type { SyncProgress } from './run/checkpoint.ts';
import type { SyncSettings } from './sync.ts';

export function layoutOf({ columns, phones }: SyncSettings): ListLayout {
  return {
    columns: columns.map(({ column }) => column),
    phones: phones.map(({ column, type }) => ({ column, type })),
  };
}

/**
 * The list that the sync has been on stays its list while it is there: one that is renamed is called from still, and a new one under its old
 * name would call everybody once more. One that the sync has been given another name for is not meant any more.
 */
export async function findMeantList(
  settings: SyncSettings,
  progress: Pick<Partial<SyncProgress>, 'contactListId' | 'listFingerprint'>,
  contacts: Pick<ContactList, 'check'>,
): Promise<ListCheck> {
  const layout = layoutOf(settings);
  const { contactListId: before } = progress;
  const isStillMeant = before !== undefined && progress.listFingerprint === listFingerprint(settings);
  const known = isStillMeant ? await contacts.check(layout, before) : undefined;
  return known === undefined || known.state === 'notFound' ? await contacts.check(layout) : known;
}
