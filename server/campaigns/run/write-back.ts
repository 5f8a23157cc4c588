/** Results of calls, written to the members they belong to. Used by a run, and by the webhook for single results. */
import type { Counts } from '../counts.ts';
import type { RunRow } from '../plan.ts';
import type { ConfirmedUpdate, MemberSink, UpdateAnswer } from '../ports.ts';
import type { RowReason } from '../row-reason.ts';
import {
  planWriteBack,
  refusedHash,
  type PlannedUpdate,
  type WriteBackPlanInput,
} from '../write-back-plan.ts';

export interface WriteBackInput extends WriteBackPlanInput {
  /** Absent: nothing is written, and all of it counts as if it were. */
  sink?: MemberSink;
  /** Those of the ids that are members still, and that this is to be written to. */
  keep: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface WriteBackOutcome {
  counts: Pick<Counts, 'resultsRead' | 'membersUpdated' | 'failed'>;
  rows: RunRow[];
  /** To be noted in the ledger, so that it is not written again. */
  updated: ConfirmedUpdate[];
  unmapped: ReadonlyMap<string, number>;
  /** Members whose result is to be written another time. */
  held: readonly string[];
  /** Earliest of their attempts. */
  heldAttemptMs?: number;
}

type Refused = UpdateAnswer & { ok: false };

function reasonOf(answer: Refused | undefined): RowReason {
  if (answer === undefined) return { code: 'update_not_confirmed' };
  const { code, message, field } = answer;
  return {
    code: 'update_refused',
    upstreamCode: code,
    ...(message === undefined ? {} : { message }),
    ...(field === undefined ? {} : { field }),
  };
}

function toConfirmed({ change, resultHash, attemptAtMs, isProvisional }: PlannedUpdate): ConfirmedUpdate {
  return { memberId: change.memberId, resultHash, attemptAtMs, isProvisional };
}

/** Salesforce has nothing of it: what the contact tells of the same call is offered, also where it is dated earlier. */
function toRefused(planned: PlannedUpdate): ConfirmedUpdate {
  const { resultHash, ...confirmed } = toConfirmed(planned);
  return { ...confirmed, resultHash: refusedHash(resultHash), isProvisional: true };
}

async function update(
  sink: MemberSink,
  updates: readonly PlannedUpdate[],
): Promise<Map<string, UpdateAnswer>> {
  if (updates.length === 0) return new Map();
  const given = await sink.updateMembers(updates.map(({ change }) => change));
  return new Map(given.map((answer) => [answer.memberId, answer]));
}

function countUnmapped(updates: readonly PlannedUpdate[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { unmapped } of updates) {
    if (unmapped !== undefined) counts.set(unmapped, (counts.get(unmapped) ?? 0) + 1);
  }
  return counts;
}

function isEmpty({ change }: PlannedUpdate): boolean {
  return Object.keys(change.fields).length === 0;
}

/** A refusal that is final is noted as one: the same result is not offered again until there is a newer one, or someone asks. */
export async function writeBack(input: WriteBackInput): Promise<WriteBackOutcome> {
  const { sink, keep } = input;
  const planned = planWriteBack(input);
  const kept = planned.length === 0 ? new Set() : await keep(planned.map(({ change }) => change.memberId));
  const fresh = planned.filter(({ change }) => kept.has(change.memberId));
  const updates = fresh.filter((update) => !isEmpty(update));
  const answers = sink === undefined ? undefined : await update(sink, updates);
  const counts = { resultsRead: fresh.length, membersUpdated: 0, failed: 0 };
  const rows: RunRow[] = [];
  const updated: ConfirmedUpdate[] = fresh.filter(isEmpty).map(toConfirmed);
  const held: string[] = [];
  let heldAttemptMs = Infinity;
  for (const planned of updates) {
    const { memberId, fields } = planned.change;
    const answer = answers?.get(memberId);
    if (answers === undefined || answer?.ok === true) {
      counts.membersUpdated += 1;
      updated.push(toConfirmed(planned));
      continue;
    }
    counts.failed += 1;
    rows.push({
      memberId,
      outcome: 'failed',
      reason: reasonOf(answer),
      original: { Id: memberId, ...fields },
    });
    if (answer?.isFinal === true) {
      updated.push(toRefused(planned));
      continue;
    }
    held.push(memberId);
    heldAttemptMs = Math.min(heldAttemptMs, planned.attemptAtMs);
  }
  return {
    counts,
    rows,
    updated,
    unmapped: countUnmapped(fresh),
    held,
    ...(heldAttemptMs === Infinity ? {} : { heldAttemptMs }),
  };
}
