/** `/outbound/contactlists`: create, list, get, delete, clear. */
import { Router, type Request } from 'express';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { LISTS_MAX, parseContactList } from './contact-list-rules.ts';
import { idsOf } from './contact-rules.ts';
import type { OutboundState, StoredContactList } from './outbound-state.ts';
import { nameFilterOf, pageOf, pageRequestOf } from './paging.ts';

const LISTS_URI = '/api/v2/outbound/contactlists';
const RETRIEVED_MAX = 100;

/** @throws ApiRefusal 404 where there is none. */
export function storedListOf(state: OutboundState, request: Request): StoredContactList {
  const stored = state.lists.get(String(request.params.contactListId));
  if (stored === undefined) throw new ApiRefusal(404, 'contact.list.not.found');
  return stored;
}

function toView({ list, contacts }: StoredContactList, withSize: boolean) {
  return { ...list, ...(withSize ? { size: contacts.size } : {}), selfUri: `${LISTS_URI}/${list.id}` };
}

function create(state: OutboundState, body: unknown): StoredContactList {
  const input = parseContactList(body);
  const names = [...state.lists.values()].map(({ list }) => list.name.toLowerCase());
  if (names.includes(input.name.toLowerCase())) throw new ApiRefusal(400, 'duplicate.name');
  if (state.lists.size >= LISTS_MAX) throw new ApiRefusal(400, 'max.entity.count.reached');
  return state.addList(input);
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Columns never change: a list with other columns is another list. */
function change(state: OutboundState, stored: StoredContactList, body: unknown): StoredContactList {
  const { name, columnNames, phoneColumns } = parseContactList(body);
  const { list } = stored;
  if ((body as { version?: unknown }).version !== list.version)
    throw new ApiRefusal(409, 'invalid.update.wrong.version');
  if (!isSame(columnNames, list.columnNames)) throw new ApiRefusal(400, 'cannot.update.contact.column.names');
  const phones = (columns: typeof phoneColumns) => columns.map(({ columnName, type }) => [columnName, type]);
  if (!isSame(phones(phoneColumns), phones(list.phoneColumns)))
    throw new ApiRefusal(400, 'cannot.update.phone.columns');
  stored.list = { ...list, name, version: list.version + 1, dateModified: state.timestamp() };
  return stored;
}

function find(state: OutboundState, query: Request['query']): StoredContactList[] {
  const ids = idsOf(query.id);
  if (ids.length > RETRIEVED_MAX) throw new ApiRefusal(400, 'too.many.bulk.retrieves');
  const hasName = nameFilterOf(query);
  const descending = /^d/i.test(typeof query.sortOrder === 'string' ? query.sortOrder : '');
  return [...state.lists.values()]
    .filter(({ list }) => hasName(list) && (ids.length === 0 || ids.includes(list.id)))
    .sort((a, b) => (descending ? -1 : 1) * a.list.name.localeCompare(b.list.name));
}

function remove(state: OutboundState, { list }: StoredContactList): void {
  const isUsed = [...state.campaigns.values()].some(({ contactList }) => contactList.id === list.id);
  if (isUsed) throw new ApiRefusal(400, 'contact.list.in.use');
  state.lists.delete(list.id);
}

export function createContactListsRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router();
  router.get('/', requirePermission('outbound:contactList:view'), (request, response) => {
    const views = find(state, request.query).map((stored) =>
      toView(stored, request.query.includeSize === 'true'),
    );
    response.json(pageOf(views, pageRequestOf(request.query), LISTS_URI));
  });
  router.post('/', requirePermission('outbound:contactList:add'), (request, response) => {
    response.json(toView(create(state, request.body), false));
  });
  router.get('/:contactListId', requirePermission('outbound:contactList:view'), (request, response) => {
    response.json(toView(storedListOf(state, request), request.query.includeSize === 'true'));
  });
  router.put('/:contactListId', requirePermission('outbound:contactList:edit'), (request, response) => {
    response.json(toView(change(state, storedListOf(state, request), request.body), false));
  });
  router.delete('/:contactListId', requirePermission('outbound:contactList:delete'), (request, response) => {
    remove(state, storedListOf(state, request));
    response.status(200).end();
  });
  router.post('/:contactListId/clear', requirePermission('outbound:contact:delete'), (request, response) => {
    const stored = storedListOf(state, request);
    state.remove(stored, [...stored.contacts.keys()]);
    response.status(200).end();
  });
  return router;
}
