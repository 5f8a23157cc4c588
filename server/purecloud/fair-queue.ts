/** Waiters in a fair order: interactive before sync, and callers in turn, however many calls one of them has waiting. Pure. */

export const PRIORITIES = ['interactive', 'sync'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Waiting {
  caller: string;
  priority: Priority;
}

export interface FairQueue<Item extends Waiting> {
  /** Takes an item in. Gives back the one that there is no room for: another's, where that one has more waiting, or this. */
  push(item: Item): Item | undefined;
  next(priority: Priority): Item | undefined;
  /** Idempotent. */
  remove(item: Item): void;
  count(priority?: Priority): number;
  drain(): Item[];
}

/** Callers of one priority, the one whose turn it is in front. */
type Turns<Item> = Map<string, Set<Item>>;

function longest<Item>(turns: Turns<Item>): Set<Item> | undefined {
  let found: Set<Item> | undefined;
  for (const items of turns.values()) if (items.size > (found?.size ?? 0)) found = items;
  return found;
}

export function createFairQueue<Item extends Waiting>(max: number): FairQueue<Item> {
  const turns: Record<Priority, Turns<Item>> = { interactive: new Map(), sync: new Map() };
  const counts: Record<Priority, number> = { interactive: 0, sync: 0 };
  const total = () => counts.interactive + counts.sync;

  function remove(item: Item): void {
    const items = turns[item.priority].get(item.caller);
    if (items?.delete(item) !== true) return;
    counts[item.priority] -= 1;
    if (items.size === 0) turns[item.priority].delete(item.caller);
  }

  /** Sync yields to interactive; else who has more waiting than the newcomer would have yields, with the newest. */
  function displaced(newcomer: Item): Item {
    const yields = newcomer.priority === 'interactive' && counts.sync > 0 ? 'sync' : newcomer.priority;
    const most = longest(turns[yields]);
    const own = turns[newcomer.priority].get(newcomer.caller)?.size ?? 0;
    const isFairer = yields !== newcomer.priority || (most?.size ?? 0) > own + 1;
    return isFairer && most !== undefined ? [...most].at(-1)! : newcomer;
  }

  return {
    push(item) {
      const out = total() < max ? undefined : displaced(item);
      if (out === item) return out;
      if (out !== undefined) remove(out);
      const items = turns[item.priority].get(item.caller) ?? new Set();
      turns[item.priority].set(item.caller, items.add(item));
      counts[item.priority] += 1;
      return out;
    },
    next(priority) {
      const [turn] = turns[priority];
      if (turn === undefined) return undefined;
      const [caller, items] = turn;
      const [item] = items;
      remove(item!);
      turns[priority].delete(caller);
      if (items.size > 0) turns[priority].set(caller, items); // behind all others
      return item;
    },
    remove,
    count: (priority) => (priority === undefined ? total() : counts[priority]),
    drain() {
      const all = PRIORITIES.flatMap((priority) =>
        [...turns[priority].values()].flatMap((items) => [...items]),
      );
      all.forEach(remove);
      return all;
    },
  };
}
