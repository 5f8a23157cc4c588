/** Results of calls, written to the members they belong to. Used by a run, and by the webhook for single results. */
import { toChunks, UPDATES_PER_REQUEST_MAX } from '../batches.ts';
import type { Counts } from '../counts.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { RunRow } from '../plan.ts';
import type { ConfirmedUpdate, MemberSink, UpdateAnswer } from '../ports.ts';
import type { ContactResult, ResultReader } from '../results.ts';
import type { RowReason } from '../row-reason.ts';
import type { SyncSettings } from '../sync.ts';
import { planWriteBack, type PlannedUpdate } from '../write-back-plan.ts';

export interface WriteBackInput {
  results: readonly ContactResult[];
  entries: ReadonlyMap<string, LedgerEntry>;
  settings: SyncSettings;
  reader: ResultReader;
  /** Absent: nothing is written, and all of it counts as if it were. */
  sink?: MemberSink;
  again?: boolean;
}

export interface WriteBackOutcome {
  counts: Pick<Counts, 'resultsRead' | 'membersUpdated' | 'failed'>;
  rows: RunRow[];
  /** To be noted in the ledger, so that it is not written again. */
  updated: ConfirmedUpdate[];
  unmapped: ReadonlyMap<string, number>;
  /** Earliest attempt whose result is to be written another time. */
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

function toConfirmed({ change, resultHash, attemptAtMs }: PlannedUpdate): ConfirmedUpdate {
  return { memberId: change.memberId, resultHash, attemptAtMs };
}

async function update(
  sink: MemberSink,
  updates: readonly PlannedUpdate[],
): Promise<Map<string, UpdateAnswer>> {
  const answers = new Map<string, UpdateAnswer>();
  for (const chunk of toChunks(updates, UPDATES_PER_REQUEST_MAX)) {
    const given = await sink.updateMembers(chunk.map(({ change }) => change));
    for (const answer of given) answers.set(answer.memberId, answer);
  }
  return answers;
}

/** A refusal that is final counts as done: the same result is not offered again until there is a newer one, or someone asks. */
export async function writeBack(input: WriteBackInput): Promise<WriteBackOutcome> {
  const { sink } = input;
  const { resultsRead, updates, unmapped } = planWriteBack(input);
  const answers = sink === undefined ? undefined : await update(sink, updates);
  const outcome = { resultsRead, membersUpdated: 0, failed: 0 };
  const rows: RunRow[] = [];
  const updated: ConfirmedUpdate[] = [];
  let heldAttemptMs = Infinity;
  for (const planned of updates) {
    const { memberId, fields } = planned.change;
    const answer = answers?.get(memberId);
    if (answers === undefined || answer?.ok === true) {
      outcome.membersUpdated += 1;
      updated.push(toConfirmed(planned));
      continue;
    }
    outcome.failed += 1;
    rows.push({
      memberId,
      outcome: 'failed',
      reason: reasonOf(answer),
      original: { Id: memberId, ...fields },
    });
    if (answer?.isFinal === true) updated.push(toConfirmed(planned));
    else heldAttemptMs = Math.min(heldAttemptMs, planned.attemptAtMs);
  }
  return {
    counts: outcome,
    rows,
    updated,
    unmapped,
    ...(heldAttemptMs === Infinity ? {} : { heldAttemptMs }),
  };
}
