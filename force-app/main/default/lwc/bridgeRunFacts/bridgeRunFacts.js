/** What follows from a run as the bridge tells of it. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { dateTime, fill } from 'c/bridgeFormat';
export function failedOf({ counts }) {
    return counts.failed + counts.invalid;
}
export function processedOf({ counts }) {
    return counts.added + counts.changed + counts.removed + counts.unchanged + counts.skipped;
}
/** Members that are through. Not the sum of the other counts: a contact whose member is gone is removed without having been read. */
export function doneOf({ counts }) {
    return counts.membersRead;
}
/** One that waits for its turn has no start yet. */
export function begunAt({ startedAt, createdAt }) {
    return startedAt ?? createdAt;
}
/** It can go on from where it stopped. */
export function isResumable({ status, finishedAt, failure }) {
    if (status === 'Paused')
        return true;
    const hasFailed = status === 'Failed' || status === 'Action needed';
    return hasFailed && finishedAt !== undefined && failure?.code !== 'cancelled';
}
function titleOfFailure({ status, retryAt }) {
    if (retryAt !== undefined)
        return fill(LABEL.RunTriedAgain, dateTime(retryAt));
    return status === 'Part failed' ? LABEL.WordPartFailed : LABEL.RunFailed;
}
/** Why the run as a whole failed or part of it, or waits for its next try; and what to do. */
export function failureOf(run) {
    const { failure, retryAt } = run;
    if (failure === undefined)
        return undefined;
    const { code, detail = '', remedy = '' } = failure;
    const title = titleOfFailure(run);
    return { code, title, detail, remedy, retryable: retryAt !== undefined };
}
export function newestFirst(runs) {
    return runs.toSorted((a, b) => (begunAt(b) ?? '').localeCompare(begunAt(a) ?? ''));
}
const PLAN_MINUTES = 30;
/** A dry run tells what a run would do now, not what it would have done before the mapping changed. */
export function isPlanStale(plan, syncUpdatedAt, nowMs) {
    const finishedMs = Date.parse(plan.finishedAt ?? '');
    const isOld = Number.isNaN(finishedMs) || nowMs - finishedMs > PLAN_MINUTES * 60_000;
    return isOld || (syncUpdatedAt ?? '') > (begunAt(plan) ?? '');
}
