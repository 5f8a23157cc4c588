/** How long a proxied call may take until its answer begins. */
import { BridgeError } from '../errors.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { valuesOf } from './header-names.ts';

/** Apex gives up after 10 s, unless told otherwise; an answer that says why is worth more than its timeout. */
export const BUDGET_MS_DEFAULT = 8_000;
/** Below the 120 s that Apex waits at most. */
const BUDGET_SECONDS_MAX = 110;

export interface CallBudget {
  totalMs: number;
  timeLeftMs(): number;
}

/** Milliseconds that `X-Bridge-Timeout-Seconds` asks for. @throws BridgeError `invalid_request`. */
export function readBudgetMs(raw: readonly string[], defaultMs: number): number {
  const values = valuesOf(raw, 'x-bridge-timeout-seconds');
  if (values.length === 0) return defaultMs;
  const seconds = values.length === 1 && /^\d{1,3}$/.test(values[0]!) ? Number(values[0]) : 0;
  if (seconds >= 1 && seconds <= BUDGET_SECONDS_MAX) return seconds * 1000;
  const detail = `must be a whole number of seconds from 1 to ${BUDGET_SECONDS_MAX}`;
  throw new BridgeError('invalid_request', {
    detail: `X-Bridge-Timeout-Seconds ${detail}. Nothing was sent.`,
    errors: [{ field: 'X-Bridge-Timeout-Seconds', detail }],
  });
}

export function startBudget(clock: BrokerClock, totalMs: number): CallBudget {
  const endsAtMs = clock.monotonicMs() + totalMs;
  return { totalMs, timeLeftMs: () => endsAtMs - clock.monotonicMs() };
}
