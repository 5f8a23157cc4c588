/** The rows of one object: what the seed makes of them, what was written since, when each changed last, and which are gone. No HTTP. */
import type { OrgField, OrgObject, Value } from './org-object.ts';
import { ReferredRows } from './referred-rows.ts';
import { RowList } from './row-list.ts';
import { recordId, rowOfId, rowOfSentId } from './record-id.ts';
import { StoredValues, withRoomFor } from './stored-values.ts';

export type Generate = (row: number) => Value;

export interface OrgTableOptions {
  object: OrgObject;
  /** How many rows the seed makes. */
  rows: number;
  /** Field -> its value before anyone wrote it. */
  generate: Readonly<Record<string, Generate>>;
  /** Fields that follow from others, also after a write. */
  compute?: Readonly<Record<string, Generate>>;
  /** Epoch milliseconds at which the seeded rows were made and last changed. */
  seededAtMs: number;
  /** Where the seeded rows are that have this text in this field, where they are side by side. */
  spanOf?: (field: string, text: string) => readonly [from: number, to: number] | undefined;
}

export class OrgTable {
  readonly object: OrgObject;
  readonly seededRows: number;
  readonly deletedAtMs = new Map<number, number>();
  readonly #seededAtMs: number;
  readonly #spanOf: NonNullable<OrgTableOptions['spanOf']>;
  readonly #fields = new Map<string, OrgField>();
  readonly #read = new Map<string, Generate>();
  readonly #stored = new Map<string, StoredValues>();
  /** By the stored field that refers. */
  readonly #referred = new Map<string, ReferredRows>();
  readonly #createdAtMs: number[] = [];
  readonly #stamps: ReadonlyMap<string, (row: number) => number> = new Map([
    ['CreatedDate', (row) => this.createdMs(row)],
    ['LastModifiedDate', (row) => this.modstampMs(row)],
    ['SystemModstamp', (row) => this.modstampMs(row)],
  ]);
  /** Seconds since the epoch, 0 for "as seeded": the org's stamps have no milliseconds. */
  #changedAtSeconds: Uint32Array<ArrayBuffer>;
  #newestMs: number;
  #rows: number;

  constructor({
    object,
    rows,
    generate,
    compute = {},
    seededAtMs,
    spanOf = () => undefined,
  }: OrgTableOptions) {
    this.object = object;
    this.#spanOf = spanOf;
    this.seededRows = rows;
    this.#rows = rows;
    this.#seededAtMs = seededAtMs;
    this.#newestMs = seededAtMs;
    this.#changedAtSeconds = new Uint32Array(rows);
    for (const field of object.fields) {
      this.#fields.set(field.name.toLowerCase(), field);
      this.#read.set(field.name, this.#reader(field, generate[field.name], compute[field.name]));
    }
  }

  #reader(field: OrgField, generate: Generate | undefined, compute: Generate | undefined): Generate {
    switch (field.name) {
      case 'Id':
        return (row) => this.idOf(row);
      case 'IsDeleted':
        return (row) => this.deletedAtMs.has(row);
    }
    const stamp = this.#stamps.get(field.name);
    if (stamp !== undefined) return stamp;
    if (compute !== undefined) return compute;
    const blank = field.type === 'boolean' ? false : null;
    const stored = new StoredValues();
    this.#stored.set(field.name, stored);
    if (field.type === 'reference') this.#referred.set(field.name, new ReferredRows());
    return (row) => {
      const written = stored.get(row);
      if (written !== undefined) return written;
      return row < this.seededRows && generate !== undefined ? generate(row) : blank;
    };
  }

  /** Rows ever made, deleted ones included. */
  get rows(): number {
    return this.#rows;
  }

  /** Undefined: nothing is known, and such a row may be anywhere. */
  seededSpan(field: string, text: string): readonly [from: number, to: number] | undefined {
    return this.#spanOf(field.toLowerCase(), text);
  }

  /** By its name in any case, as SOQL takes it. */
  field(name: string): OrgField | undefined {
    return this.#fields.get(name.toLowerCase());
  }

  reader(name: string): Generate {
    const read = this.#read.get(name);
    if (read === undefined) throw new RangeError(`${this.object.name} has no field ${name}`);
    return read;
  }

  value(row: number, name: string): Value {
    return this.reader(name)(row);
  }

  idOf(row: number): string {
    return recordId(this.object.keyPrefix, row);
  }

  /** @returns -1 where no such row was ever made. */
  rowOf(id: Value): number {
    const row = typeof id === 'string' ? rowOfId(this.object.keyPrefix, id) : -1;
    return row < this.#rows ? row : -1;
  }

  /** As `rowOf`, for an id from outside. */
  rowOfSent(id: string): number {
    return rowOfSentId(this.object.keyPrefix, id) < 0 ? -1 : this.rowOf(id);
  }

  /** From a row to the one of `target` that its field names; -1 where there is none, or none any more. */
  referredRow(name: string, target: OrgTable): (row: number) => number {
    const readId = this.reader(name);
    const referred = this.#referred.get(name);
    return (row) => {
      let to = referred?.get(row);
      if (to === undefined) {
        const id = readId(row);
        to = target.rowOf(id);
        // An id of a row that is yet to be made leads somewhere later.
        if (to >= 0 || id === null) referred?.set(row, to);
      }
      return target.exists(to) ? to : -1;
    };
  }

  /** All rows whose field may lead to one of these, in order. Undefined: nobody keeps where it leads. */
  referringRows(name: string, targets: Uint32Array): Uint32Array | undefined {
    return this.#referred.get(name)?.referringRows(targets, this.#rows);
  }

  exists(row: number): boolean {
    return row >= 0 && row < this.#rows && !this.deletedAtMs.has(row);
  }

  modstampMs(row: number): number {
    const seconds = this.#changedAtSeconds[row]!;
    return seconds === 0 ? this.#seededAtMs : seconds * 1000;
  }

  createdMs(row: number): number {
    return row < this.seededRows ? this.#seededAtMs : this.#createdAtMs[row - this.seededRows]!;
  }

  /** Rows that have this stamp at that instant or later, in order. Undefined: the field is no stamp. */
  rowsSince(field: string, ms: number): Uint32Array | undefined {
    const stampOf = this.#stamps.get(field);
    if (stampOf === undefined) return undefined;
    const found = new RowList();
    if (ms <= this.#newestMs)
      for (let row = 0; row < this.#rows; row += 1) if (stampOf(row) >= ms) found.push(row);
    return found.toArray();
  }

  touch(row: number, nowMs: number): void {
    this.#changedAtSeconds[row] = Math.floor(nowMs / 1000);
    this.#newestMs = Math.max(this.#newestMs, this.modstampMs(row));
  }

  write(row: number, values: Readonly<Record<string, Value>>, nowMs: number): void {
    for (const [name, value] of Object.entries(values)) {
      this.#stored.get(name)?.set(row, value);
      this.#referred.get(name)?.forget(row);
    }
    this.touch(row, nowMs);
  }

  add(values: Readonly<Record<string, Value>>, nowMs: number): number {
    const row = this.#rows;
    this.#rows += 1;
    this.#changedAtSeconds = withRoomFor(this.#rows, this.#changedAtSeconds);
    this.#createdAtMs.push(Math.floor(nowMs / 1000) * 1000);
    this.write(row, values, nowMs);
    return row;
  }

  remove(row: number, nowMs: number): void {
    this.deletedAtMs.set(row, Math.floor(nowMs / 1000) * 1000);
    this.touch(row, nowMs);
  }
}
