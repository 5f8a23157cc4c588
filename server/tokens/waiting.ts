/** Waiting for work of others on a given clock. The work itself always goes on: a caller that leaves must not stop it. */
import type { LeavingSignal } from '../transport/deadline.ts';
import type { BrokerClock } from './broker-clock.ts';

export class WaitTimeout extends Error {
  constructor(waitedMs: number) {
    super(`not done within ${waitedMs} ms`);
    this.name = 'WaitTimeout';
  }
}

/**
 * Settles as `work` does, or rejects with `WaitTimeout` after `timeoutMs`, or with the signal's reason.
 * @param onLate Gets the result of work that came after its waiter had left.
 */
export function waitFor<T>(
  work: Promise<T>,
  limits: {
    clock: BrokerClock;
    timeoutMs: number;
    signal?: LeavingSignal | undefined;
    onLate?: (value: T) => void;
  },
): Promise<T> {
  const { clock, timeoutMs, signal, onLate } = limits;
  return new Promise<T>((resolve, reject) => {
    let isWaiting = true;
    const leave = (reason: unknown) => {
      if (!isWaiting) return;
      isWaiting = false;
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is passed on as it is
      reject(reason);
    };
    const abort = () => {
      leave(signal?.reason);
    };
    const timer = clock.setTimer(timeoutMs, () => {
      leave(new WaitTimeout(timeoutMs));
    });
    work.then((value) => {
      if (!isWaiting) return onLate?.(value);
      isWaiting = false;
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, leave);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
