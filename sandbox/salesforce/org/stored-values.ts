/** Values of one field that differ from what the seed makes of it: a code a row into the distinct values, and nothing at all until the first write. */
import type { Value } from './org-object.ts';

const GROWTH = 1.5;
const ROWS_MIN = 64;

/** Room for at least `rows`, so that adding rows one by one costs little. */
export function roomFor(rows: number, present: number): number {
  return rows <= present ? present : Math.max(ROWS_MIN, rows, Math.ceil(present * GROWTH));
}

export class StoredValues {
  #codes = new Uint32Array(0);
  readonly #values: Value[] = [null];
  readonly #codeOf = new Map<Value, number>();

  /** Undefined: the row was never written. */
  get(row: number): Value | undefined {
    const code = row < this.#codes.length ? this.#codes[row]! : 0;
    return code === 0 ? undefined : this.#values[code]!;
  }

  set(row: number, value: Value): void {
    let code = this.#codeOf.get(value);
    if (code === undefined) {
      code = this.#values.push(value) - 1;
      this.#codeOf.set(value, code);
    }
    if (row >= this.#codes.length) {
      const grown = new Uint32Array(roomFor(row + 1, this.#codes.length));
      grown.set(this.#codes);
      this.#codes = grown;
    }
    this.#codes[row] = code;
  }
}
