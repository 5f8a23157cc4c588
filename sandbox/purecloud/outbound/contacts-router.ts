/** `/outbound/contactlists/{id}/contacts`: add or change, get, search, delete. */
import { Router, type Request } from 'express';
import type { RequirePermission } from '../api-gate.ts';
import { ApiRefusal } from './api-refusal.ts';
import { storedListOf } from './contact-lists-router.ts';
import { idsToDelete, idsToGet, parseContacts } from './contact-rules.ts';
import { contactFilterOf } from './contact-search.ts';
import type { Contact, OutboundState, StoredContactList, UpsertOptions } from './outbound-state.ts';
import { pageOf, pageRequestOf, type Pageable } from './paging.ts';

function toView(contact: Contact) {
  const uri = `/api/v2/outbound/contactlists/${contact.contactListId}/contacts/${contact.id}`;
  return { ...contact, selfUri: uri };
}

function optionsOf({ priority, clearSystemData, doNotQueue }: Request['query']): UpsertOptions {
  return {
    priority: priority === 'true',
    clearSystemData: clearSystemData === 'true',
    doNotQueue: doNotQueue === 'true',
  };
}

function contactOf(stored: StoredContactList, request: Request): Contact {
  const contact = stored.contacts.get(String(request.params.contactId));
  if (contact === undefined) throw new ApiRefusal(404, 'resource.not.found');
  return contact;
}

/** Only contacts that no running campaign uses are deleted; the answer does not tell which were not. */
function deletable(state: OutboundState, { list }: StoredContactList): boolean {
  return ![...state.campaigns.values()].some(
    ({ contactList, campaignStatus }) => contactList.id === list.id && campaignStatus === 'on',
  );
}

interface SearchBody {
  pageNumber?: unknown;
  pageSize?: unknown;
  criteria?: unknown;
}

/** Without criteria, only the contacts of the page are looked at. */
function foundContacts({ contacts }: StoredContactList, criteria: unknown): Pageable<Contact> {
  if (criteria === undefined || criteria === null)
    return { length: contacts.size, slice: (from, to) => contacts.slice(from, to) };
  const meets = contactFilterOf(criteria);
  const ids: string[] = [];
  for (const contact of contacts.values()) if (meets(contact)) ids.push(contact.id);
  return {
    length: ids.length,
    slice: (from, to) => ids.slice(from, to).flatMap((id) => contacts.get(id) ?? []),
  };
}

function search(stored: StoredContactList, body: SearchBody) {
  const found = foundContacts(stored, body.criteria);
  const uri = `/api/v2/outbound/contactlists/${stored.list.id}/contacts/search`;
  const { entities, ...page } = pageOf(found, pageRequestOf(body), uri);
  return { ...page, entities: entities.map(toView), contactsCount: found.length };
}

export function createContactsRouter(state: OutboundState, requirePermission: RequirePermission): Router {
  const router = Router({ mergeParams: true });
  const view = requirePermission('outbound:contact:view');
  router.post('/', requirePermission('outbound:contact:add'), (request, response) => {
    const stored = storedListOf(state, request);
    const contacts = parseContacts(request.body, stored.list);
    state.faults.meetBatch(contacts);
    const options = optionsOf(request.query);
    response.json(contacts.map((contact) => toView(state.upsert(stored, contact, options))));
  });
  router.delete('/', requirePermission('outbound:contact:delete'), (request, response) => {
    const stored = storedListOf(state, request);
    const ids = idsToDelete(request.query.contactIds);
    if (deletable(state, stored)) state.remove(stored, ids);
    response.status(200).end();
  });
  router.post('/search', view, (request, response) => {
    response.json(search(storedListOf(state, request), (request.body ?? {}) as SearchBody));
  });
  router.post('/bulk', view, (request, response) => {
    const { contacts } = storedListOf(state, request);
    const found = idsToGet(request.body).flatMap((id) => contacts.get(id) ?? []);
    response.json(found.map(toView));
  });
  router.get('/:contactId', view, (request, response) => {
    response.json(toView(contactOf(storedListOf(state, request), request)));
  });
  router.delete('/:contactId', requirePermission('outbound:contact:delete'), (request, response) => {
    const stored = storedListOf(state, request);
    const { id } = contactOf(stored, request);
    if (!deletable(state, stored))
      throw new ApiRefusal(
        400,
        'contact.in.use',
        'The contact cannot be deleted because it is currently in use.',
      );
    state.remove(stored, [id]);
    response.status(200).end();
  });
  return router;
}
