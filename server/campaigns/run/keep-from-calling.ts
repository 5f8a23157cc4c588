/** Of a run that can go no further: whoever refuses calls by now, or has left, is made uncallable all the same. */
import { toChunks } from '../../chunks.ts';
import { decideMember } from '../decide-member.ts';
import { isLive } from '../ledger-entry.ts';
import { minusOverlap } from './checkpoint.ts';
import { block } from './take-off.ts';
import { findMembers, type RunOrder, type WalkContext } from './walk-context.ts';

type Keeping = Pick<WalkContext, 'ports' | 'limits' | 'order'>;

/** Ids of members that have changed since the last run that was whole, and are not to be called. */
async function* notToBeCalled({ ports, limits, order }: Keeping): AsyncGenerator<string[]> {
  const { settings, progress } = order;
  const { memberWatermark } = progress;
  const since = memberWatermark === undefined ? {} : { since: minusOverlap(memberWatermark) };
  let after: string | undefined;
  for (let more = true; more;) {
    const query = { ...since, ...(after === undefined ? {} : { after }), limit: limits.pageSize };
    const page = await ports.source.readPage(query);
    yield page.members
      .filter((member) => decideMember(member, settings).kind === 'leaveOut')
      .map(({ id }) => id);
    after = page.members.at(-1)?.id;
    more = page.more && after !== undefined;
  }
}

async function deleted({ ports, order }: Keeping): Promise<readonly string[]> {
  const { deletedWatermark } = order.progress;
  if (deletedWatermark === undefined) return [];
  const answer = await ports.source.deletedSince(minusOverlap(deletedWatermark));
  return answer.outcome === 'known' ? answer.ids : [];
}

/** Those of the ids whose contacts may be called. */
async function callableOf({ ports }: Keeping, ids: readonly string[]): Promise<string[]> {
  const entries = await ports.journal.readEntries(ids);
  return [...entries.values()]
    .filter((entry) => isLive(entry) && !entry.blocked)
    .map(({ memberId }) => memberId);
}

/**
 * Takes nobody off and writes nothing down but whom it made uncallable: the next run that is whole does the rest, and counts it.
 * @throws whatever a port throws.
 */
export async function keepFromCalling(keeping: Keeping): Promise<void> {
  const { dryRun, progress }: RunOrder = keeping.order;
  const { contactListId: listId } = progress;
  if (dryRun || listId === undefined) return;
  for await (const ids of notToBeCalled(keeping)) {
    await block(keeping.ports, listId, await callableOf(keeping, ids));
  }
  for (const ids of toChunks(await deleted(keeping), keeping.limits.pageSize)) {
    const callable = await callableOf(keeping, ids);
    const members = new Set((await findMembers(keeping, callable)).map(({ id }) => id));
    await block(
      keeping.ports,
      listId,
      callable.filter((id) => !members.has(id)),
    );
  }
}
