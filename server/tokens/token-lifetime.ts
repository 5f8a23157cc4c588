/** How long a token may be used, and when to ask for the next one. Pure: every instant comes in, on a monotonic clock. */

const LIFETIME_SECONDS_DEFAULT = 1800; // Salesforce answers without expires_in; half an hour is inside its shortest usual session
const LIFETIME_SECONDS_MAX = 172_800; // the longest PureCloud gives (48 h); more than that is a mistake in the answer
const REFRESH_WINDOW_MS_MIN = 30_000;
const REFRESH_WINDOW_MS_MAX = 300_000;
const GRANT_INTERVAL_MS_MIN = 10_000; // an upstream that repeats the same token must not be asked in a loop
export const SAFETY_MARGIN_MS = 5_000; // the way to the upstream, and the clock of the database

const REFRESH_SHARE = 0.1;
const JITTER_SHARE = 0.2;
const NUMERIC_TEXT = /^\d{1,15}(\.0+)?$/;

export interface Lifetime {
  seconds: number;
  /** `assumed`: the answer had no usable `expires_in`; `capped`: it had more than any upstream gives. Both deserve a warning. */
  source: 'answer' | 'assumed' | 'capped';
}

/**
 * Life of a token from `expires_in` as it came. A number or a string of digits counts; missing, 0, negative and garbage
 * are the default, never "for ever" and never NaN.
 * @see RFC 6749 §5.1
 */
export function readLifetime(
  expiresIn: unknown,
  defaultSeconds: number = LIFETIME_SECONDS_DEFAULT,
): Lifetime {
  const told = typeof expiresIn === 'string' && NUMERIC_TEXT.test(expiresIn) ? Number(expiresIn) : expiresIn;
  const seconds = typeof told === 'number' && Number.isFinite(told) ? Math.floor(told) : 0;
  if (seconds <= 0) return { seconds: Math.min(defaultSeconds, LIFETIME_SECONDS_MAX), source: 'assumed' };
  if (seconds > LIFETIME_SECONDS_MAX) return { seconds: LIFETIME_SECONDS_MAX, source: 'capped' };
  return { seconds, source: 'answer' };
}

/** clamp(10 % of life, 30 s … 5 min), and at most half the life: a short token is not asked for on every call. */
export function refreshWindowMs(lifeMs: number): number {
  const share = Math.min(Math.max(lifeMs * REFRESH_SHARE, REFRESH_WINDOW_MS_MIN), REFRESH_WINDOW_MS_MAX);
  return Math.min(share, lifeMs / 2);
}

/**
 * A number in [0, 1) that is the same for the same token for as long as it lives (FNV-1a over seed, name and generation).
 * Drawing it anew on each call would let a busy process refresh at the earliest draw of thousands.
 */
export function jitterOf(seed: number, name: string, generation: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const character of `${name}:${generation}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  // FNV leaves the last characters in the low bits; one more round carries them up.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return ((hash ^ (hash >>> 12)) >>> 0) / 0x1_0000_0000;
}

/**
 * When to refresh in the background: inside the window, up to a fifth of it late, so that instances and connections do not
 * all ask in the same second; and not before `grantNotBeforeMs`.
 */
export function refreshAtMs(times: {
  expiresAtMs: number;
  lifeMs: number;
  grantNotBeforeMs: number;
  jitter: number;
}): number {
  const window = refreshWindowMs(times.lifeMs) * (1 - JITTER_SHARE * times.jitter);
  return Math.max(times.expiresAtMs - window, times.grantNotBeforeMs);
}

/**
 * How long after an answer no further grant is made for want of life alone. An upstream that gave the token it gave before,
 * with what is left of its life, is asked again after half of what is left and never sooner than 10 s.
 */
export function grantIntervalMs(expiresInMs: number, sameToken: boolean): number {
  return sameToken
    ? Math.max(GRANT_INTERVAL_MS_MIN, expiresInMs / 2)
    : Math.min(GRANT_INTERVAL_MS_MIN, expiresInMs / 2);
}

/** What is taken off a life that another clock than ours has measured, and the least that is kept of any token. */
export function marginMs(lifeMs: number): number {
  return Math.min(SAFETY_MARGIN_MS, lifeMs / 10);
}

/** What must be left of a token that is handed out: what was asked, and never less than the margin. */
export function neededLifeMs(askedMs: number, lifeMs: number): number {
  return Math.max(askedMs, marginMs(lifeMs));
}

/** The most that a caller can ask of tokens with this life without a grant for nearly every call. */
export function longestAskMs(lifeMs: number): number {
  return lifeMs - refreshWindowMs(lifeMs);
}

export type Freshness = 'fresh' | 'shouldRefresh' | 'mustRefresh';

export function freshnessOf(
  token: { expiresAtMs: number; refreshAtMs: number; lifeMs: number },
  nowMs: number,
  askedMs: number,
): Freshness {
  if (nowMs + neededLifeMs(askedMs, token.lifeMs) >= token.expiresAtMs) return 'mustRefresh';
  return nowMs >= token.refreshAtMs ? 'shouldRefresh' : 'fresh';
}
