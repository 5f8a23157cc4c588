/** Contacts of one list: sent, looked up, removed and made uncallable, in the batches that PureCloud takes. */
import { z } from 'zod';
import { atOnce } from '../at-once.ts';
import { toChunks } from '../chunks.ts';
import { LISTS_PATH } from './contact-lists.ts';
import { contactSchema, type FoundContact } from './contact-records.ts';
import { PureCloudRefusal } from './purecloud-refusal.ts';
import { ANYTHING, type PureCloudSession } from './purecloud-session.ts';

/** `too.many.contacts.requested` beyond. */
const LOOKED_UP_MAX = 50;
/** As many requests as a run has on its way with contacts: PureCloud's time to answer is waited for once and not each time. */
const LOOKUPS_AT_ONCE = 4;
/** `request.bytes.max` is 512,000. */
const REQUEST_BYTES_MAX = 500_000;

export interface SentContact {
  id: string;
  data: Readonly<Record<string, string>>;
  makeCallable: boolean;
}

export type UpsertAnswer =
  { outcome: 'accepted'; ids: readonly string[] } | { outcome: 'refused'; code: string; message?: string };

/** What keeps whoever was dialled from being dialled again: an existing contact keeps its place and its past. */
const KEEP = 'priority=false&clearSystemData=false&doNotQueue=true';

/** Codes of 400 that speak of the list or its state, not of a row. */
const OF_THE_LIST: ReadonlySet<string> = new Set([
  'contact.list.import.in.progress',
  'contact.list.not.found',
  'no.phone.columns',
  'resources.in.use',
]);

function contactsPath(listId: string): string {
  return `${LISTS_PATH}/${encodeURIComponent(listId)}/contacts`;
}

const ROW_STATUSES: readonly number[] = [400, 413];
/** Of one that somebody else has taken off, or that is in use: what became of each is looked up. */
const NOT_REMOVED_STATUSES: readonly number[] = [...ROW_STATUSES, 404, 409];

function mayLieInARow(error: unknown, statuses = ROW_STATUSES): error is PureCloudRefusal {
  if (!(error instanceof PureCloudRefusal)) return false;
  return statuses.includes(error.upstreamStatus) && !OF_THE_LIST.has(error.errorCode);
}

interface WrittenContact {
  id: string;
  data: Readonly<Record<string, string>>;
  callable?: boolean;
}

/** As much of an answer as is looked at: the rest of a thousand contacts is what was sent. */
const writtenSchema = z.object({ id: z.string(), callable: z.boolean().nullish() });

function write(
  session: PureCloudSession,
  listId: string,
  contacts: readonly WrittenContact[],
): Promise<z.output<typeof writtenSchema>[]> {
  const body = contacts.map((contact) => ({ ...contact, contactListId: listId }));
  const path = `${contactsPath(listId)}?${KEEP}`;
  return session.ask({ method: 'POST', path, body }, z.array(writtenSchema));
}

export async function upsertContacts(
  session: PureCloudSession,
  listId: string,
  contacts: readonly SentContact[],
): Promise<UpsertAnswer> {
  const written = contacts.map(({ id, data, makeCallable }) => ({
    id,
    data,
    ...(makeCallable ? { callable: true } : {}),
  }));
  try {
    const found = await write(session, listId, written);
    return { outcome: 'accepted', ids: found.map(({ id }) => id) };
  } catch (error) {
    if (!mayLieInARow(error)) throw error;
    const { errorCode: code, upstreamMessage: message } = error;
    return { outcome: 'refused', code, ...(message === undefined ? {} : { message }) };
  }
}

/** Those of the ids that are on the list. */
export async function lookUpContacts(
  session: PureCloudSession,
  listId: string,
  ids: readonly string[],
): Promise<FoundContact[]> {
  const path = `${contactsPath(listId)}/bulk`;
  const found = await atOnce(toChunks(ids, LOOKED_UP_MAX), LOOKUPS_AT_ONCE, (body) =>
    session.ask({ method: 'POST', path, body }, z.array(contactSchema)),
  );
  return found.flat();
}

/** PureCloud answers 200 and leaves contacts that a campaign uses where they are: so they are looked up afterwards. */
export async function removeContacts(
  session: PureCloudSession,
  listId: string,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const query = ids.map((id) => `contactIds=${encodeURIComponent(id)}`).join('&');
  try {
    await session.ask({ method: 'DELETE', path: `${contactsPath(listId)}?${query}` }, ANYTHING);
  } catch (error) {
    if (!mayLieInARow(error, NOT_REMOVED_STATUSES)) throw error;
  }
  const left = new Set((await lookUpContacts(session, listId, ids)).map(({ id }) => id));
  return ids.filter((id) => !left.has(id));
}

function withoutBlanks(data: FoundContact['data']): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([column, value]) => [column, value ?? '']));
}

function* batchesByBytes(contacts: readonly WrittenContact[]): Generator<WrittenContact[]> {
  let batch: WrittenContact[] = [];
  let bytes = 0;
  for (const contact of contacts) {
    const own = Buffer.byteLength(JSON.stringify(contact)) + 64;
    if (batch.length > 0 && bytes + own > REQUEST_BYTES_MAX) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(contact);
    bytes += own;
  }
  if (batch.length > 0) yield batch;
}

export interface BlockedContacts {
  /** By this. */
  made: readonly string[];
  /** Before it. */
  were: readonly string[];
}

/** A batch that is refused is halved, until those that PureCloud takes are taken. */
async function writeTaken(
  session: PureCloudSession,
  listId: string,
  contacts: readonly WrittenContact[],
): Promise<z.output<typeof writtenSchema>[]> {
  try {
    return await write(session, listId, contacts);
  } catch (error) {
    if (!mayLieInARow(error)) throw error;
    if (contacts.length === 1) return [];
    const middle = contacts.length >> 1;
    const first = await writeTaken(session, listId, contacts.slice(0, middle));
    return [...first, ...(await writeTaken(session, listId, contacts.slice(middle)))];
  }
}

/**
 * Their data has to be sent with it, and is what PureCloud itself holds.
 * @param announce Is waited for with the ids that are to be changed, before the first is.
 */
export async function blockContacts(
  session: PureCloudSession,
  listId: string,
  ids: readonly string[],
  announce: (ids: readonly string[]) => Promise<void>,
): Promise<BlockedContacts> {
  const present = await lookUpContacts(session, listId, ids);
  const were = present.filter(({ callable }) => callable === false).map(({ id }) => id);
  const made: string[] = [];
  const open = present
    .filter(({ callable }) => callable !== false)
    .map(({ id, data }) => ({ id, data: withoutBlanks(data), callable: false }));
  if (open.length > 0) await announce(open.map(({ id }) => id));
  for (const batch of batchesByBytes(open)) {
    const answered = await writeTaken(session, listId, batch);
    made.push(...answered.filter(({ callable }) => callable === false).map(({ id }) => id));
  }
  return { made, were };
}

/** One page of up to 100, of the whole list. @param page From 1. */
export async function searchContacts(
  session: PureCloudSession,
  listId: string,
  page: number,
): Promise<{ contacts: FoundContact[]; more: boolean }> {
  const body = { pageNumber: page, pageSize: 100 };
  const schema = z.object({ entities: z.array(contactSchema).default([]), pageCount: z.number().optional() });
  const path = `${contactsPath(listId)}/search`;
  const { entities, pageCount } = await session.ask({ method: 'POST', path, body }, schema);
  return { contacts: entities, more: pageCount === undefined ? entities.length === 100 : page < pageCount };
}
