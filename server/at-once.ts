/** Several pieces of work at a time, and no more than that. */

/**
 * Results in the order of the items. Nothing is begun after one has failed, and it ends when all that was begun has ended: nothing may be
 * on its way any more when whoever asked goes on.
 * @throws What one of those that failed did.
 */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  atOnceMax: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const waiting = items.entries();
  const results: Result[] = [];
  let hasFailed = false;

  async function lane(): Promise<void> {
    for (const [index, item] of waiting) {
      try {
        results[index] = await work(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
      if (hasFailed) return;
    }
  }

  const lanes = Array.from({ length: Math.min(atOnceMax, items.length) }, lane);
  for (const ended of await Promise.allSettled(lanes)) {
    if (ended.status === 'rejected') throw ended.reason;
  }
  return results;
}
