/** Sums over the counts of a run. Pure. */
import type { Run } from 'c/bridgeService';

export function failedOf({ counts }: Run): number {
  return counts.failed + counts.invalid;
}

export function processedOf({ counts }: Run): number {
  return counts.added + counts.changed + counts.removed + counts.unchanged + counts.skipped;
}

/** Members that wait for nothing any more. */
export function doneOf(run: Run): number {
  return processedOf(run) + failedOf(run);
}

export function newestFirst(runs: readonly Run[]): readonly Run[] {
  return runs.toSorted((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
}

const PLAN_MINUTES = 30;

/** A dry run tells what a run would do now, not what it would have done before the mapping changed. */
export function isPlanStale(plan: Run, syncUpdatedAt: string | undefined, nowMs: number): boolean {
  const finishedMs = Date.parse(plan.finishedAt ?? '');
  const isOld = Number.isNaN(finishedMs) || nowMs - finishedMs > PLAN_MINUTES * 60_000;
  return isOld || (syncUpdatedAt ?? '') > (plan.startedAt ?? '');
}
