export function failedOf({ counts }) {
    return counts.failed + counts.invalid;
}
export function processedOf({ counts }) {
    return counts.added + counts.changed + counts.removed + counts.unchanged + counts.skipped;
}
/** Members that wait for nothing any more. */
export function doneOf(run) {
    return processedOf(run) + failedOf(run);
}
export function newestFirst(runs) {
    return runs.toSorted((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
}
const PLAN_MINUTES = 30;
/** A dry run tells what a run would do now, not what it would have done before the mapping changed. */
export function isPlanStale(plan, syncUpdatedAt, nowMs) {
    const finishedMs = Date.parse(plan.finishedAt ?? '');
    const isOld = Number.isNaN(finishedMs) || nowMs - finishedMs > PLAN_MINUTES * 60_000;
    return isOld || (syncUpdatedAt ?? '') > (plan.startedAt ?? '');
}
