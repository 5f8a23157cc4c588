/** Whether the caller is still there, and who is to be told when it goes. */
import type { ServerResponse } from 'node:http';
import type { LeavingSignal } from './deadline.ts';

/** Aborted when the caller goes away before it has its whole answer. An AbortSignal for each call would cost as much as its authentication. */
export class CallerLeaving implements LeavingSignal {
  readonly #listeners: (() => void)[] = [];
  #reason: Error | undefined;
  #controller: AbortController | undefined;

  constructor(response: ServerResponse) {
    if (response.closed) this.#leaveUnlessWhole(response);
    else response.on('close', () => this.#leaveUnlessWhole(response));
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Error | undefined {
    return this.#reason;
  }

  /** Made for those who need a whole one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  #leaveUnlessWhole({ writableFinished }: ServerResponse): void {
    if (writableFinished) return;
    this.#reason = new DOMException('The caller has gone', 'AbortError');
    for (const listener of this.#listeners.splice(0)) listener();
    this.#controller?.abort(this.#reason);
  }
}
