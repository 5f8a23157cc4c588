/** Results and what Salesforce has been told before -> what is to be written to members. Only what changed. Pure. */
import { hashOf } from './contact-hash.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { ContactResult, MemberResult, ResultReader } from './results.ts';
import type { SyncSettings } from './sync.ts';

export interface MemberChange {
  memberId: string;
  /** Field of the member -> value; `Status` among them where the result is mapped. */
  fields: Readonly<Record<string, string>>;
}

export interface PlannedUpdate {
  change: MemberChange;
  resultHash: string;
  attemptAtMs: number;
}

export interface WriteBackPlan {
  resultsRead: number;
  updates: readonly PlannedUpdate[];
  /** Result that the sync does not map -> how many members have it. */
  unmapped: ReadonlyMap<string, number>;
}

export interface WriteBackInput {
  results: readonly ContactResult[];
  entries: ReadonlyMap<string, LedgerEntry>;
  settings: Pick<SyncSettings, 'results' | 'resultFields'>;
  reader: ResultReader;
  /** Writes what was written or refused before once more: for a retry that someone asked for. */
  again?: boolean;
}

function toFields(
  { result, attemptAtMs, status }: MemberResult,
  { resultFields }: WriteBackInput['settings'],
) {
  const { lastResult, lastAttempt } = resultFields;
  return {
    ...(status === undefined ? {} : { Status: status }),
    ...(lastResult === undefined ? {} : { [lastResult]: result }),
    ...(lastAttempt === undefined ? {} : { [lastAttempt]: new Date(attemptAtMs).toISOString() }),
  };
}

/** An event may come late and an export may be old: nothing older than what was written is written. */
function isOlder({ attemptAtMs }: MemberResult, entry: LedgerEntry): boolean {
  return entry.attemptAtMs !== undefined && attemptAtMs < entry.attemptAtMs;
}

/** One reading per contact: the newest. */
function newestEach(results: readonly MemberResult[]): MemberResult[] {
  const byMember = new Map<string, MemberResult>();
  for (const result of results) {
    const other = byMember.get(result.memberId);
    if (other === undefined || result.attemptAtMs >= other.attemptAtMs) byMember.set(result.memberId, result);
  }
  return [...byMember.values()];
}

/** A contact that the ledger does not know is not of this sync: another one may feed the same list. */
export function planWriteBack({
  results,
  entries,
  settings,
  reader,
  again = false,
}: WriteBackInput): WriteBackPlan {
  const read = results.map((result) => reader.read(result)).filter((result) => result !== undefined);
  const known = newestEach(read).filter(({ memberId }) => entries.has(memberId));
  const unmapped = new Map<string, number>();
  const updates: PlannedUpdate[] = [];
  for (const result of known) {
    if (result.status === undefined && settings.results.length > 0) {
      unmapped.set(result.result, (unmapped.get(result.result) ?? 0) + 1);
    }
    const entry = entries.get(result.memberId)!;
    const fields = toFields(result, settings);
    const resultHash = hashOf(Object.entries(fields));
    const isWritten = entry.resultHash === resultHash && !again;
    if (Object.keys(fields).length === 0 || isWritten || isOlder(result, entry)) continue;
    updates.push({
      change: { memberId: result.memberId, fields },
      resultHash,
      attemptAtMs: result.attemptAtMs,
    });
  }
  return { resultsRead: known.length, updates, unmapped };
}
