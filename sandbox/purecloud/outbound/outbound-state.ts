/** What the outbound sandbox remembers: contact lists and their contacts, campaigns, wrap-up codes, exports. No HTTP here. */
import { randomUUID } from 'node:crypto';
import { ContactTable, type ContactSnapshot } from './contact-table.ts';
import { DialQueue } from './dial-queue.ts';
import { OutboundFaults } from './outbound-faults.ts';

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
  phoneNumberStatus: Readonly<Record<string, { callable: boolean }>>;
  callRecords: Readonly<Record<string, CallRecord>>;
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
  dncLists?: readonly DomainRef[];
}

/** What a wrap-up code does to the contact or number that it is given to. */
export const WRAP_UP_FLAGS = ['CONTACT_UNCALLABLE', 'NUMBER_UNCALLABLE', 'RIGHT_PARTY_CONTACT'] as const;
export type WrapUpFlag = (typeof WRAP_UP_FLAGS)[number];

/** How far a campaign has come. */
export interface CampaignCounts {
  called: number;
  /** System code -> contacts that were passed over for it. */
  skipped: Record<string, number>;
  recycledAtMs: number;
}

export interface DncList {
  id: string;
  name: string;
  version: number;
  dateCreated: string;
  dateModified: string;
  division: DomainRef;
  dncSourceType: string;
  contactMethod: string;
  numbers: Set<string>;
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
  list: ContactList;
  contacts: ContactSnapshot;
  isWanted: (contact: Contact) => boolean;
  /** How many more times it is asked for in vain. */
  pendingPolls: number;
}

export interface StoredContactList {
  list: ContactList;
  contacts: ContactTable;
  queue: DialQueue;
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

const HOME_DIVISION: DomainRef = { id: '2e7ce2d2-5d4b-4b7e-8c3a-0c6d2f1f0a11', name: 'Home' };

export class OutboundState {
  readonly lists = new Map<string, StoredContactList>();
  readonly campaigns = new Map<string, Campaign>();
  readonly wrapUpCodes = new Map<string, WrapUpCode>();
  /** Wrap-up id -> flags. */
  readonly wrapUpFlags = new Map<string, readonly WrapUpFlag[]>();
  wrapUpFlagsVersion = 1;
  readonly dncLists = new Map<string, DncList>();
  readonly campaignCounts = new Map<string, CampaignCounts>();
  readonly exports = new Map<string, ContactExport>();
  readonly faults = new OutboundFaults();
  readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  timestamp(): string {
    return new Date(this.now()).toISOString();
  }

  addList({ id = randomUUID(), name, columnNames, phoneColumns }: NewContactList): StoredContactList {
    const at = this.timestamp();
    const dates = { version: 1, dateCreated: at, dateModified: at, division: HOME_DIVISION };
    const stored: StoredContactList = {
      list: { id, name, ...dates, columnNames, phoneColumns },
      contacts: new ContactTable({ listId: id, columnNames, phoneColumns }),
      queue: new DialQueue(),
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

  countsOf(campaignId: string): CampaignCounts {
    const counts = this.campaignCounts.get(campaignId) ?? {
      called: 0,
      skipped: {},
      recycledAtMs: Number.NEGATIVE_INFINITY,
    };
    this.campaignCounts.set(campaignId, counts);
    return counts;
  }

  addDncList(name: string, numbers: Iterable<string> = [], contactMethod = 'Phone'): DncList {
    const at = this.timestamp();
    const list: DncList = {
      id: randomUUID(),
      name,
      version: 1,
      dateCreated: at,
      dateModified: at,
      division: HOME_DIVISION,
      dncSourceType: 'rds',
      contactMethod,
      numbers: new Set(numbers),
    };
    this.dncLists.set(list.id, list);
    return list;
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
    if (known === undefined || !options.doNotQueue) stored.queue.put(id, options.priority);
    return contact;
  }

  remove(stored: StoredContactList, ids: readonly string[]): void {
    for (const id of ids) {
      stored.contacts.delete(id);
      stored.queue.delete(id);
    }
  }

  /** As a campaign does after a call. */
  recordCall(listId: string, contactId: string, column: string, record: CallRecord): void {
    const stored = this.lists.get(listId);
    if (stored?.contacts.has(contactId) !== true) throw new RangeError('There is no such contact');
    stored.contacts.recordCall(contactId, column, record);
    stored.queue.delete(contactId);
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
