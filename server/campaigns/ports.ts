/** What a run needs of Salesforce, of PureCloud and of the database. Shapes only: clients and tests implement them. */
import type { Contact } from './contact.ts';
import type { Counts } from './counts.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Member } from './member.ts';
import type { RunRow } from './plan.ts';
import type { ContactResult } from './results.ts';
import type { Checkpoint, SyncProgress } from './run/checkpoint.ts';
import type { MemberChange } from './write-back-plan.ts';

export interface MemberQuery {
  /** ISO 8601: only members that changed, or whose lead or contact changed, at this instant or later. Absent: all. */
  since?: string;
}

export interface PageOfMembers {
  /** Ascending by id, each once: ASCII order of the 18 characters. */
  members: readonly Member[];
  /** Members may follow. */
  more: boolean;
}

export type DeletedMembers =
  | {
      outcome: 'known';
      ids: readonly string[];
      /** ISO 8601: where the next question is to begin. */ coveredUntil: string;
    }
  /** Salesforce no longer knows all that was deleted since then. */
  | { outcome: 'windowMissed' };

export interface FieldDescription {
  /** As it was asked for. */
  field: string;
  exists: boolean;
  writable: boolean;
}

/** One campaign in one org. Any method may throw; what is worth repeating was repeated by then. */
export interface MemberSource {
  /** The org's clock, ISO 8601: watermarks are never taken from ours. */
  readClock(): Promise<string>;
  countMembers(query: MemberQuery): Promise<number>;
  /** @param after Id of the last member seen; absent: from the first. The pages of one query are asked for in order, and from anywhere after a crash. */
  readPage(query: MemberQuery & { after?: string; limit: number }): Promise<PageOfMembers>;
  /** Those of the ids that are members of the campaign now, in any order. At most 1,000 ids. */
  membersByIds(ids: readonly string[]): Promise<readonly Member[]>;
  /** Ids of deleted members, of any campaign, in any order. */
  deletedSince(since: string): Promise<DeletedMembers>;
  /** Labels that the campaign has. */
  memberStatuses(): Promise<readonly string[]>;
  describeFields(fields: readonly string[]): Promise<readonly FieldDescription[]>;
}

export type UpdateAnswer =
  | { memberId: string; ok: true }
  /** `isFinal`: trying again without a change elsewhere gives the same answer. Row locks were tried again by then. */
  | { memberId: string; ok: false; code: string; message?: string; field?: string; isFinal: boolean };

export interface MemberSink {
  /** A page of results at most: how many go in one request, and in what kind of one, is the sink's to know. Answers are found by id, not by place. */
  updateMembers(changes: readonly MemberChange[]): Promise<readonly UpdateAnswer[]>;
}

export interface ListLayout {
  columns: readonly string[];
  phones: readonly { column: string; type: string }[];
}

export type ListCheck =
  | { state: 'ready'; listId: string }
  /** Named by name, and there is none. */
  | { state: 'missing' }
  /** Named by id, and there is none. */
  | { state: 'notFound' }
  /** Its columns cannot take these contacts, and PureCloud lets no one change them. `detail`: which, in words. */
  | { state: 'mismatch'; listId: string; detail: string };

export interface SentContact extends Contact {
  /** Only where the sync had made it uncallable. */
  makeCallable: boolean;
}

export type UpsertAnswer =
  /** Ids that the answer names. */
  | { outcome: 'accepted'; ids: readonly string[] }
  /** For a reason that may lie in one of the rows. What concerns the list or the client as a whole is thrown. */
  | { outcome: 'refused'; code: string; message?: string };

export interface PageOfResults {
  results: readonly ContactResult[];
  /** Absent on the last page. A cursor that is no longer known begins anew. */
  next?: string;
}

export interface Blocked {
  /** By this. */
  made: readonly string[];
  /** Before it: PureCloud, or a person, had its reason. */
  were: readonly string[];
}

/** One contact list. Any method may throw; what is worth repeating was repeated by then. */
export interface ContactList {
  /** Changes nothing. @param listId Looks at this one, whatever its name. */
  check(layout: ListLayout, listId?: string): Promise<ListCheck>;
  /** Makes the list, or finds the one that an earlier try has made. @returns its id. */
  create(layout: ListLayout): Promise<string>;
  /** With `doNotQueue=true&clearSystemData=false`. At most 1,000 contacts and 512,000 bytes. */
  upsert(listId: string, contacts: readonly SentContact[]): Promise<UpsertAnswer>;
  /** Column -> value of the contacts that are there. */
  read(
    listId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** At most 250. @returns ids that are not on the list afterwards, whoever took them off: it is looked up, not believed. */
  remove(listId: string, ids: readonly string[]): Promise<readonly string[]>;
  /**
   * Sets `callable: false`.
   * @param announce Is told which are callable still, before any of them is changed: who made it uncallable cannot be seen afterwards.
   * @returns ids that are uncallable now.
   */
  block(
    listId: string,
    ids: readonly string[],
    announce: (ids: readonly string[]) => Promise<void>,
  ): Promise<Blocked>;
  /** Results of attempts at this instant or later; more than asked for does no harm. */
  readResults(query: { listId: string; since?: string; cursor?: string }): Promise<PageOfResults>;
  /** Of these contacts, whenever the attempts were. */
  resultsOf(listId: string, ids: readonly string[]): Promise<readonly ContactResult[]>;
  /** Wrap-up id -> name. */
  wrapUps(): Promise<ReadonlyMap<string, string>>;
}

export interface LedgerPage {
  /** Ascending by id. */
  ids: readonly string[];
  more: boolean;
}

/** What PureCloud is about to be told. */
export interface Announcement {
  sending?: readonly string[];
  removing?: readonly string[];
  /** By the sync: to be made callable again where they are sent again. */
  blocking?: readonly string[];
}

export interface ConfirmedUpdate {
  memberId: string;
  resultHash: string;
  attemptAtMs: number;
  /** Not the last word on its call, or refused by Salesforce: does not make another result of that call an older one. */
  isProvisional?: boolean;
}

/** All of it, or nothing. */
export interface Step {
  checkpoint: Checkpoint;
  counts?: Partial<Counts>;
  rows?: readonly RunRow[];
  sent?: readonly { memberId: string; hash: string }[];
  failed?: readonly string[];
  refused?: readonly string[];
  removed?: readonly string[];
  /** Neither gone nor callable, by the sync's own doing. */
  blocked?: readonly string[];
  /** Neither gone nor callable, and not by the sync: never to be made callable again. */
  left?: readonly string[];
  /** On the list as they were sent under another mapping: what they hold no longer tells whether the member has changed. */
  kept?: readonly string[];
  updated?: readonly ConfirmedUpdate[];
  unmapped?: ReadonlyMap<string, number>;
  /** How far the sync has come, beyond this run. Never in a dry run. */
  progress?: Partial<SyncProgress>;
  membersTotal?: number;
  /** The counts begin again at 0, before `counts` are added. */
  resetCounts?: boolean;
}

export type Control = 'go' | 'pause' | 'cancel';

/** One run in the database. Methods throw `LeaseLost` where another instance has taken the run over. */
export interface RunJournal {
  /** What was asked of the run meanwhile. */
  control(): Promise<Control>;
  readEntries(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>>;
  /** Ids after `after`: of contacts that may be on the list, or of those that an earlier run left unsettled. */
  listEntries(which: 'listed' | 'unsettled', page: { after?: string; limit: number }): Promise<LedgerPage>;
  /** Contacts that the list may hold as ones to call. */
  countListed(): Promise<number>;
  /** Ids of members with a failed row in that run, each once. */
  listFailed(run: string, page: { after?: string; limit: number }): Promise<LedgerPage>;
  announce(announcement: Announcement): Promise<void>;
  commit(step: Step): Promise<void>;
  /** Results are read from the ledger, written to Salesforce and noted within it: webhooks bring results of the same members. */
  inResultTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The list is another one: nothing that was told of the old one holds. Results that Salesforce has stay known. */
  startOver(): Promise<void>;
}

/** Another instance has the run now. The walk ends without a word: what it would write is no longer its own. */
export class LeaseLost extends Error {
  constructor() {
    super('The run was taken over by another instance.');
    this.name = 'LeaseLost';
  }
}
