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
  /** Without a field where the sync writes nothing of such a result: it is noted then, and not looked at again. */
  change: MemberChange;
  resultHash: string;
  attemptAtMs: number;
  /** Only how the system saw the call; the word of the agent may follow. */
  isProvisional: boolean;
  /** Salesforce has refused exactly this before, for good. */
  wasRefused: boolean;
  /** The result, where the sync maps results and not this one. */
  unmapped?: string;
}

export interface WriteBackPlanInput {
  results: readonly ContactResult[];
  entries: ReadonlyMap<string, LedgerEntry>;
  settings: Pick<SyncSettings, 'results' | 'resultFields'>;
  reader: ResultReader;
  /** Takes what was refused before once more: for a retry that someone asked for. What was written is not: a person may have changed it since. */
  again?: boolean;
}

function toFields(
  { result, attemptAtMs, status }: MemberResult,
  { resultFields }: WriteBackPlanInput['settings'],
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

/** What an event tells where it has no wrap-up code: `disposition.classification.callable.person`. */
const DISPOSITION = /^disposition\./i;

const REFUSED = '!';

/** What the ledger keeps of a result that Salesforce refused for good: it is not offered again unless someone asks, and not forgotten. */
export function refusedHash(resultHash: string): string {
  return `${REFUSED}${resultHash}`;
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

/**
 * What is new, newest per contact.
 * A contact that the ledger does not know is not of this sync: another one may feed the same list.
 */
export function planWriteBack(input: WriteBackPlanInput): PlannedUpdate[] {
  const { results, entries, settings, reader, again = false } = input;
  const read = results.map((result) => reader.read(result)).filter((result) => result !== undefined);
  return newestEach(read).flatMap((result) => {
    const { memberId, attemptAtMs } = result;
    const entry = entries.get(memberId);
    if (entry === undefined || isOlder(result, entry)) return [];
    const fields = toFields(result, settings);
    const resultHash = hashOf([attemptAtMs, ...Object.entries(fields)]);
    const wasRefused = entry.resultHash === refusedHash(resultHash);
    if (entry.resultHash === resultHash || (wasRefused && !again)) return [];
    const isUnmapped = result.status === undefined && settings.results.length > 0;
    const unmapped = isUnmapped ? { unmapped: result.result } : {};
    const isProvisional = DISPOSITION.test(result.result);
    return [
      { change: { memberId, fields }, resultHash, attemptAtMs, isProvisional, wasRefused, ...unmapped },
    ];
  });
}
