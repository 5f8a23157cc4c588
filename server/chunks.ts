/** Items -> as many at a time as an upstream takes, in their order. Pure. */
export function toChunks<Item>(items: readonly Item[], itemsMax: number): Item[][] {
  const chunks = Math.ceil(items.length / itemsMax);
  return Array.from({ length: chunks }, (_, at) => items.slice(at * itemsMax, (at + 1) * itemsMax));
}
