/** What an answer of PureCloud says about its rate limit. Pure. */

/** Vendor SDKs wait as long where a 429 has no Retry-After. */
const RETRY_AFTER_SECONDS_DEFAULT = 3;
const PAUSE_SECONDS_MAX = 3_600;
/** Below this part of what the upstream allows, what is left is kept for interactive calls. */
const SCARCE_SHARE = 0.05;

export interface RateFeedback {
  /** Nothing at all may be sent before. */
  pauseMs?: number;
  /** Sync calls may not. */
  syncPauseMs?: number;
  /** Calls that the upstream itself allows in its window. */
  allowed?: number;
}

export interface RateAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

function pauseMs(seconds: number): number {
  return Math.min(Math.max(seconds, 1), PAUSE_SECONDS_MAX) * 1000;
}

/**
 * Reads 429 with `Retry-After`, and the optional `inin-ratelimit-count`, `-allowed` and `-reset` (seconds), which tell of other users of
 * the same token before a 429 does.
 */
export function readRate({ status, headers }: RateAnswer): RateFeedback {
  const count = wholeNumber(headers['inin-ratelimit-count']);
  const allowed = wholeNumber(headers['inin-ratelimit-allowed']);
  const reset = wholeNumber(headers['inin-ratelimit-reset']);
  const told = allowed === undefined || allowed === 0 ? {} : { allowed };
  if (status === 429) {
    const seconds = wholeNumber(headers['retry-after']) ?? reset ?? RETRY_AFTER_SECONDS_DEFAULT;
    return { ...told, pauseMs: pauseMs(seconds) };
  }
  if (count === undefined || reset === undefined || told.allowed === undefined) return told;
  if (count >= told.allowed) return { ...told, pauseMs: pauseMs(reset) };
  const isScarce = told.allowed - count <= told.allowed * SCARCE_SHARE;
  return isScarce ? { ...told, syncPauseMs: pauseMs(reset) } : told;
}
