/** Contact ids in the order in which they would be dialled. Every change takes the same time, however many wait. No HTTP. */

export class DialQueue implements Iterable<string> {
  /** Those with priority, the newest last: it is dialled first. A place that was given up is undefined. */
  #first: (string | undefined)[] = [];
  readonly #placeOf = new Map<string, number>();
  readonly #rest = new Set<string>();
  /** Kept over calls: one that is begun anew would walk over every id that is gone. */
  #cursor: SetIterator<string> | undefined;

  get length(): number {
    return this.#placeOf.size + this.#rest.size;
  }

  has(id: string): boolean {
    return this.#placeOf.has(id) || this.#rest.has(id);
  }

  /** Moves an id that waits already. @param isFirst It is dialled next; else after all others. */
  put(id: string, isFirst: boolean): void {
    this.delete(id);
    if (isFirst) this.#placeOf.set(id, this.#first.push(id) - 1);
    else this.#rest.add(id);
  }

  delete(id: string): void {
    this.#rest.delete(id);
    const place = this.#placeOf.get(id);
    if (place === undefined) return;
    this.#placeOf.delete(id);
    this.#first[place] = undefined;
    while (this.#first.length > 0 && this.#first.at(-1) === undefined) this.#first.pop();
  }

  /** Takes out the id that is dialled next. */
  shift(): string | undefined {
    const next = this.#first.at(-1) ?? this.#nextOfRest();
    if (next !== undefined) this.delete(next);
    return next;
  }

  #nextOfRest(): string | undefined {
    if (this.#rest.size === 0) return undefined;
    let next = this.#cursor?.next();
    if (next === undefined || next.done === true) {
      this.#cursor = this.#rest.values();
      next = this.#cursor.next();
    }
    return next.done === true ? undefined : next.value;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let place = this.#first.length - 1; place >= 0; place -= 1) {
      const id = this.#first[place];
      if (id !== undefined) yield id;
    }
    yield* this.#rest;
  }
}
