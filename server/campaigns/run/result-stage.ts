/** Brings the results of calls back to Salesforce, page by page, while the campaign runs. */
import { decideMember } from '../decide-member.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import type { Member } from '../member.ts';
import { isTakenOff } from '../plan.ts';
import type { ContactResult } from '../results.ts';
import { writesBack } from '../sync.ts';
import { minusOverlap, RESULTS_OVERLAP_MS, type Checkpoint, type SyncProgress } from './checkpoint.ts';
import {
  advance,
  endAskedFor,
  findMembers,
  readEntries,
  type WalkContext,
  type WalkEnd,
} from './walk-context.ts';
import { writeBack } from './write-back.ts';

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function newestAttempt(results: readonly ContactResult[], before: number | undefined): number | undefined {
  const instants = results.flatMap(({ attempts }) => attempts.map(({ at }) => Date.parse(at)));
  const valid = instants.filter((instant) => !Number.isNaN(instant));
  return valid.reduce<number | undefined>((newest, at) => Math.max(newest ?? at, at), before);
}

interface TakeBack {
  results: readonly ContactResult[];
  again: boolean;
  /** Where the next page begins; absent: this was the last one. */
  next?: string | undefined;
}

/**
 * The watermark stays before a result that could not be written; else it never goes back. Nor does it pass the present: an attempt with a
 * time of the future would hide every result after it.
 */
function progressOf(checkpoint: Checkpoint): Partial<SyncProgress> {
  const { newestAttemptMs, heldAttemptMs, resultsSince, readStartedAt } = checkpoint;
  const before = resultsSince === undefined ? -Infinity : Date.parse(resultsSince);
  const newest = heldAttemptMs ?? Math.max(newestAttemptMs ?? -Infinity, before);
  const reached = Math.min(newest, readStartedAt === undefined ? Infinity : Date.parse(readStartedAt));
  return reached === -Infinity ? {} : { resultsWatermark: new Date(reached).toISOString() };
}

/** In a dry run the ledger does not know of the results that the run takes with the members that leave or come back. */
async function keepMembers(
  context: WalkContext,
  ids: readonly string[],
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<ReadonlySet<string>> {
  const { settings, dryRun } = context.order;
  const members = await findMembers(context, ids);
  const { listMayHold = false } = context.checkpoint;
  const isTaken = (member: Member) => {
    const decision = decideMember(member, settings);
    const entry = entries.get(member.id);
    if (context.foreseen.has(member.id)) return true;
    if (decision.kind === 'send') return entry?.blocked === true;
    return isTakenOff(decision, entry) || (listMayHold && decision.kind === 'leaveOut');
  };
  const kept = dryRun ? members.filter((member) => !isTaken(member)) : members;
  return new Set(kept.map(({ id }) => id));
}

/** One page, and the end of the stage with the last one: results that were counted are not counted again after a crash. */
async function takeBack(context: WalkContext, page: TakeBack): Promise<void> {
  if (context.order.dryRun) await takeBackPage(context, page);
  else await context.ports.journal.inResultTurn(() => takeBackPage(context, page));
}

async function takeBackPage(context: WalkContext, { results, again, next }: TakeBack): Promise<void> {
  const { order, ports, reader, checkpoint } = context;
  const ids = results.map(({ contactId }) => contactId);
  const entries = await readEntries(context, ids);
  const {
    held: _held,
    heldAttemptMs,
    updated,
    ...seen
  } = await writeBack({
    results,
    entries,
    settings: order.settings,
    reader,
    again,
    keep: (planned) => keepMembers(context, planned, entries),
    ...(order.dryRun ? {} : { sink: ports.sink }),
  });
  const newest = newestAttempt(results, checkpoint.newestAttemptMs);
  const held = least(checkpoint.heldAttemptMs, heldAttemptMs);
  const changes: Partial<Checkpoint> = {
    ...(newest === undefined ? {} : { newestAttemptMs: newest }),
    ...(held === undefined ? {} : { heldAttemptMs: held }),
    ...(next === undefined ? { stage: 'done', phase: 'done' } : { resultsCursor: next }),
  };
  const isEnd = next === undefined && !again;
  await advance(context, changes, {
    ...seen,
    ...(order.dryRun ? {} : { updated }),
    ...(isEnd ? { progress: progressOf({ ...checkpoint, ...changes }) } : {}),
  });
}

async function readNewResults(context: WalkContext, listId: string): Promise<void> {
  const { resultsSince, resultsCursor } = context.checkpoint;
  const { results, next } = await context.ports.contacts.readResults({
    listId,
    ...(resultsSince === undefined ? {} : { since: minusOverlap(resultsSince, RESULTS_OVERLAP_MS) }),
    ...(resultsCursor === undefined ? {} : { cursor: resultsCursor }),
  });
  await takeBack(context, { results, again: false, next });
}

async function repeatFailed(context: WalkContext, listId: string, run: string): Promise<void> {
  const { journal, contacts } = context.ports;
  const { resultsCursor: after } = context.checkpoint;
  const limit = context.limits.sliceSize;
  const { ids, more } = await journal.listFailed(run, after === undefined ? { limit } : { after, limit });
  const results = ids.length === 0 ? [] : await contacts.resultsOf(listId, ids);
  await takeBack(context, { results, again: true, next: more ? ids.at(-1) : undefined });
}

export async function resultStage(context: WalkContext): Promise<WalkEnd | undefined> {
  const { listId, reading } = context.checkpoint;
  if (listId === undefined || !writesBack(context.order.settings)) {
    await advance(context, { stage: 'done', phase: 'done' });
    return undefined;
  }
  while (context.checkpoint.stage !== 'done') {
    const end = await endAskedFor(context);
    if (end !== undefined) return end;
    if (reading?.kind === 'retry') await repeatFailed(context, listId, reading.of);
    else await readNewResults(context, listId);
  }
  return undefined;
}
