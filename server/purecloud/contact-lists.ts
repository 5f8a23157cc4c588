/** Contact lists: found by id or name, checked against what is to be sent, made where there is none. */
import { z } from 'zod';
import { PureCloudRefusal } from './purecloud-refusal.ts';
import { readEntities, type PureCloudSession } from './purecloud-session.ts';

export const LISTS_PATH = '/api/v2/outbound/contactlists';

export interface ListLayout {
  columns: readonly string[];
  phones: readonly { column: string; type: string }[];
}

export type ListCheck =
  | { state: 'ready'; listId: string }
  | { state: 'missing' }
  | { state: 'notFound' }
  | { state: 'mismatch'; listId: string; detail: string };

/** As a sync names it: by id, or by a name that may not be there yet. */
export interface ListName {
  contactListId?: string | undefined;
  contactListName?: string | undefined;
}

const contactListSchema = z.object({
  id: z.string(),
  name: z.string().default(''),
  columnNames: z.array(z.string()).default([]),
  phoneColumns: z.array(z.object({ columnName: z.string(), type: z.string().optional() })).default([]),
  size: z.number().optional(),
});
export type FoundList = z.output<typeof contactListSchema>;

async function findById(session: PureCloudSession, id: string): Promise<FoundList | undefined> {
  const path = `${LISTS_PATH}/${encodeURIComponent(id)}`;
  try {
    return await session.ask({ method: 'GET', path }, contactListSchema);
  } catch (error) {
    if (error instanceof PureCloudRefusal && error.upstreamStatus === 404) return undefined;
    throw error;
  }
}

/** The exact name; else the one that differs in case alone, for PureCloud would refuse a second one of that name. */
async function findByName(session: PureCloudSession, name: string): Promise<FoundList | undefined> {
  const path = `${LISTS_PATH}?filterType=Equals&name=${encodeURIComponent(name)}`;
  const found = await readEntities(session, path, contactListSchema);
  const wanted = name.toLowerCase();
  return found.find((list) => list.name === name) ?? found.find((list) => list.name.toLowerCase() === wanted);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** Columns and phone columns can be added to a list by no one: what is not there stays missing. Pure. */
function mismatchOf(
  list: Pick<FoundList, 'columnNames' | 'phoneColumns'>,
  layout: ListLayout,
): string | undefined {
  const phoneColumns = layout.phones.map(({ column }) => column);
  const columns = [...new Set([...phoneColumns, ...layout.columns])];
  const missing = columns.filter((column) => !list.columnNames.includes(column));
  const callable = list.phoneColumns.map(({ columnName }) => columnName);
  const notPhones = phoneColumns.filter(
    (column) => list.columnNames.includes(column) && !callable.includes(column),
  );
  const parts = [
    ...(missing.length === 0 ? [] : [`it has no column ${quoted(missing)}`]),
    ...(notPhones.length === 0 ? [] : [`its column ${quoted(notPhones)} is not a phone column`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', and ');
}

export async function checkList(
  session: PureCloudSession,
  { contactListId, contactListName = '' }: ListName,
  layout: ListLayout,
): Promise<ListCheck> {
  const list =
    contactListId === undefined
      ? await findByName(session, contactListName)
      : await findById(session, contactListId);
  if (list === undefined) return { state: contactListId === undefined ? 'missing' : 'notFound' };
  const detail = mismatchOf(list, layout);
  return detail === undefined
    ? { state: 'ready', listId: list.id }
    : { state: 'mismatch', listId: list.id, detail };
}

/** A create whose answer was lost has made the list: then its name is taken, and the list of that name is the one. */
export async function createList(
  session: PureCloudSession,
  name: string,
  layout: ListLayout,
): Promise<string> {
  const phoneColumns = layout.phones.map(({ column, type }) => ({ columnName: column, type }));
  const columnNames = [...new Set([...phoneColumns.map(({ columnName }) => columnName), ...layout.columns])];
  try {
    const request = { method: 'POST', path: LISTS_PATH, body: { name, columnNames, phoneColumns } } as const;
    return (await session.ask(request, contactListSchema)).id;
  } catch (error) {
    if (!(error instanceof PureCloudRefusal) || error.errorCode !== 'duplicate.name') throw error;
    const list = await findByName(session, name);
    if (list === undefined) throw error;
    return list.id;
  }
}

export async function listSize(session: PureCloudSession, listId: string): Promise<number | undefined> {
  const path = `${LISTS_PATH}/${encodeURIComponent(listId)}?includeSize=true`;
  return (await session.ask({ method: 'GET', path }, contactListSchema)).size;
}
