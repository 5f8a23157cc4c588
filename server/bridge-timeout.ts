/** X-Bridge-Timeout-Seconds: how long a caller is ready to wait. The one reader of that header. Pure. */
import { invalidRequest } from './validation.ts';

export const BRIDGE_TIMEOUT_HEADER = 'x-bridge-timeout-seconds';
/** Below the 120 s that Apex allows a callout. */
const SECONDS_MAX = 110;

/** So much is left for the work, however long it took to know the caller. */
const LEFT_MS_MIN = 1_000;

/** What is left of the time that a caller waits, once it is known who calls. */
export function leftAfterSignIn(waitMs: number, signInMs = 0): number {
  return Math.max(Math.min(waitMs, LEFT_MS_MIN), waitMs - signInMs);
}

/**
 * Milliseconds; undefined where the header is absent.
 * @param values Every value that came, one for each time the header was sent.
 * @throws BridgeError `invalid_request`.
 */
export function bridgeTimeoutMs(values: readonly string[]): number | undefined {
  if (values.length === 0) return undefined;
  const seconds = values.length === 1 && /^\d{1,3}$/.test(values[0]!) ? Number(values[0]) : 0;
  if (seconds >= 1 && seconds <= SECONDS_MAX) return seconds * 1000;
  throw invalidRequest([
    {
      field: 'X-Bridge-Timeout-Seconds',
      detail: `must be a whole number of seconds from 1 to ${SECONDS_MAX}`,
    },
  ]);
}
