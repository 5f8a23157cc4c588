/** What the page knows of one thing: the last good answer, how old it is, and what stands in the way of a newer one. */
import { problemOf } from 'c/bridgeService';
export const NOTHING_YET = { isLoading: true };
/**
 * An answer that arrives late never takes the place of a newer one, and a failure never that of what was known.
 * @param essence of an answer, what counts as a change: seconds that run down do not.
 */
export function createLooking(ask, show, essence = (data) => data) {
    let look = NOTHING_YET;
    let latest = 0;
    let known;
    function tell(next) {
        look = next;
        show(next);
    }
    async function again() {
        const turn = ++latest;
        tell({ ...look, isLoading: true });
        try {
            const data = await ask();
            if (turn !== latest)
                return false;
            const text = JSON.stringify(essence(data)) ?? '';
            const hasChanged = text !== known;
            known = text;
            tell({ data, isLoading: false, atMs: Date.now() });
            return hasChanged;
        }
        catch (error) {
            if (turn !== latest)
                return false;
            const problem = problemOf(error);
            const hasChanged = look.problem?.code !== problem.code;
            tell({ ...look, problem, isLoading: false });
            return hasChanged;
        }
    }
    return {
        again,
        forget() {
            latest += 1;
            known = undefined;
            look = NOTHING_YET;
        },
    };
}
/**
 * A list grows at its head while more of it was asked for: what falls off its first page joins the pages behind.
 * @returns undefined where the new first page no longer meets the one before, since nobody has seen what lies between.
 */
export function carriedOver(before, now, older) {
    const ids = new Set(now.map(({ id }) => id));
    if (!before.some(({ id }) => ids.has(id)))
        return undefined;
    return [...before.filter(({ id }) => !ids.has(id)), ...older];
}
const NO_ANSWER = new Set(['bridge_unreachable', 'bridge_timeout', 'unavailable', 'credential_missing']);
const NO_RIGHT = new Set(['caller_forbidden', 'page_permission_missing']);
export function isUnreachable(problem) {
    return problem !== undefined && NO_ANSWER.has(problem.code);
}
export function isForbidden(problem) {
    return problem !== undefined && NO_RIGHT.has(problem.code);
}
/** A list that is not there at all: the bridge is older than this page. */
export function isNotOffered(problem) {
    return problem?.code === 'not_found';
}
