/** One deadline over all phases of an exchange, and the phase it is in, so that a timeout can say where the time went. */
import { TransportError, type TransportPhase } from './transport-error.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** Set by each step as it begins. */
  phase: TransportPhase;
  atProxy: boolean;
  /** The error that `signal` is aborted with, or that the deadline would be reported as now. */
  error(): TransportError;
  clear(): void;
}

/** @param callerSignal Ends the exchange early: the caller went away. */
export function startDeadline(timeoutMs: number, callerSignal?: AbortSignal): Deadline {
  const controller = new AbortController();
  const deadline: Deadline = {
    signal: controller.signal,
    phase: 'prepare',
    atProxy: false,
    error: () =>
      new TransportError('deadline', `No whole answer within ${timeoutMs / 1000} s`, {
        phase: deadline.phase,
        atProxy: deadline.atProxy,
      }),
    clear: () => {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', leave);
    },
  };
  const leave = () => controller.abort(callerSignal?.reason);
  const timer = setTimeout(() => controller.abort(deadline.error()), timeoutMs);
  if (callerSignal?.aborted) leave();
  else callerSignal?.addEventListener('abort', leave, { once: true });
  return deadline;
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted; `work` itself goes on. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) {
      work.catch(() => undefined);
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
