/** Reads members slice by slice, and has each slice sent and confirmed before the next is sent. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toChunks } from '../../chunks.ts';
import { mappingFingerprint } from '../contact-hash.ts';
import { decideMember, type Decision } from '../decide-member.ts';
import { isOnList, listedUnknown, type LedgerEntry } from '../ledger-entry.ts';
import type { Member } from '../member.ts';
import { planSlice, type Plan, type SentUnder } from '../plan.ts';
import type { LedgerPage, PageOfMembers } from '../ports.ts';
import { countMembers, queryOf, readDeletions } from './check-stage.ts';
import type { Reading, SyncProgress } from './checkpoint.ts';
import { mergeById, type SortedStream } from './merge-by-id.ts';
import { readAhead } from './read-ahead.ts';
import { RunFault } from './run-fault.ts';
import { sendSlice, type SliceStep } from './send-slice.ts';
import {
  advance,
  endAskedFor,
  findMembers,
  readEntries,
  type RunOrder,
  type WalkContext,
  type WalkEnd,
} from './walk-context.ts';

function assertAscending({ members }: PageOfMembers, after: string | undefined): void {
  let last = after ?? '';
  for (const { id } of members) {
    if (id <= last) {
      throw new RunFault(
        'members_out_of_order',
        'Salesforce gave the members in another order than that of their ids.',
        'Report this: the bridge cannot tell which members are gone, and goes no further.',
      );
    }
    last = id;
  }
}

function memberStream({ ports, limits }: WalkContext, reading: Reading): SortedStream<Member> {
  return {
    idOf: ({ id }) => id,
    async read(after) {
      const query = {
        ...queryOf(reading),
        ...(after === undefined ? {} : { after }),
        limit: limits.pageSize,
      };
      const page = await ports.source.readPage(query);
      assertAscending(page, after);
      return { items: page.members, more: page.more };
    },
  };
}

type ReadIds = (page: { after?: string; limit: number }) => Promise<LedgerPage>;

function idStream({ limits }: WalkContext, readIds: ReadIds): SortedStream<string> {
  return {
    idOf: (id) => id,
    async read(after) {
      const page = { ...(after === undefined ? {} : { after }), limit: limits.sliceSize };
      const { ids, more } = await readIds(page);
      return { items: ids, more };
    },
  };
}

function nothing<Item>(): SortedStream<Item> {
  return { idOf: () => '', read: () => Promise.resolve({ items: [], more: false }) };
}

/** Place of the first id behind `after`. The ids may be half a million, of all campaigns of the org. */
function placeAfter(ids: readonly string[], after: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isAmong(sorted: readonly string[], id: string): boolean {
  return sorted[placeAfter(sorted, id) - 1] === id;
}

function sortedStream({ limits }: WalkContext, ids: readonly string[]): SortedStream<string> {
  const read = (after: string | undefined) => {
    const start = after === undefined ? 0 : placeAfter(ids, after);
    const end = start + limits.sliceSize;
    return Promise.resolve({ items: ids.slice(start, end), more: end < ids.length });
  };
  return { idOf: (id) => id, read };
}

/**
 * Members, and beside them ids that the ledger knows and that may be members no more. Walked together in the order of ids, each
 * id comes up once, so that the counts are right and nothing has to be remembered from slice to slice.
 */
function streamsOf(
  context: WalkContext,
  reading: Reading,
): [SortedStream<Member>, SortedStream<string>, SortedStream<string>] {
  const { journal } = context.ports;
  switch (reading.kind) {
    case 'full': {
      const listed = idStream(context, (page) => journal.listEntries('listed', page));
      return [memberStream(context, reading), listed, nothing()];
    }
    case 'incremental': {
      const unsettled = idStream(context, (page) => journal.listEntries('unsettled', page));
      return [memberStream(context, reading), unsettled, sortedStream(context, context.deletedIds ?? [])];
    }
    case 'retry':
      return [nothing(), idStream(context, (page) => journal.listFailed(reading.of, page)), nothing()];
  }
}

interface PlannedSlice {
  plan: Plan;
  entries: ReadonlyMap<string, LedgerEntry>;
  /** Ids that are members no more, where Salesforce showed no member beside them. */
  emptied: readonly string[];
}

/** Whoever is not to be called must not be on the list, also where another sync, or this one in an earlier life, has put them there. */
async function withUnknown(
  { ports, checkpoint }: WalkContext,
  decisions: readonly Decision[],
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<ReadonlyMap<string, LedgerEntry>> {
  if (checkpoint.listMayHold !== true) return entries;
  const left = decisions.filter(({ kind, member }) => {
    const entry = entries.get(member.id);
    return kind === 'leaveOut' && (entry === undefined || !isOnList(entry));
  });
  if (left.length === 0) return entries;
  const ids = left.map(({ member }) => member.id);
  const held = [...(await ports.contacts.read(checkpoint.listId!, ids)).keys()];
  return new Map([...entries, ...held.map((id) => [id, listedUnknown(id, entries.get(id))] as const)]);
}

/** Part of the members in the order of their ids, with what is to become of each. */
interface DecidedSlice {
  decisions: readonly Decision[];
  /** Ids that may be members no more. */
  candidates: readonly string[];
  /** Absent: to the end. */
  until?: string;
}

/** A small campaign shows how far it is, and stops soon when it is told to; a large one comes to its full speed with the third slice. */
function growing(max: number): () => number {
  let size = Math.ceil(max / 8);
  return () => (size = Math.min(max, size * 2));
}

/** Others are served in between, the slice that is on its way among them: to decide about a member takes some 40 µs. */
const DECIDED_AT_ONCE = 50;

async function decideAll(members: readonly Member[], { settings }: RunOrder): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (const chunk of toChunks(members, DECIDED_AT_ONCE)) {
    decisions.push(...chunk.map((member) => decideMember(member, settings)));
    await nextTurn();
  }
  return decisions;
}

/** Reading numbers is the largest part of what a run computes (two fifths, by profile): done while the slice before is under way. */
async function* decidedSlices(
  context: WalkContext,
  reading: Reading,
): AsyncGenerator<DecidedSlice, void, undefined> {
  const { after } = context.checkpoint;
  const slices = mergeById(streamsOf(context, reading), { after, limit: growing(context.limits.sliceSize) });
  for await (const { items, until } of slices) {
    const [members, known, deleted] = items;
    yield {
      decisions: await decideAll(members, context.order),
      candidates: [...known, ...deleted],
      ...(until === undefined ? {} : { until }),
    };
  }
}

/**
 * A user who has lost access to the leads sees a campaign without members. A list that is emptied and filled again dials everybody a second
 * time, so that an empty campaign empties none.
 */
async function assertNotEmpty({ ports, checkpoint }: WalkContext, gone: readonly string[]): Promise<void> {
  if (gone.length === 0 || checkpoint.reading?.kind !== 'full') return;
  if ((await ports.source.countMembers({})) > 0) return;
  const listed = await ports.journal.countListed();
  if (listed === 0) return;
  throw new RunFault(
    'campaign_empty',
    `Salesforce shows no member of the campaign, and ${listed} ${listed === 1 ? 'contact is' : 'contacts are'} on the contact list. Nobody was taken off for that.`,
    'Give the user of the connection access to the leads and contacts of the campaign again. Where the campaign was emptied on purpose, stop the PureCloud campaign, remove the sync and clear the contact list; or add the new members, and the next full run takes the others off.',
  );
}

/** A retry may be of a run with another mapping, and a ledger that was begun anew does not tell. */
function sentUnder(reading: Reading): SentUnder {
  if (reading.kind === 'retry') return 'unknown';
  if (reading.kind === 'incremental') return 'same';
  if (reading.reason === 'first') return 'unknown';
  return reading.reason === 'mapping_changed' ? 'other' : 'same';
}

/** Nobody is taken off the list on the word of a list alone: Salesforce is asked once more about exactly these. */
async function planNext(
  context: WalkContext,
  { decisions: decided, candidates }: DecidedSlice,
): Promise<PlannedSlice> {
  const { order, ownColumns, checkpoint } = context;
  const read = new Set(decided.map(({ member }) => member.id));
  const others = [...new Set(candidates)].filter((id) => !read.has(id));
  const entries = await readEntries(context, [...read, ...others]);
  const isRetry = checkpoint.reading?.kind === 'retry';
  const doubtful = others.filter((id) => isRetry || (entries.has(id) && isOnList(entries.get(id)!)));
  const found = await findMembers(context, doubtful);
  const foundIds = new Set(found.map(({ id }) => id));
  const decisions = [...decided, ...found.map((member) => decideMember(member, order.settings))];
  const gone = doubtful.filter((id) => !foundIds.has(id));
  const known = await withUnknown(context, decisions, entries);
  const { listMayHold = false } = checkpoint;
  return {
    plan: planSlice({
      decisions,
      entries: known,
      gone,
      ownColumns,
      listMayHold,
      sentUnder: sentUnder(checkpoint.reading!),
      isDeleted: (id) => isAmong(context.deletedIds ?? [], id),
    }),
    entries: known,
    emptied: decisions.length === 0 ? gone : [],
  };
}

function progressOf({ checkpoint, order }: WalkContext): Partial<SyncProgress> {
  const { reading, readStartedAt = '', deletedUntil = '' } = checkpoint;
  if (reading?.kind === 'incremental')
    return { memberWatermark: readStartedAt, deletedWatermark: deletedUntil };
  if (reading?.kind !== 'full') return {};
  return {
    memberWatermark: readStartedAt,
    deletedWatermark: readStartedAt,
    lastFullAt: readStartedAt,
    mappingFingerprint: mappingFingerprint(order.settings),
  };
}

/** A process that takes the run up asks for the deletions again. Forgotten by now: everything is compared, from the first id. */
async function takeUp(context: WalkContext): Promise<Reading> {
  const before = context.checkpoint.reading!;
  if (context.deletedIds !== undefined) return before;
  const { reading } = await readDeletions(context, before);
  if (reading.kind === before.kind) return before;
  const readStartedAt = await context.ports.source.readClock();
  const { after: _after, ...rest } = context.checkpoint;
  context.checkpoint = rest;
  const step = { resetCounts: true, ...(await countMembers(context, reading)) };
  await advance(context, { reading, readStartedAt }, step);
  return reading;
}

/** Writes down what became of a slice, and that the members up to its end are done. */
async function commitSlice(context: WalkContext, { until }: DecidedSlice, step: SliceStep): Promise<void> {
  if (until === undefined) {
    const next = { stage: 'results', phase: 'writeBack' } as const;
    await advance(context, next, { ...step, progress: progressOf(context) });
  } else {
    await advance(context, { after: until, phase: 'read' }, step);
  }
}

/**
 * A slice is written down while the next one is planned: the database is waited for half as long. Whatever decides whether that one is
 * sent is asked when the one before is written down, since that may have taken long.
 */
async function walkSlices(
  context: WalkContext,
  slices: AsyncIterable<DecidedSlice>,
): Promise<WalkEnd | undefined> {
  let committing = Promise.resolve();
  try {
    for await (const slice of slices) {
      const { plan, entries, emptied } = await planNext(context, slice);
      await committing;
      const end = await endAskedFor(context);
      if (end !== undefined) return end;
      await assertNotEmpty(context, emptied);
      const step = await sendSlice(context, plan, entries);
      committing = commitSlice(context, slice, step);
      committing.catch(() => undefined); // is told of below, also where something else fails first
    }
    return undefined;
  } finally {
    await committing;
  }
}

export async function memberStage(context: WalkContext): Promise<WalkEnd | undefined> {
  const reading = await takeUp(context);
  return await walkSlices(context, readAhead(decidedSlices(context, reading)));
}
