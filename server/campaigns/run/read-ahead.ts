/** Two sides that wait for each other in turn are busy half of the time: what comes next is read while what came before is sent. */

/**
 * Gives what `items` gives, and has asked for the next item by the time it gives one: never for more, so that memory stays bounded.
 * A failure is thrown in its turn, after the items before it.
 */
export async function* readAhead<Item>(items: AsyncGenerator<Item, void, undefined>): AsyncGenerator<Item> {
  const askNext = () => {
    const next = items.next();
    next.catch(() => undefined); // whoever stops before its turn does not hear of it
    return next;
  };
  try {
    for (let next = askNext(); ;) {
      const { done, value } = await next;
      if (done === true) return;
      next = askNext();
      yield value;
    }
  } finally {
    // Not waited for: it may be reading, and whoever closes the source ends that.
    void items.return(undefined).catch(() => undefined);
  }
}
