/** Do our clock and theirs agree? Assertions and certificates are judged by the two of them. */
import type { Check, Finding } from './check.ts';
import { faultFinding } from './fault-finding.ts';

const SKEW_WARNING_MS = 30_000;
/** A `Date` header names the second that was running: half of one off on average. */
const DATE_ROUNDING_MS = 500;

/** @param skewMs Clock of the upstream less ours. Pure. */
export function judgeSkew(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= SKEW_WARNING_MS)
    return { outcome: 'ok', sentence: `The clocks agree within ${Math.max(1, seconds)} s.` };
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return {
    outcome: 'warning',
    sentence: `The clock of the bridge is ${seconds} s ${side} that of the upstream. Set it by NTP: assertions and certificates are judged by it.`,
  };
}

/** Asks for the root of the sign-in host, which signs nobody in. */
export const clockCheck: Check = async ({ connection, profile, transport, clock, timeoutMs, signal }) => {
  const url = new URL('/', connection.url);
  const before = clock.nowMs();
  try {
    const request = { method: 'HEAD', url, headers: {}, body: '' };
    const { headers } = await transport.send(request, profile, { timeoutMs, signal });
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date))
      return { outcome: 'notRun', sentence: 'The upstream tells no time: its answer has no Date header.' };
    return judgeSkew(date + DATE_ROUNDING_MS - (before + clock.nowMs()) / 2);
  } catch (error) {
    return faultFinding(error, connection, url);
  }
};
