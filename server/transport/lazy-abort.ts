/** An end that comes at most once, with its reason. Its AbortSignal is made where someone asks for it: most do not, and it is dear. */
export abstract class LazyAbort {
  #reason: Error | undefined;
  #controller: AbortController | undefined;

  /** Why it is over; undefined: it is not. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  protected end(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.tell(reason);
    this.#controller?.abort(reason);
  }

  /** Tells those who do without a signal. */
  protected abstract tell(reason: Error): void;
}
