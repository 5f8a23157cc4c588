/** One deadline over all phases of an exchange, and the phase it is in, so that a timeout can say where the time went. */
import { LazyAbort } from './lazy-abort.ts';
import { TransportError, type TransportPhase } from './transport-error.ts';

/** Tells of someone who leaves before the end: an AbortSignal, or something like it that costs less. */
export interface LeavingSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** @param callerSignal Ends the exchange early: the caller went away. */
export class Deadline extends LazyAbort {
  /** Set by each step as it begins. */
  phase: TransportPhase = 'prepare';
  atProxy = false;
  /** Told when it is over, once: of whoever is at work just now. Costs less than the signal, and most exchanges need no more. */
  onOver: ((reason: Error) => void) | undefined;
  readonly #timeoutMs: number;
  readonly #callerSignal: LeavingSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #leave: () => void;

  constructor(timeoutMs: number, callerSignal?: LeavingSignal) {
    super();
    this.#timeoutMs = timeoutMs;
    this.#callerSignal = callerSignal;
    // Not written where it is assigned: see dispatched-exchange.ts.
    const leave = (): void => this.end(callerSignal!.reason as Error);
    this.#leave = leave;
    this.#timer = setTimeout(() => this.end(this.error()), timeoutMs);
    if (callerSignal?.aborted === true) leave();
    else callerSignal?.addEventListener('abort', leave, { once: true });
  }

  /** The error that it ends with, or would be reported as now. */
  error(): TransportError {
    const { phase, atProxy } = this;
    return new TransportError('deadline', `No whole answer within ${this.#timeoutMs / 1000} s`, {
      phase,
      atProxy,
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#callerSignal?.removeEventListener('abort', this.#leave);
  }

  protected tell(reason: Error): void {
    this.onOver?.(reason);
  }
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
