/** When a caller's "this token got 401" invalidates the token, and when it is too early to believe. Pure. */

const HOLD_MS_FIRST = 5_000; // a new token can be refused for some seconds until all replicas of the upstream know it
const HOLD_MS_MAX = 300_000;
const FORGOTTEN_AFTER_MS = 600_000;

/**
 * For how long after its issue a token is not invalidated, given how many tokens before it were rejected one after the other.
 * The first rejection counts at once. If the next token is refused too, either the upstream lags or the token is not the
 * reason, and signing in again would only make a storm of it: 5 s, then 10, 20 … up to 5 min.
 */
export function rejectionHoldMs(rejectionsInARow: number): number {
  return rejectionsInARow === 0
    ? 0
    : Math.min(HOLD_MS_FIRST * 2 ** Math.min(rejectionsInARow - 1, 16), HOLD_MS_MAX);
}

/** The count after one more rejection, of a token of this age. A token that served for ten minutes ends the series. */
export function nextRejectionsInARow(rejectionsInARow: number, ageMs: number): number {
  return ageMs >= FORGOTTEN_AFTER_MS ? 1 : rejectionsInARow + 1;
}
