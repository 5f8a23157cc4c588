/** When a run that failed is tried again by itself. Pure. */
import { CANCELLED } from './run-store.ts';
import type { RunVerdict } from './run/run-verdict.ts';

/** In all about a quarter of an hour, on top of what the clients repeat by themselves: longer than most things that pass. */
const DELAYS_MS = [5_000, 30_000, 120_000, 720_000] as const;
export const RETRIES_MAX = DELAYS_MS.length;
/** Runs that failed together do not all come back together. */
const JITTER = 0.2;
const ASKED_SECONDS_MAX = 3_600;

/**
 * @param retries Tries since the run last got any further: one that goes on, however slowly, is never given up.
 * @param random In [0, 1).
 * @returns milliseconds from now; undefined where it is not worth it, or was tried often enough.
 */
export function retryDelayMs(verdict: RunVerdict, retries: number, random: number): number | undefined {
  const { status, failure, retryAfterSeconds = 0 } = verdict;
  const baseMs = DELAYS_MS[retries];
  if (status !== 'Failed' || failure?.code === CANCELLED.code || baseMs === undefined) return undefined;
  const askedMs = Math.min(retryAfterSeconds, ASKED_SECONDS_MAX) * 1_000;
  return Math.round(Math.max(baseMs, askedMs) * (1 + JITTER * random));
}
