/** Tells PureCloud what a plan says, and says what came of it. Writes nothing of it down but the announcement. */
import { atOnce } from '../../at-once.ts';
import {
  contactBytes,
  CONTACTS_PER_REQUEST_MAX,
  REQUEST_BYTES_MAX,
  sendInHalves,
  toBatches,
  type Refusal,
} from '../batches.ts';
import { withStoredValues } from '../contact.ts';
import { addCounts, NO_COUNTS } from '../counts.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { originalOf } from '../member.ts';
import { countsOfPlan, idsOf, type Plan, type PlannedSend, type RunRow } from '../plan.ts';
import type { SentContact, Step } from '../ports.ts';
import type { RowReason } from '../row-reason.ts';
import { takeLastResults } from './last-results.ts';
import { cleanUp, takeOff, type TakeOffOutcome } from './take-off.ts';
import type { WalkContext } from './walk-context.ts';
import type { WriteBackOutcome } from './write-back.ts';

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
  whole: Promise<ReadonlyMap<string, SentContact>>,
): Promise<SendOutcome> {
  const contacts = await whole;
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

function toStep(plan: Plan, sent: SendOutcome, removed: TakeOffOutcome): SliceStep {
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
    // What could not be made uncallable is tried again by the next run.
    failed: [...unconfirmed.map(({ contact }) => contact.id), ...removed.notHeld],
    refused: refused.map(({ row }) => row.contact.id),
    removed: idsOf(removed.gone),
    blocked: [...idsOf(removed.blocked), ...removed.held],
    left: idsOf(removed.left),
    kept: plan.kept,
  };
}

/** A dry run ends here, with the counts and rows that the run then has. */
function foreseen(plan: Plan): SliceStep {
  return { rows: [...plan.rows, ...plan.removals.map(({ row }) => row)], counts: countsOfPlan(plan) };
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

export async function sendSlice(
  context: WalkContext,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<SliceStep> {
  const { sends, removals, cleanups, holds, stillHeld } = plan;
  if (context.order.dryRun) return withResults(foreseen(plan), await takeLastResults(context, plan, entries));
  if ([sends, removals, cleanups, holds, stillHeld].every(({ length }) => length === 0))
    return { ...foreseen(plan), kept: plan.kept };
  const listId = context.checkpoint.listId!;
  const contacts = toSentContacts(context, listId, sends);
  contacts.catch(() => undefined); // is told of where they are sent
  await context.ports.journal.announce({
    sending: sends.map(({ contact }) => contact.id),
    removing: idsOf(removals),
  });
  // Whoever is not to be called leaves the list also where PureCloud takes nobody new.
  const [sending] = await Promise.allSettled([send(context, listId, sends, contacts)]);
  const removed = await takeOff(context, listId, plan, entries);
  if (sending.status === 'rejected') throw sending.reason;
  const step = toStep(plan, sending.value, removed);
  const cleaned = await cleanUp(context, listId, plan, entries, removed.kept);
  return { ...step, removed: [...(step.removed ?? []), ...cleaned] };
}
