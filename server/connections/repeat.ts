/** Work that may be done again, and the wait in between. The clock comes from outside, so that no test waits. */
import type { BrokerClock } from '../tokens/broker-clock.ts';
import { waitFor, WaitTimeout } from '../tokens/waiting.ts';

const NEVER = new Promise<never>(() => undefined);

/** @throws the signal's reason. */
export async function pause(ms: number, clock: BrokerClock, signal?: AbortSignal): Promise<void> {
  await waitFor(NEVER, { clock, timeoutMs: ms, signal }).catch((reason: unknown) => {
    if (!(reason instanceof WaitTimeout)) throw reason;
  });
}

export interface Failed {
  error: unknown;
  /** How often the work has failed, this time included. */
  failures: number;
  /** Since the first attempt began. */
  elapsedMs: number;
}

export interface RepeatOptions {
  /** Undefined: not again; the error is thrown. */
  delayMs: (failed: Failed) => number | undefined;
  clock: BrokerClock;
  /** No attempt begins later than this after the first one. Default: `delayMs` alone decides. */
  patienceMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export async function repeat<T>(
  work: () => Promise<T>,
  { delayMs, clock, patienceMs = Infinity, signal }: RepeatOptions,
): Promise<T> {
  const startedAtMs = clock.monotonicMs();
  for (let failures = 1; ; failures += 1) {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const elapsedMs = clock.monotonicMs() - startedAtMs;
      const waitMs = delayMs({ error, failures, elapsedMs });
      if (waitMs === undefined || elapsedMs + waitMs > patienceMs) throw error;
      await pause(waitMs, clock, signal);
    }
  }
}
