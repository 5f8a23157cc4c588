/** One slice of members and what the ledger says of them -> what PureCloud is to be told. Pure. */
import type { Contact } from './contact.ts';
import { hashContact } from './contact-hash.ts';
import type { Counts } from './counts.ts';
import type { Decision } from './decide-member.ts';
import { isLive, isOnList, type LedgerEntry } from './ledger-entry.ts';
import { originalOf, type FieldValue, type Member } from './member.ts';
import type { RowOutcome, RowReason } from './row-reason.ts';

export interface RunRow {
  memberId: string;
  outcome: RowOutcome;
  reason: RowReason;
  /** What Salesforce had, under its own names; blank where the member is gone. */
  original: Readonly<Record<string, FieldValue>>;
}

export interface PlannedSend {
  member: Member;
  contact: Contact;
  hash: string;
  /** Counted as added; else as changed. */
  isNew: boolean;
  /** PureCloud may hold the contact already: columns that keep their value are filled from there. */
  mayExist: boolean;
  /** It was made uncallable by the sync. Never sent otherwise: a contact that PureCloud made uncallable stays so. */
  makeCallable: boolean;
}

export interface PlannedRemoval {
  memberId: string;
  row: RunRow;
  /** Made uncallable now, and deleted by the full run of the next day if nothing has changed by then: the member may only be out of sight. */
  isUnsure: boolean;
}

export function idsOf(removals: readonly PlannedRemoval[]): string[] {
  return removals.map(({ memberId }) => memberId);
}

export interface Plan {
  sends: readonly PlannedSend[];
  removals: readonly PlannedRemoval[];
  /** Ids of contacts that were taken off already, as far as that went: uncallable, and still on the list. Counted then, and not again. */
  cleanups: readonly string[];
  /** Ids of contacts with a number that the member may have no longer, and that cannot be sent as it is: made uncallable until it can. */
  holds: readonly string[];
  /** Ids of contacts that are uncallable already, and whose members cannot be sent as they are: members may be back that were out of sight. */
  stillHeld: readonly string[];
  /** Ids of contacts that stay as they are, though they were sent under another mapping. */
  kept: readonly string[];
  /** Of members that nothing is sent for, and warnings. */
  rows: readonly RunRow[];
  counts: Pick<Counts, 'membersRead' | 'unchanged' | 'skipped' | 'invalid'>;
}

/** The mapping of this run, another one, or nobody knows. */
export type SentUnder = 'same' | 'other' | 'unknown';

export interface PlanInput {
  decisions: readonly Decision[];
  entries: ReadonlyMap<string, LedgerEntry>;
  /** Ids of the ledger that are no members any more. */
  gone: readonly string[];
  ownColumns: ReadonlySet<string>;
  /** The list may hold contacts that the ledger does not tell of. */
  listMayHold: boolean;
  /** What the ledger tells of was sent under: whoever could be sent under the same one, and cannot now, has changed. */
  sentUnder: SentUnder;
  /** Whether Salesforce says so itself, and does not only fail to show the member. */
  isDeleted: (memberId: string) => boolean;
}

function toRows(member: Member, outcome: RowOutcome, reasons: readonly RowReason[]): RunRow[] {
  const original = originalOf(member);
  return reasons.map((reason) => ({ memberId: member.id, outcome, reason, original }));
}

function planSend(
  decision: Decision & { kind: 'send' },
  entry: LedgerEntry | undefined,
  hash: string,
  listMayHold: boolean,
): PlannedSend {
  const { member, contact } = decision;
  const blocked = entry?.blocked ?? false;
  const mayExist = listMayHold || (entry !== undefined && isOnList(entry));
  return { member, contact, hash, isNew: !(entry?.listed ?? false), mayExist, makeCallable: blocked };
}

function isSentAlready(entry: LedgerEntry | undefined, hash: string): boolean {
  return entry?.phase === 'sent' && entry.hash === hash && !entry.blocked;
}

function isKnownAsSent(entry: LedgerEntry | undefined): boolean {
  return entry !== undefined && isLive(entry) && entry.listed && entry.hash !== undefined;
}

/** A removal that was begun is finished, also where the member could not be sent anyway. */
export function isTakenOff({ kind }: Decision, entry: LedgerEntry | undefined): boolean {
  if (entry === undefined || !isLive(entry)) return false;
  return kind === 'leaveOut' || (kind === 'invalid' && entry.phase === 'removing');
}

/** The same id twice is one member: the later reading counts. */
function eachOnce(decisions: readonly Decision[]): Decision[] {
  return [...new Map(decisions.map((decision) => [decision.member.id, decision])).values()];
}

export function planSlice(input: PlanInput): Plan {
  const { decisions, entries, gone, ownColumns, listMayHold, sentUnder, isDeleted } = input;
  const sends: PlannedSend[] = [];
  const removals: PlannedRemoval[] = [];
  const cleanups: string[] = [];
  const stillHeld: string[] = [];
  const stay: Record<SentUnder, string[]> = { same: [], other: [], unknown: [] };
  const rows: RunRow[] = [];
  const unique = eachOnce(decisions);
  const counts = { membersRead: unique.length, unchanged: 0, skipped: 0, invalid: 0 };

  function leave(decision: Exclude<Decision, { kind: 'send' }>, entry: LedgerEntry | undefined): void {
    const { member, reasons } = decision;
    if (isTakenOff(decision, entry)) {
      removals.push({ memberId: member.id, row: toRows(member, 'removed', reasons)[0]!, isUnsure: false });
      return;
    }
    if (decision.kind === 'invalid' && isKnownAsSent(entry)) stay[sentUnder].push(member.id);
    if (decision.kind === 'leaveOut' && entry !== undefined && isOnList(entry)) cleanups.push(member.id);
    if (decision.kind === 'invalid' && entry?.blocked === true && !isLive(entry)) stillHeld.push(member.id);
    const outcome = decision.kind === 'leaveOut' ? 'skipped' : 'invalid';
    counts[outcome] += 1;
    rows.push(...toRows(member, outcome, reasons));
  }

  for (const decision of unique) {
    const entry = entries.get(decision.member.id);
    if (decision.kind !== 'send') {
      leave(decision, entry);
      continue;
    }
    const hash = hashContact(decision.contact, ownColumns);
    if (isSentAlready(entry, hash)) counts.unchanged += 1;
    else sends.push(planSend(decision, entry, hash, listMayHold));
    rows.push(...toRows(decision.member, 'warning', decision.warnings));
  }
  for (const memberId of new Set(gone)) {
    const entry = entries.get(memberId);
    if (entry === undefined || !isOnList(entry)) continue;
    if (!isLive(entry)) {
      cleanups.push(memberId);
      continue;
    }
    const row: RunRow = { memberId, outcome: 'removed', reason: { code: 'member_gone' }, original: {} };
    removals.push({ memberId, row, isUnsure: !isDeleted(memberId) });
  }
  return { sends, removals, cleanups, holds: stay.same, stillHeld, kept: stay.other, rows, counts };
}

/** What the counts are once PureCloud has accepted all of it: those of a dry run. */
export function countsOfPlan({ sends, removals, counts }: Plan): Partial<Counts> {
  const added = sends.filter(({ isNew }) => isNew).length;
  return { ...counts, added, changed: sends.length - added, removed: removals.length };
}
