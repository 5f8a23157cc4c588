/** How long a proxied call may take until its answer begins. */
import { BRIDGE_TIMEOUT_HEADER, bridgeTimeoutMs } from '../bridge-timeout.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { valuesOf } from './header-names.ts';

/** Apex gives up after 10 s, unless told otherwise; an answer that says why is worth more than its timeout. */
export const BUDGET_MS_DEFAULT = 8_000;

export interface CallBudget {
  totalMs: number;
  timeLeftMs(): number;
}

/** @param raw Headers of the call, flat. @throws BridgeError `invalid_request`. */
export function readBudgetMs(raw: readonly string[], defaultMs: number): number {
  return bridgeTimeoutMs(valuesOf(raw, BRIDGE_TIMEOUT_HEADER)) ?? defaultMs;
}

export function startBudget(clock: BrokerClock, totalMs: number): CallBudget {
  const endsAtMs = clock.monotonicMs() + totalMs;
  return { totalMs, timeLeftMs: () => endsAtMs - clock.monotonicMs() };
}
