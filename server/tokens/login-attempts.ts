/** A budget of sign-ins per user and hour, so that no fault of ours can lock a person out of Salesforce. Pure. */
import { createHash } from 'node:crypto';

/** 1.7 % of what Salesforce allows (3,600 an hour and user, then LOGIN_RATE_EXCEEDED for the rest of the hour). */
export const LOGIN_ATTEMPTS_PER_HOUR_MAX = 60;
/** An hour, and some seconds more: an attempt is counted before it leaves, and some take longer to leave than others. */
export const LOGIN_WINDOW_MS = 3_605_000;

/** What everyone is told whose sign-in does not fit. */
export const LOGIN_BUDGET_USED_UP = {
  code: 'login_budget_used_up',
  title: 'The sign-ins that this user is allowed within an hour are used up.',
  remedy:
    'Wait for the number of seconds in Retry-After, and look for what makes the connection sign in so often.',
};

export type LoginDecision =
  | { allowed: true; attemptedAtMs: readonly number[] }
  | { allowed: false; attemptedAtMs: readonly number[]; retryAfterMs: number };

/**
 * Says whether one more attempt fits in the hour that ends now, and what to remember of it.
 * Exact: the instants of all attempts of the last hour are kept, at most `attemptsMax`, so no hour has more than the budget.
 * @param attemptedAtMs Epoch milliseconds on the clock of the store, in any order. Instants in the future (its clock was set
 *   back) count as now, so that they run out within an hour.
 */
export function decideLoginAttempt(
  attemptedAtMs: readonly number[],
  nowMs: number,
  attemptsMax: number = LOGIN_ATTEMPTS_PER_HOUR_MAX,
): LoginDecision {
  const recent = attemptedAtMs
    .map((instant) => Math.min(instant, nowMs))
    .filter((instant) => instant > nowMs - LOGIN_WINDOW_MS)
    .sort((left, right) => left - right);
  if (recent.length < attemptsMax) return { allowed: true, attemptedAtMs: [...recent, nowMs] };
  const makesRoomMs = recent[recent.length - attemptsMax] ?? nowMs;
  return { allowed: false, attemptedAtMs: recent, retryAfterMs: makesRoomMs + LOGIN_WINDOW_MS - nowMs };
}

/**
 * Under which key the attempts of this user are counted: two connections that sign in as the same user share one budget.
 * Every part is prefixed with its length, so that no two lists of parts give the same key.
 */
export function loginKeyOf(tokenUrl: string, user: string): string {
  const hash = createHash('sha256');
  for (const part of [new URL(tokenUrl).host.toLowerCase(), user.trim().toLowerCase()]) {
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  }
  return hash.digest('base64url');
}

/** Whose sign-ins of this connection are counted: Salesforce's, where too many shut a user out. */
export function loginOf(connection: {
  provider: string;
  url: string;
  username?: string | undefined;
  subject?: string | undefined;
  clientId?: string | undefined;
}): { key: string } | undefined {
  const user = connection.username ?? connection.subject ?? connection.clientId;
  if (connection.provider !== 'salesforce' || user === undefined) return undefined;
  return { key: loginKeyOf(connection.url, user) };
}
