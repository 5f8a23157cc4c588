/** Takes contacts off the list, or makes them uncallable where they must or may not go yet. */
import { toChunks } from '../../chunks.ts';
import { DELETIONS_PER_REQUEST_MAX } from '../batches.ts';
import type { LedgerEntry } from '../ledger-entry.ts';
import { idsOf, type Plan, type PlannedRemoval } from '../plan.ts';
import { LeaseLost, type Blocked } from '../ports.ts';
import { findAwaited, noteLastResults } from './last-results.ts';
import type { RunPorts, WalkContext } from './walk-context.ts';

interface RemoveOutcome {
  gone: PlannedRemoval[];
  blocked: PlannedRemoval[];
  /** Uncallable before, and not by the sync. */
  left: PlannedRemoval[];
  failed: PlannedRemoval[];
}

export interface TakeOffOutcome extends RemoveOutcome {
  /** Ids of contacts that are uncallable now until their members can be sent. */
  held: readonly string[];
  /** Ids of those that are callable all the same. */
  notHeld: readonly string[];
  /** Ids of members whose result is nowhere but in their contacts. */
  kept: ReadonlySet<string>;
}

/** Who made them uncallable is written down before it is done: it cannot be seen afterwards. */
export async function block(
  ports: Pick<RunPorts, 'contacts' | 'journal'>,
  listId: string,
  ids: readonly string[],
): Promise<Blocked> {
  const answers: Blocked[] = [];
  for (const chunk of toChunks(ids, DELETIONS_PER_REQUEST_MAX))
    answers.push(
      await ports.contacts.block(listId, chunk, (blocking) => ports.journal.announce({ blocking })),
    );
  return { made: answers.flatMap(({ made }) => made), were: answers.flatMap(({ were }) => were) };
}

interface RemoveInput {
  removals: readonly PlannedRemoval[];
  entries: ReadonlyMap<string, LedgerEntry>;
  /** Ids that stay on the list, uncallable. */
  kept: ReadonlySet<string>;
}

/** @returns ids that the sync itself has made uncallable, now or before. */
function ownOf({ made, were }: Blocked, entries: ReadonlyMap<string, LedgerEntry>): Set<string> {
  return new Set([...made, ...were.filter((id) => entries.get(id)?.blocked === true)]);
}

async function remove(
  context: WalkContext,
  listId: string,
  { removals, entries, kept }: RemoveInput,
): Promise<RemoveOutcome> {
  const outcome: RemoveOutcome = { gone: [], blocked: [], left: [], failed: [] };
  const { contacts } = context.ports;
  const drop = async (ids: string[]) => (ids.length === 0 ? [] : await contacts.remove(listId, ids));
  for (const chunk of toChunks(removals, DELETIONS_PER_REQUEST_MAX)) {
    const free = chunk.filter(({ memberId }) => !kept.has(memberId));
    const gone = new Set(await drop(idsOf(free.filter(({ isUnsure }) => !isUnsure))));
    const held = chunk.filter(({ memberId }) => !gone.has(memberId));
    const answer = await block(context.ports, listId, idsOf(held));
    const blocked = ownOf(answer, entries);
    const left = new Set(answer.were.filter((id) => !blocked.has(id)));
    // Not on the list, or refused as uncallable: what must not be called is better gone.
    const others = free.filter(({ memberId: id, isUnsure }) => isUnsure && !blocked.has(id) && !left.has(id));
    for (const id of await drop(idsOf(others))) gone.add(id);
    outcome.gone.push(...chunk.filter(({ memberId }) => gone.has(memberId)));
    outcome.blocked.push(...held.filter(({ memberId }) => blocked.has(memberId)));
    outcome.left.push(...held.filter(({ memberId }) => left.has(memberId)));
    const isDone = (id: string) => gone.has(id) || blocked.has(id) || left.has(id);
    outcome.failed.push(...held.filter(({ memberId }) => !isDone(memberId)));
  }
  return outcome;
}

async function hold(
  context: WalkContext,
  listId: string,
  { holds }: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<Pick<TakeOffOutcome, 'held' | 'notHeld'>> {
  const answer = await block(context.ports, listId, holds);
  const own = ownOf(answer, entries);
  const uncallable = new Set([...own, ...answer.were]);
  return { held: [...own], notHeld: holds.filter((id) => !uncallable.has(id)) };
}

/** The campaign may have let go of them by now. A retry leaves them: it may be for a result that only they hold. @returns ids that are gone. */
export async function cleanUp(
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

export async function takeOff(
  context: WalkContext,
  listId: string,
  plan: Plan,
  entries: ReadonlyMap<string, LedgerEntry>,
): Promise<TakeOffOutcome> {
  let kept: ReadonlySet<string>;
  try {
    kept = await noteLastResults(context, plan);
  } catch (error) {
    // Their results cannot be brought back now: they stay on the list, and are not called from it.
    const ids = [...idsOf(plan.removals), ...plan.holds];
    if (!(error instanceof LeaseLost)) await block(context.ports, listId, ids).catch(() => undefined);
    throw error;
  }
  const removed = await remove(context, listId, { removals: plan.removals, entries, kept });
  return { ...removed, ...(await hold(context, listId, plan, entries)), kept };
}
