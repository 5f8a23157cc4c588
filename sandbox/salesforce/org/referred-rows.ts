/** Where a reference of each row leads, once somebody has asked: else a query by way of the persons writes and reads an id for every row. */
import { RowList } from './row-list.ts';
import { withRoomFor } from './stored-values.ts';

const UNKNOWN = 0;
/** What is kept for row 0; below it stands "nowhere". */
const FIRST = 2;

export class ReferredRows {
  #kept = new Uint32Array(0);

  /** -1: nowhere. Undefined: not known. */
  get(row: number): number | undefined {
    const kept = row < this.#kept.length ? this.#kept[row]! : UNKNOWN;
    return kept === UNKNOWN ? undefined : kept - FIRST;
  }

  set(row: number, to: number): void {
    this.#kept = withRoomFor(row + 1, this.#kept);
    this.#kept[row] = to + FIRST;
  }

  /** All of `rows` that lead to one of the targets, or of which nobody knows yet where they lead, in order. */
  referringRows(targets: Uint32Array, rows: number): Uint32Array {
    const wanted = new Set(targets);
    const found = new RowList();
    for (let row = 0; row < rows; row += 1) {
      const to = this.get(row);
      if (to === undefined || wanted.has(to)) found.push(row);
    }
    return found.toArray();
  }

  forget(row: number): void {
    if (row < this.#kept.length) this.#kept[row] = UNKNOWN;
  }
}
