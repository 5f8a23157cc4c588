/** What the outbound sandbox remembers: contact lists and their contacts, campaigns, wrap-up codes, exports. No HTTP here. */
import { randomUUID } from 'node:crypto';

export interface DomainRef {
  id: string;
  name?: string;
}

export interface PhoneColumn {
  columnName: string;
  type: string;
  callableTimeColumn?: string;
}

export interface ContactList {
  id: string;
  name: string;
  version: number;
  dateCreated: string;
  dateModified: string;
  division: DomainRef;
  columnNames: readonly string[];
  phoneColumns: readonly PhoneColumn[];
}

export interface CallRecord {
  lastAttempt: string;
  lastResult: string;
}

export interface Contact {
  id: string;
  contactListId: string;
  data: Readonly<Record<string, string>>;
  callable: boolean;
  phoneNumberStatus: Record<string, { callable: boolean }>;
  callRecords: Record<string, CallRecord>;
  dateCreated: string;
}

export interface Campaign {
  id: string;
  name: string;
  version: number;
  dateCreated: string;
  dateModified: string;
  division: DomainRef;
  contactList: DomainRef;
  dialingMode: string;
  campaignStatus: string;
  phoneColumns: readonly PhoneColumn[];
  callerName: string;
  callerAddress: string;
  alwaysRunning: boolean;
}

export interface WrapUpCode {
  id: string;
  name: string;
  division: DomainRef;
  dateCreated: string;
}

export interface ContactExport {
  id: string;
  contactListId: string;
  exportTimestamp: string;
  csv: string;
  /** How many more times it is asked for in vain. */
  pendingPolls: number;
}

export interface StoredContactList {
  list: ContactList;
  contacts: Map<string, Contact>;
  /** Ids in the order in which they would be dialled. */
  queue: string[];
  lastExport?: ContactExport;
}

export interface UpsertOptions {
  priority: boolean;
  clearSystemData: boolean;
  doNotQueue: boolean;
}

/** A contact as it is sent; what is left out of an existing one stays. */
export type ContactInput = Pick<Contact, 'data'> &
  Partial<Pick<Contact, 'id' | 'callable' | 'phoneNumberStatus'>>;

export const HOME_DIVISION: DomainRef = { id: '2e7ce2d2-5d4b-4b7e-8c3a-0c6d2f1f0a11', name: 'Home' };

export class OutboundState {
  readonly lists = new Map<string, StoredContactList>();
  readonly campaigns = new Map<string, Campaign>();
  readonly wrapUpCodes = new Map<string, WrapUpCode>();
  readonly exports = new Map<string, ContactExport>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  timestamp(): string {
    return new Date(this.#now()).toISOString();
  }

  addList({ id = randomUUID(), name, columnNames, phoneColumns }: NewContactList): StoredContactList {
    const at = this.timestamp();
    const dates = { version: 1, dateCreated: at, dateModified: at, division: HOME_DIVISION };
    const stored: StoredContactList = {
      list: { id, name, ...dates, columnNames, phoneColumns },
      contacts: new Map(),
      queue: [],
    };
    this.lists.set(id, stored);
    return stored;
  }

  addCampaign(input: Pick<Campaign, 'name'> & { contactListId: string } & Partial<Campaign>): Campaign {
    const { contactListId, ...rest } = input;
    const stored = this.lists.get(contactListId);
    const at = this.timestamp();
    const campaign: Campaign = {
      id: randomUUID(),
      version: 1,
      dateCreated: at,
      dateModified: at,
      division: HOME_DIVISION,
      contactList: { id: contactListId, name: stored?.list.name ?? '' },
      dialingMode: 'preview',
      campaignStatus: 'off',
      phoneColumns: stored?.list.phoneColumns ?? [],
      callerName: 'Sandbox',
      callerAddress: '+15555550100',
      alwaysRunning: true,
      ...rest,
    };
    this.campaigns.set(campaign.id, campaign);
    return campaign;
  }

  addWrapUpCode(name: string, id: string = randomUUID()): WrapUpCode {
    const code = { id, name, division: HOME_DIVISION, dateCreated: this.timestamp() };
    this.wrapUpCodes.set(id, code);
    return code;
  }

  /** Adds, or changes the contact of that id: queue and system data follow from the options alone. */
  upsert(stored: StoredContactList, input: ContactInput, options: UpsertOptions): Contact {
    const { list, contacts } = stored;
    const id = input.id ?? randomUUID().replaceAll('-', '');
    const known = contacts.get(id);
    const kept = options.clearSystemData ? undefined : known;
    const contact: Contact = {
      id,
      contactListId: list.id,
      data: input.data,
      callable: input.callable ?? kept?.callable ?? true,
      phoneNumberStatus: input.phoneNumberStatus ?? kept?.phoneNumberStatus ?? callableNumbers(list),
      callRecords: kept?.callRecords ?? {},
      dateCreated: known?.dateCreated ?? this.timestamp(),
    };
    contacts.set(id, contact);
    if (known === undefined || !options.doNotQueue) requeue(stored, id, options.priority);
    return contact;
  }

  remove(stored: StoredContactList, ids: readonly string[]): void {
    for (const id of ids) stored.contacts.delete(id);
    stored.queue = stored.queue.filter((id) => stored.contacts.has(id));
  }

  /** As a campaign does after a call. */
  recordCall(listId: string, contactId: string, column: string, record: CallRecord): void {
    const stored = this.lists.get(listId);
    const contact = stored?.contacts.get(contactId);
    if (stored === undefined || contact === undefined) throw new RangeError('There is no such contact');
    contact.callRecords[column] = record;
    stored.queue = stored.queue.filter((id) => id !== contactId);
  }
}

export interface NewContactList {
  id?: string;
  name: string;
  columnNames: readonly string[];
  phoneColumns: readonly PhoneColumn[];
}

function callableNumbers(list: ContactList): Contact['phoneNumberStatus'] {
  return Object.fromEntries(list.phoneColumns.map(({ columnName }) => [columnName, { callable: true }]));
}

function requeue(stored: StoredContactList, id: string, first: boolean): void {
  const others = stored.queue.filter((other) => other !== id);
  stored.queue = first ? [id, ...others] : [...others, id];
}
