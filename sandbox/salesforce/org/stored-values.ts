/** Values of one field that differ from what the seed makes of it: a code a row into the distinct values, and nothing at all until the first write. */
import type { Value } from './org-object.ts';

const GROWTH = 1.5;
const ROWS_MIN = 64;

/** The same values with room for at least `rows`, so that adding rows one by one costs little. */
export function withRoomFor(rows: number, values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  if (rows <= values.length) return values;
  const grown = new Uint32Array(Math.max(ROWS_MIN, rows, Math.ceil(values.length * GROWTH)));
  grown.set(values);
  return grown;
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
    this.#codes = withRoomFor(row + 1, this.#codes);
    this.#codes[row] = code;
  }
}
