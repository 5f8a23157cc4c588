/** Whether the caller is still there, and who is to be told when it goes. */
import type { ServerResponse } from 'node:http';
import type { LeavingSignal } from './deadline.ts';
import { LazyAbort } from './lazy-abort.ts';

/** Aborted when the caller goes away before it has its whole answer. An AbortSignal for each call would cost as much as its authentication. */
export class CallerLeaving extends LazyAbort implements LeavingSignal {
  readonly #listeners: (() => void)[] = [];

  constructor(response: ServerResponse) {
    super();
    if (response.closed) this.#leaveUnlessWhole(response);
    else response.on('close', () => this.#leaveUnlessWhole(response));
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  throwIfAborted(): void {
    if (this.reason !== undefined) throw this.reason;
  }

  protected tell(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }

  #leaveUnlessWhole({ writableFinished }: ServerResponse): void {
    if (!writableFinished) this.end(new DOMException('The caller has gone', 'AbortError'));
  }
}
