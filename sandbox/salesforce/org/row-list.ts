/** Row numbers, four bytes each: a query finds up to a million. */
export class RowList {
  #rows = new Uint32Array(256);
  #length = 0;

  push(row: number): void {
    if (this.#length === this.#rows.length) {
      const grown = new Uint32Array(this.#length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows[this.#length] = row;
    this.#length += 1;
  }

  get length(): number {
    return this.#length;
  }

  toArray(): Uint32Array {
    return this.#rows.slice(0, this.#length);
  }
}
