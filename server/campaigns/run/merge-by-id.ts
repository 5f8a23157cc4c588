/** Several lists that are sorted by id, read page by page, as slices that cover the ids without gap or overlap. */

export interface SortedPage<Item> {
  items: readonly Item[];
  more: boolean;
}

export interface SortedStream<Item> {
  /** Items whose id is greater than `after`, ascending. */
  read(after: string | undefined): Promise<SortedPage<Item>>;
  idOf(item: Item): string;
}

export interface Slice<Items extends readonly unknown[]> {
  /** For each stream its items whose ids lie behind the slice before and up to `until`. */
  items: { [Index in keyof Items]: Items[Index][] };
  /** Absent: to the end. */
  until?: string;
}

interface Buffer<Item> {
  items: readonly Item[];
  more: boolean;
  last: string | undefined;
}

async function fill<Item>(stream: SortedStream<Item>, buffer: Buffer<Item>): Promise<Buffer<Item>> {
  if (buffer.items.length > 0 || !buffer.more) return buffer;
  const { items, more } = await stream.read(buffer.last);
  // A page that is empty although more follows would be asked for again for ever.
  return {
    items,
    more: more && items.length > 0,
    last: items.length > 0 ? stream.idOf(items.at(-1)!) : buffer.last,
  };
}

/** The last id that a buffer can vouch for: behind it, more may follow that has not been read. */
function reachOf<Item>(
  stream: SortedStream<Item>,
  { items, more }: Buffer<Item>,
  limit: number,
): string | undefined {
  if (items.length > limit) return stream.idOf(items[limit - 1]!);
  return more && items.length > 0 ? stream.idOf(items.at(-1)!) : undefined;
}

/**
 * No id is in two slices, and no slice has more than `limit` items of one stream: memory is bounded by the page, whatever the lists.
 * @param after Begin behind this id.
 * @param limit The same for every slice, or asked for each.
 */
export async function* mergeById<Items extends readonly unknown[]>(
  streams: { [Index in keyof Items]: SortedStream<Items[Index]> },
  { after, limit }: { after?: string | undefined; limit: number | (() => number) },
): AsyncGenerator<Slice<Items>> {
  const all = streams as readonly SortedStream<unknown>[];
  let buffers: Buffer<unknown>[] = all.map(() => ({ items: [], more: true, last: after }));
  for (;;) {
    for (const [index, stream] of all.entries()) buffers[index] = await fill(stream, buffers[index]!);
    const most = typeof limit === 'number' ? limit : limit();
    const reaches = all
      .map((stream, index) => reachOf(stream, buffers[index]!, most))
      .filter((reach) => reach !== undefined);
    const until =
      reaches.length === 0 ? undefined : reaches.reduce((least, reach) => (reach < least ? reach : least));
    const isIn = (stream: SortedStream<unknown>, item: unknown) =>
      until === undefined || stream.idOf(item) <= until;
    const items = all.map((stream, index) => buffers[index]!.items.filter((item) => isIn(stream, item)));
    buffers = buffers.map((buffer, index) => ({
      ...buffer,
      items: buffer.items.slice(items[index]!.length),
    }));
    yield { items: items as Slice<Items>['items'], ...(until === undefined ? {} : { until }) };
    if (until === undefined) return;
  }
}
