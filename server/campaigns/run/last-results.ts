/** Brings back what became of the last calls of members that leave the list or come back to it: their contacts may be the only ones to tell. */
import type { LedgerEntry } from '../ledger-entry.ts';
import type { Plan } from '../plan.ts';
import { idsOf } from '../plan.ts';
import { writesBack } from '../sync.ts';
import { planWriteBack } from '../write-back-plan.ts';
import { minusOverlap, RESULTS_OVERLAP_MS } from './checkpoint.ts';
import { advance, readEntries, type WalkContext } from './walk-context.ts';
import { writeBack, type WriteBackOutcome } from './write-back.ts';

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
  return [...membersLeaving(plan), ...membersReturning(plan), ...plan.stillHeld];
}

/** Whoever is taken off the list takes along what became of the last call: it is brought back first. */
export async function takeLastResults(
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

/**
 * Noted before the contacts are gone: after a crash between the two there is no one left to ask.
 * @returns members whose result Salesforce has not taken, now or for good: it is nowhere but in their contacts.
 */
export async function noteLastResults(context: WalkContext, plan: Plan): Promise<ReadonlySet<string>> {
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

/** Those whose contact holds a result that Salesforce does not have: it could not take it when they were taken off, or refused it. */
export async function findAwaited(
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
