/** A Salesforce campaign and a PureCloud contact list in memory, with the rules that a run has to live with. */
import { contactBytes } from '../../../server/campaigns/batches.ts';
import type { FieldValue, Member } from '../../../server/campaigns/member.ts';
import type { ContactList, MemberSink, MemberSource, SentContact } from '../../../server/campaigns/ports.ts';
import type { Attempt } from '../../../server/campaigns/results.ts';
import type { SyncSettings } from '../../../server/campaigns/sync.ts';
import { memberId } from './campaign-fixtures.ts';

export const LABELS = ['Sent', 'Responded', 'Not reached'];
export const WRAP_UPS = new Map([['7fb334b0-0e9e-11e4-9191-0800200c9a66', 'Sold']]);

export interface FakeContact {
  data: Record<string, string>;
  callable: boolean;
  attempts: Attempt[];
}

export interface World {
  nowMs: number;
  members: Map<string, Member>;
  /** Deleted members: whoever comes back does so with all values. */
  bin: Map<string, Member>;
  deletions: { id: string; atMs: number }[];
  /** Nothing that was deleted before is known any more. */
  deletionsKnownSinceMs: number;
  listId: string | undefined;
  contacts: Map<string, FakeContact>;
  /** How often each contact was put into the dialler's queue. */
  queued: Map<string, number>;
  /** Held by a running campaign: cannot be deleted. */
  held: Set<string>;
  /** PureCloud refuses a request that holds one of them. */
  poisoned: Set<string>;
  /** Salesforce refuses a result for one of them: member -> is it final. */
  refusing: Map<string, boolean>;
  /** Members whose update was written, in order. */
  updates: string[];
  upserts: string[][];
  /** Salesforce does not answer. */
  isSilent: boolean;
}

export function tick(world: World, ms = 1_000): string {
  world.nowMs += ms;
  return new Date(world.nowMs).toISOString();
}

export function setMember(
  world: World,
  id: string,
  { fields = {}, ...changes }: Partial<Omit<Member, 'fields'>> & { fields?: Record<string, FieldValue> },
): void {
  const before: Member = world.members.get(id) ??
    world.bin.get(id) ?? {
      id,
      systemModstamp: '',
      status: 'Sent',
      refusals: [],
      fields: { FirstName: 'Ada', Phone: '+16502530000' },
    };
  const systemModstamp = tick(world);
  world.members.set(id, { ...before, ...changes, systemModstamp, fields: { ...before.fields, ...fields } });
}

export function deleteMember(world: World, id: string): void {
  const member = world.members.get(id);
  if (member === undefined) return;
  world.members.delete(id);
  world.bin.set(id, member);
  world.deletions.push({ id, atMs: Date.parse(tick(world)) });
}

export function dial(world: World, id: string, result: string): void {
  const contact = world.contacts.get(id);
  if (contact?.callable !== true) return;
  contact.attempts.push({ at: tick(world), result });
}

export function createWorld({ members = 0 }: { members?: number; settings?: SyncSettings } = {}): World {
  const world: World = {
    nowMs: Date.parse('2026-03-01T12:00:00Z'),
    members: new Map(),
    bin: new Map(),
    deletions: [],
    deletionsKnownSinceMs: 0,
    listId: undefined,
    contacts: new Map(),
    queued: new Map(),
    held: new Set(),
    poisoned: new Set(),
    refusing: new Map(),
    updates: [],
    upserts: [],
    isSilent: false,
  };
  for (let number = 0; number < members; number += 1) setMember(world, memberId(number), {});
  return world;
}

function sortedIds(world: World): string[] {
  return [...world.members.keys()].sort();
}

/** With the status among the fields, as a sync may map it to a column. */
function asRead(member: Member): Member {
  return { ...member, fields: { ...member.fields, Status: member.status } };
}

function createSource(world: World): MemberSource {
  const changed = (since: string | undefined) =>
    sortedIds(world)
      .map((id) => asRead(world.members.get(id)!))
      .filter(({ systemModstamp }) => since === undefined || systemModstamp >= since);
  return {
    readClock: async () => tick(world, 0),
    countMembers: async ({ since }) => changed(since).length,
    async readPage({ since, after = '', limit }) {
      const rest = changed(since).filter(({ id }) => id > after);
      return { members: rest.slice(0, limit), more: rest.length > limit };
    },
    async membersByIds(ids) {
      if (ids.length > 1_000) throw new Error('more than 1,000 ids at once');
      return ids.flatMap((id) => (world.members.has(id) ? [asRead(world.members.get(id)!)] : []));
    },
    async deletedSince(since) {
      if (Date.parse(since) < world.deletionsKnownSinceMs) return { outcome: 'windowMissed' };
      // Of other campaigns too, and with some that were restored since.
      const ids = world.deletions.filter(({ atMs }) => atMs >= Date.parse(since)).map(({ id }) => id);
      return { outcome: 'known', ids: [...ids, memberId(99_999)], coveredUntil: tick(world, 0) };
    },
    memberStatuses: async () => LABELS,
    describeFields: async (fields) => fields.map((field) => ({ field, exists: true, writable: true })),
  };
}

function createSink(world: World): MemberSink {
  return {
    async updateMembers(changes) {
      if (changes.length === 0) throw new Error('nothing to update');
      return changes.map(({ memberId: id, fields }) => {
        const isFinal = world.refusing.get(id);
        if (isFinal !== undefined) return { memberId: id, ok: false, code: 'REFUSED', isFinal };
        if (!world.members.has(id))
          return { memberId: id, ok: false, code: 'ENTITY_IS_DELETED', isFinal: true };
        const { Status: status, ...others } = fields;
        setMember(world, id, { ...(status === undefined ? {} : { status }), fields: others });
        world.updates.push(id);
        return { memberId: id, ok: true };
      });
    },
  };
}

function upsertOne(world: World, { id, data, makeCallable }: SentContact): void {
  const before = world.contacts.get(id);
  if (before === undefined) {
    world.contacts.set(id, { data: { ...data }, callable: true, attempts: [] });
    world.queued.set(id, (world.queued.get(id) ?? 0) + 1);
    return;
  }
  before.data = { ...data };
  if (makeCallable) before.callable = true;
}

function createContactList(world: World): ContactList {
  const resultsOf = (ids: readonly string[]) =>
    ids.flatMap((id) => {
      const attempts = world.contacts.get(id)?.attempts ?? [];
      return attempts.length === 0 ? [] : [{ contactId: id, attempts: attempts.slice(-1) }];
    });
  return {
    async check() {
      return world.listId === undefined ? { state: 'missing' } : { state: 'ready', listId: world.listId };
    },
    async create() {
      world.listId ??= 'list-1';
      return world.listId;
    },
    async upsert(_listId, contacts) {
      const bytes = contacts.reduce((sum, contact) => sum + contactBytes(contact), 2);
      if (contacts.length > 1_000 || bytes > 512_000) throw new Error('request too large');
      world.upserts.push(contacts.map(({ id }) => id));
      if (contacts.some(({ id }) => world.poisoned.has(id))) {
        return { outcome: 'refused', code: 'invalid.contact.id' };
      }
      for (const contact of contacts) upsertOne(world, contact);
      return { outcome: 'accepted', ids: contacts.map(({ id }) => id) };
    },
    async read(_listId, ids) {
      return new Map(
        ids.flatMap((id) => (world.contacts.has(id) ? [[id, world.contacts.get(id)!.data] as const] : [])),
      );
    },
    async remove(_listId, ids) {
      if (ids.length > 250) throw new Error('more than 250 contacts at once');
      for (const id of ids) if (!world.held.has(id)) world.contacts.delete(id);
      return ids.filter((id) => !world.contacts.has(id));
    },
    async block(_listId, all, announce) {
      const ids = all.filter((id) => world.contacts.has(id));
      const made = ids.filter((id) => world.contacts.get(id)!.callable);
      if (made.length > 0) await announce(made);
      for (const id of made) world.contacts.get(id)!.callable = false;
      return { made, were: ids.filter((id) => !made.includes(id)) };
    },
    async readResults({ since, cursor = '' }) {
      const ids = [...world.contacts.keys()].sort().filter((id) => id > cursor);
      const page = ids.slice(0, 3);
      const results = resultsOf(page).filter(
        ({ attempts }) => since === undefined || attempts[0]!.at >= since,
      );
      return page.length < ids.length ? { results, next: page.at(-1)! } : { results };
    },
    resultsOf: async (_listId, ids) => resultsOf(ids),
    wrapUps: async () => WRAP_UPS,
  };
}

export function portsOfWorld(world: World) {
  return { source: createSource(world), sink: createSink(world), contacts: createContactList(world) };
}
