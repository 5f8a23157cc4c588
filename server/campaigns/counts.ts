/**
 * The counts of a run. Every member that was read is in exactly one of the seven after `membersRead`; who has left the campaign is counted
 * as removed beside them, and a result that was refused as failed. Pure.
 */

export const COUNT_NAMES = [
  'membersRead',
  'added',
  'changed',
  'removed',
  'unchanged',
  'skipped',
  'invalid',
  'failed',
  'resultsRead',
  'membersUpdated',
] as const;

export type CountName = (typeof COUNT_NAMES)[number];
export type Counts = Readonly<Record<CountName, number>>;

export const NO_COUNTS: Counts = Object.freeze(
  Object.fromEntries(COUNT_NAMES.map((name) => [name, 0])) as Record<CountName, number>,
);

export function addCounts(counts: Counts, more: Partial<Counts>): Counts {
  return Object.fromEntries(COUNT_NAMES.map((name) => [name, counts[name] + (more[name] ?? 0)])) as Record<
    CountName,
    number
  >;
}

/** What was stored, whatever version of the bridge stored it: an unknown count is dropped, a missing one is 0. */
export function readCounts(stored: unknown): Counts {
  const known = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  return addCounts(
    NO_COUNTS,
    Object.fromEntries(COUNT_NAMES.map((name) => [name, Number(known[name]) || 0])),
  );
}
