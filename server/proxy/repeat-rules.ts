/** Whether a call that was answered 401, 429 or 503 is sent again, and after which wait. Pure. */
import type { Rejection } from '../tokens/token-rejections.ts';

/** A repetition must have a chance to be answered within the budget. */
const ROOM_MS = 500;
/** `Retry-After: 0`, answered again and again, must not become a storm. */
const THROTTLE_WAIT_MS_MIN = 250;
/** Calls that were turned away together should not come back together. */
const THROTTLE_JITTER_MS = 250;

export interface Throttled {
  status: number;
  /** As read from `Retry-After`; undefined: there is none. */
  retryAfterMs: number | undefined;
  /** How often this call was turned away before. */
  before: number;
  /** In [0, 1). */
  random: number;
  timeLeftMs: number;
}

/**
 * How long to wait before the call is sent again; undefined: it is not, and the answer is passed on.
 * Whatever the method: with `Retry-After` a server says that it has not done what was asked (RFC 6585 §4, RFC 9110 §15.6.4).
 */
export function throttleWaitMs(answer: Throttled): number | undefined {
  const { status, retryAfterMs, before, random, timeLeftMs } = answer;
  if ((status !== 429 && status !== 503) || retryAfterMs === undefined) return undefined;
  const waitMs = Math.max(retryAfterMs, THROTTLE_WAIT_MS_MIN * 2 ** before) + random * THROTTLE_JITTER_MS;
  return waitMs + ROOM_MS <= timeLeftMs ? waitMs : undefined;
}

/** Upstreams with replicas may refuse a new token for some seconds; later, a refusal is meant. */
const YOUNG_MS = 5_000;
const PATIENCE_STEP_MS = 500;

export interface Unauthorized {
  /** What the broker made of it. */
  rejection: Rejection;
  /** How many times this call has been sent with another token already. */
  renewals: number;
  /** How many times it has been sent again with the same young token. */
  patience: number;
  /** Since this instance first used the token. */
  tokenAgeMs: number;
  timeLeftMs: number;
}

/**
 * How long to wait before the call is sent again; undefined: it is not, and the upstream means it.
 * One repetition with another token. A token that was only just issued is given time instead of being replaced: 0.5, 1, 1.5 … s.
 */
export function renewalWaitMs(answer: Unauthorized): number | undefined {
  const { rejection, renewals, patience, tokenAgeMs, timeLeftMs } = answer;
  const isTooNew = !rejection.invalidated && rejection.retryAfterSeconds !== undefined;
  if (!isTooNew) return renewals === 0 ? 0 : undefined;
  const waitMs = PATIENCE_STEP_MS * (patience + 1);
  return tokenAgeMs < YOUNG_MS && waitMs + ROOM_MS <= timeLeftMs ? waitMs : undefined;
}

/** Lost before an answer began, most likely on a kept connection that the upstream had just closed (RFC 9110 §9.2.2). */
export function mayRepeatLost(method: string, fault: string, repetitions: number): boolean {
  return fault === 'connection_reset' && repetitions === 0 && ['GET', 'HEAD', 'OPTIONS'].includes(method);
}
