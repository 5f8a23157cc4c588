/** The steps of the set-up that the bridge's own state answers. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
/** Signed in once is done; never tried is still to do. */
export function connectionStep(name, connections) {
    if (connections === undefined)
        return { name, outcome: 'unknown' };
    const own = connections.filter(({ provider }) => provider === name);
    if (own.length === 0)
        return { name, outcome: 'todo', remedy: LABEL.StepAddConnection };
    const failing = own.find(({ status }) => status === 'Action needed' || status === 'Failed');
    if (failing !== undefined)
        return {
            name,
            outcome: 'failed',
            detail: fill(LABEL.AttentionOf, failing.name, failing.failure?.title ?? failing.status),
            remedy: failing.failure?.remedy ?? LABEL.StepTestConnection,
        };
    const signedIn = own.some(({ token }) => token?.hasToken === true || (token?.generation ?? 0) > 0);
    return signedIn
        ? { name, outcome: 'done', detail: own.map((connection) => connection.name).join(', ') }
        : { name, outcome: 'todo', remedy: LABEL.StepTestConnection };
}
/** @param syncs how many there are; undefined: this bridge has none to offer. */
export function dryRunStep(syncs) {
    const name = 'dryRun';
    if (syncs === undefined)
        return { name, outcome: 'unknown', detail: LABEL.StepSyncsMissing };
    return syncs > 0 ? { name, outcome: 'done' } : { name, outcome: 'todo', remedy: LABEL.StepAddSync };
}
