/** Tells PureCloud what a plan says, and says what came of it. Writes nothing of it down but the announcement. */
import { atOnce } from '../../at-once.ts';
import { toChunks } from '../../chunks.ts';
import {
  contactBytes,
  CONTACTS_PER_REQUEST_MAX,
  DELETIONS_PER_REQUEST_MAX,
  REQUEST_BYTES_MAX,
  sendInHalves,
  toBatches,
  type Refusal,
} from '../batches.ts';
import { withStoredValues } from '../contact.ts';
import { addCounts, NO_COUNTS } from '../counts.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { originalOf } from '../member.ts';
import { countsOfPlan, type Plan, type PlannedRemoval, type PlannedSend, type RunRow } from '../plan.ts';
import { LeaseLost, type Blocked, type SentContact, type Step } from '../ports.ts';
import type { RowReason } from '../row-reason.ts';
import { writesBack } from '../sync.ts';
import { planWriteBack } from '../write-back-plan.ts';
import { minusOverlap, RESULTS_OVERLAP_MS } from './checkpoint.ts';
import { advance, readEntries, type WalkContext } from './walk-context.ts';
import { writeBack, type WriteBackOutcome } from './write-back.ts';

export type SliceStep = Omit<Step, 'checkpoint'>;

function failedRow({ member }: PlannedSend, reason: RowReason): RunRow {
  return { memberId: member.id, outcome: 'failed', reason, original: originalOf(member) };
}

function refusedReason({ code, message }: Refusal): RowReason {
  return { code: 'contact_refused', upstreamCode: code, ...(message === undefined ? {} : { message }) };
}

/** PureCloud takes a contact whole: a blank that is to wipe nothing is filled with what is stored. */
async function toSentContacts(
  { ports }: WalkContext,
  listId: string,
  sends: readonly PlannedSend[],
): Promise<Map<string, SentContact>> {
  const asked = sends.filter(({ contact, mayExist }) => mayExist && contact.keptColumns.length > 0);
  const ids = asked.map(({ contact }) => contact.id);
  const stored = ids.length === 0 ? new Map() : await ports.contacts.read(listId, ids);
  return new Map(
    sends.map(({ contact, makeCallable }) => {
      const values = stored.get(contact.id) as Readonly<Record<string, string>> | undefined;
      const whole = values === undefined ? contact : withStoredValues(contact, values);
      return [contact.id, { ...whole, makeCallable }];
    }),
  );
}

interface SendOutcome {
  confirmed: PlannedSend[];
  unconfirmed: PlannedSend[];
  refused: { row: PlannedSend; refusal: Refusal }[];
}

async function send(
  context: WalkContext,
  listId: string,
  sends: readonly PlannedSend[],
): Promise<SendOutcome> {
  const contacts = await toSentContacts(context, listId, sends);
  const contactOf = ({ contact }: PlannedSend) => contacts.get(contact.id)!;
  const limits = { rowsMax: CONTACTS_PER_REQUEST_MAX, bytesMax: REQUEST_BYTES_MAX };
  const batches = toBatches(sends, limits, (row) => contactBytes(contactOf(row)));
  const outcomes = await atOnce(batches, Infinity, (batch) =>
    sendInHalves(batch, async (rows) => {
      const answer = await context.ports.contacts.upsert(listId, rows.map(contactOf));
      return answer.outcome === 'accepted'
        ? { taken: true, answer: answer.ids }
        : { taken: false, refusal: answer };
    }),
  );
  const named = new Set(outcomes.flatMap(({ answers }) => answers.flat()));
  const refused = outcomes.flatMap((outcome) => outcome.refused);
  const refusedIds = new Set(refused.map(({ row }) => row.contact.id));
  const rest = sends.filter(({ contact }) => !refusedIds.has(contact.id));
  return {
    refused,
    confirmed: rest.filter(({ contact }) => named.has(contact.id)),
    unconfirmed: rest.filter(({ contact }) => !named.has(contact.id)),
  };
}

const NONE: Blocked = { made: [], were: [] };

interface RemoveOutcome {
  gone: PlannedRemoval[];
  blocked: PlannedRemoval[];
  /** Uncallable before, and not by the sync. */
  left: PlannedRemoval[];
  failed: PlannedRemoval[];
}

interface RemoveInput {
  removals: readonly PlannedRemoval[];
  entries: ReadonlyMap<string, LedgerEntry>;
  /** Ids that stay on the list, uncallable. */
  kept: ReadonlySet<string>;
}

async function remove(
  { ports }: WalkContext,
  listId: string,
  { removals, entries, kept }: RemoveInput,
): Promise<RemoveOutcome> {
  const outcome: RemoveOutcome = { gone: [], blocked: [], left: [], failed: [] };
  // A removal that was begun before may have made it uncallable, and was cut off before that could be noted.
  const isOwn = (id: string) => entries.get(id)?.phase === 'removing' || entries.get(id)?.blocked === true;
  for (const chunk of toChunks(removals, DELETIONS_PER_REQUEST_MAX)) {
    const ids = idsOf(chunk).filter((id) => !kept.has(id));
    const gone = new Set(ids.length === 0 ? [] : await ports.contacts.remove(listId, ids));
    const held = chunk.filter(({ memberId }) => !gone.has(memberId));
    const { made, were } = held.length === 0 ? NONE : await ports.contacts.block(listId, idsOf(held));
    const blocked = new Set([...made, ...were.filter(isOwn)]);
    const left = new Set(were.filter((id) => !blocked.has(id)));
    outcome.gone.push(...chunk.filter(({ memberId }) => gone.has(memberId)));
    outcome.blocked.push(...held.filter(({ memberId }) => blocked.has(memberId)));
    outcome.left.push(...held.filter(({ memberId }) => left.has(memberId)));
    outcome.failed.push(...held.filter(({ memberId }) => !blocked.has(memberId) && !left.has(memberId)));
  }
  return outcome;
}

/** Those whose contact holds a result that Salesforce does not have: it could not take it when they were taken off, or refused it. */
async function findAwaited(
  { order, ports, reader, checkpoint }: WalkContext,
  listId: string,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<ReadonlySet<string>> {
  const { settings } = order;
  const ids = cleanupsOfMembers(plan);
  if (ids.length === 0 || !writesBack(settings)) return new Set();
  const results = await ports.contacts.resultsOf(listId, ids);
  const { resultsSince: since } = checkpoint;
  const sinceMs = since === undefined ? -Infinity : Date.parse(minusOverlap(since, RESULTS_OVERLAP_MS));
  const planned = planWriteBack({ results, entries, settings, reader, again: true });
  const awaited = planned.filter(({ attemptAtMs, wasRefused }) => wasRefused || attemptAtMs >= sinceMs);
  return new Set(awaited.map(({ change }) => change.memberId));
}

/** The campaign may have let go of them by now. A retry leaves them: it may be for a result that only they hold. @returns ids that are gone. */
async function cleanUp(
  context: WalkContext,
  listId: string,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
  kept: ReadonlySet<string>,
): Promise<string[]> {
  const gone: string[] = [];
  if (plan.cleanups.length === 0 || context.checkpoint.reading?.kind === 'retry') return gone;
  const awaited = await findAwaited(context, listId, plan, entries);
  const ids = plan.cleanups.filter((id) => !awaited.has(id) && !kept.has(id));
  for (const chunk of toChunks(ids, DELETIONS_PER_REQUEST_MAX))
    gone.push(...(await context.ports.contacts.remove(listId, chunk)));
  return gone;
}

function idsOf(removals: readonly PlannedRemoval[]): string[] {
  return removals.map(({ memberId }) => memberId);
}

function toStep(plan: Plan, sent: SendOutcome, removed: RemoveOutcome): SliceStep {
  const { confirmed, unconfirmed, refused } = sent;
  const off = [...removed.gone, ...removed.blocked, ...removed.left];
  const added = confirmed.filter(({ isNew }) => isNew).length;
  const rows: RunRow[] = [
    ...plan.rows,
    ...off.map(({ row }) => row),
    ...refused.map(({ row, refusal }) => failedRow(row, refusedReason(refusal))),
    ...unconfirmed.map((row) => failedRow(row, { code: 'contact_not_confirmed' })),
    ...removed.failed.map(({ row }): RunRow => ({
      ...row,
      outcome: 'failed',
      reason: { code: 'contact_not_removed' },
    })),
  ];
  return {
    rows,
    counts: {
      ...plan.counts,
      added,
      changed: confirmed.length - added,
      removed: off.length,
      failed: refused.length + unconfirmed.length + removed.failed.length,
    },
    sent: confirmed.map(({ contact, hash }) => ({ memberId: contact.id, hash })),
    failed: unconfirmed.map(({ contact }) => contact.id),
    refused: refused.map(({ row }) => row.contact.id),
    removed: idsOf(removed.gone),
    blocked: idsOf(removed.blocked),
    left: idsOf(removed.left),
  };
}

/** A dry run ends here, with the counts and rows that the run then has. */
function foreseen(plan: Plan): SliceStep {
  return { rows: [...plan.rows, ...plan.removals.map(({ row }) => row)], counts: countsOfPlan(plan) };
}

function membersLeaving({ removals }: Pick<Plan, 'removals'>): string[] {
  return idsOf(removals.filter(({ row }) => row.reason.code !== 'member_gone'));
}

/** The result of one who is no member any more has no place to go to. */
function cleanupsOfMembers({ rows, cleanups }: Pick<Plan, 'rows' | 'cleanups'>): string[] {
  const members = new Set(rows.map(({ memberId }) => memberId));
  return cleanups.filter((id) => members.has(id));
}

/** Their contacts were left on the list, uncallable. What became of their last call may be older than what is read of results by now. */
function membersReturning(plan: Plan): string[] {
  const callable = plan.sends.filter(({ makeCallable }) => makeCallable).map(({ contact }) => contact.id);
  return [...callable, ...cleanupsOfMembers(plan)];
}

/** In whose contacts there may be a result that no page of results will bring any more. */
function lastResultsOf(plan: Plan): string[] {
  return [...membersLeaving(plan), ...membersReturning(plan)];
}

/** Whoever is taken off the list takes along what became of the last call: it is brought back first. */
async function takeLastResults(
  context: WalkContext,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<WriteBackOutcome | undefined> {
  const { order, ports, reader, checkpoint } = context;
  const { settings } = order;
  const ids = lastResultsOf(plan);
  if (ids.length === 0 || checkpoint.listId === undefined || !writesBack(settings)) return undefined;
  const outcome = await writeBack({
    results: await ports.contacts.resultsOf(checkpoint.listId, ids),
    entries,
    settings,
    reader,
    keep: (kept) => Promise.resolve(new Set(kept)),
    ...(order.dryRun ? {} : { sink: ports.sink }),
  });
  if (order.dryRun) for (const { memberId } of outcome.updated) context.foreseen.add(memberId);
  return outcome;
}

function withResults(step: SliceStep, results: WriteBackOutcome | undefined): SliceStep {
  if (results === undefined) return step;
  const { rows, counts, unmapped } = results;
  return {
    rows: [...(step.rows ?? []), ...rows],
    counts: addCounts(addCounts(NO_COUNTS, step.counts ?? {}), counts),
    unmapped,
  };
}

/**
 * Noted before the contacts are gone: after a crash between the two there is no one left to ask.
 * @returns members whose result Salesforce has not taken, now or for good: it is nowhere but in their contacts.
 */
async function noteLastResults(context: WalkContext, plan: Plan): Promise<ReadonlySet<string>> {
  const ids = lastResultsOf(plan);
  if (ids.length === 0 || !writesBack(context.order.settings)) return new Set();
  return await context.ports.journal.inResultTurn(async () => {
    const results = await takeLastResults(context, plan, await readEntries(context, ids));
    if (results === undefined || results.counts.resultsRead === 0) return new Set();
    const { rows, counts, unmapped, updated, heldAttemptMs } = results;
    const changes =
      heldAttemptMs === undefined
        ? {}
        : { heldAttemptMs: Math.min(heldAttemptMs, context.checkpoint.heldAttemptMs ?? Infinity) };
    await advance(context, changes, { rows, counts, unmapped, updated });
    return new Set(rows.map(({ memberId }) => memberId));
  });
}

/** Where their results cannot be brought back now they stay on the list, and are not called from it. */
async function blockLeaving({ ports }: WalkContext, listId: string, plan: Plan): Promise<void> {
  for (const ids of toChunks(membersLeaving(plan), DELETIONS_PER_REQUEST_MAX))
    await ports.contacts.block(listId, ids);
}

async function takeOff(
  context: WalkContext,
  listId: string,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<RemoveOutcome & { kept: ReadonlySet<string> }> {
  let kept: ReadonlySet<string>;
  try {
    kept = await noteLastResults(context, plan);
  } catch (error) {
    if (!(error instanceof LeaseLost)) await blockLeaving(context, listId, plan).catch(() => undefined);
    throw error;
  }
  return { ...(await remove(context, listId, { removals: plan.removals, entries, kept })), kept };
}

export async function sendSlice(
  context: WalkContext,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<SliceStep> {
  const { sends, removals, cleanups } = plan;
  if (sends.length + removals.length + cleanups.length === 0) return foreseen(plan);
  if (context.order.dryRun) return withResults(foreseen(plan), await takeLastResults(context, plan, entries));
  const listId = context.checkpoint.listId!;
  await context.ports.journal.announce({
    sending: sends.map(({ contact }) => contact.id),
    removing: idsOf(removals),
  });
  // Whoever is not to be called leaves the list also where PureCloud takes nobody new.
  const [sending] = await Promise.allSettled([send(context, listId, sends)]);
  const removed = await takeOff(context, listId, plan, entries);
  if (sending.status === 'rejected') throw sending.reason;
  const step = toStep(plan, sending.value, removed);
  const cleaned = await cleanUp(context, listId, plan, entries, removed.kept);
  return { ...step, removed: [...(step.removed ?? []), ...cleaned] };
}
