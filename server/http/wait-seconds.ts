/** X-Bridge-Timeout-Seconds: how long a caller is ready to wait. */
import type { IncomingHttpHeaders } from 'node:http';
import { invalidRequest } from '../validation.ts';

const HEADER = 'x-bridge-timeout-seconds';
/** Below the 120 s that Apex allows a callout. */
const SECONDS_MAX = 110;

/** Milliseconds; undefined where the header is absent. @throws BridgeError `invalid_request`. */
export function waitMsOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers[HEADER];
  if (text === undefined) return undefined;
  const seconds = typeof text === 'string' && /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= SECONDS_MAX) return seconds * 1000;
  throw invalidRequest([
    {
      field: 'X-Bridge-Timeout-Seconds',
      detail: `must be a whole number of seconds from 1 to ${SECONDS_MAX}`,
    },
  ]);
}
