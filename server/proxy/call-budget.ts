/** How long a proxied call may take until its answer begins. */
import { BRIDGE_TIMEOUT_HEADER, bridgeTimeoutMs } from '../bridge-timeout.ts';
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { valuesOf } from './header-names.ts';

/** Apex gives up after 10 s, unless told otherwise; an answer that says why is worth more than its timeout. */
export const BUDGET_MS_DEFAULT = 8_000;

/** Runs from its making. A class: one of these is made for each call (see transport/dispatched-exchange.ts). */
export class CallBudget {
  readonly totalMs: number;
  readonly #clock: BrokerClock;
  readonly #endsAtMs: number;

  constructor(clock: BrokerClock, totalMs: number) {
    this.totalMs = totalMs;
    this.#clock = clock;
    this.#endsAtMs = clock.monotonicMs() + totalMs;
  }

  timeLeftMs(): number {
    return this.#endsAtMs - this.#clock.monotonicMs();
  }
}

/** @param raw Headers of the call, flat. @throws BridgeError `invalid_request`. */
export function readBudgetMs(raw: readonly string[], defaultMs: number): number {
  return bridgeTimeoutMs(valuesOf(raw, BRIDGE_TIMEOUT_HEADER)) ?? defaultMs;
}
