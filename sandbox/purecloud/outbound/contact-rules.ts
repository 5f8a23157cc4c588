/** What makes contacts acceptable, and how many at once. Pure. A batch is taken whole or not at all, which is an assumption. */
import { z } from 'zod';
import { ApiRefusal } from './api-refusal.ts';
import type { ContactInput, ContactList } from './outbound-state.ts';

const ADDED_MAX = 1_000;
const DELETED_MAX = 250;
const REQUESTED_MAX = 50;
/** Longer cells are refused (help.mypurecloud.com). */
const CELL_CHARS_MAX = 512;
/** "It cannot contain special characters", at most 100; which they are is an assumption. */
const CONTACT_ID = /^[A-Za-z0-9_-]{1,100}$/;

const contactsSchema = z.array(
  z.object({
    id: z.string().optional(),
    contactListId: z.string(),
    data: z.record(z.string(), z.string()),
    callable: z.boolean().optional(),
    phoneNumberStatus: z.record(z.string(), z.object({ callable: z.boolean() })).optional(),
  }),
);

type SentContact = z.output<typeof contactsSchema>[number];

function faultOf(contact: SentContact, list: ContactList): string | undefined {
  if (contact.contactListId !== list.id) return 'bad.request';
  if (contact.id !== undefined && !CONTACT_ID.test(contact.id)) return 'invalid.contact.id';
  const cells = Object.entries(contact.data);
  if (cells.some(([column]) => !list.columnNames.includes(column))) return 'invalid.contact.columns';
  if (cells.some(([, cell]) => cell.length > CELL_CHARS_MAX)) return 'invalid.value';
  return undefined;
}

function toInput({ id, data, callable, phoneNumberStatus }: SentContact): ContactInput {
  return {
    data,
    ...(id === undefined || id === '' ? {} : { id }),
    ...(callable === undefined ? {} : { callable }),
    ...(phoneNumberStatus === undefined ? {} : { phoneNumberStatus }),
  };
}

/** @throws ApiRefusal. */
export function parseContacts(body: unknown, list: ContactList): ContactInput[] {
  if (Array.isArray(body) && body.length > ADDED_MAX) {
    throw new ApiRefusal(
      400,
      'too.many.contacts.added',
      `Too many contacts added, the limit is ${ADDED_MAX}`,
    );
  }
  const parsed = contactsSchema.safeParse(body);
  if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
  for (const contact of parsed.data) {
    const fault = faultOf(contact, list);
    if (fault !== undefined) throw new ApiRefusal(400, fault);
  }
  return parsed.data.map(toInput);
}

/** Ids of a query: the vendor's schema repeats the parameter, its own JavaScript SDK joins them with commas. */
export function idsOf(parameter: unknown): string[] {
  const values = Array.isArray(parameter) ? parameter : parameter === undefined ? [] : [parameter];
  return values.flatMap((value) => String(value).split(',')).filter((id) => id !== '');
}

/** @throws ApiRefusal; the code for too many is the one for adding, in PureCloud too. */
export function idsToDelete(parameter: unknown): string[] {
  const ids = idsOf(parameter);
  if (ids.length === 0) throw new ApiRefusal(400, 'no.contacts.specified');
  if (ids.length <= DELETED_MAX) return ids;
  throw new ApiRefusal(
    400,
    'too.many.contacts.added',
    `There were too many contacts in the request, the limit is ${DELETED_MAX}`,
  );
}

/** @throws ApiRefusal. */
export function idsToGet(body: unknown): string[] {
  const parsed = z.array(z.string()).safeParse(body);
  if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
  if (parsed.data.length > REQUESTED_MAX) throw new ApiRefusal(400, 'too.many.contacts.requested');
  return parsed.data;
}
