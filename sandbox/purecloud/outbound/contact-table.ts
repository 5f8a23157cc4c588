/**
 * The contacts of one list, a million of them in some 250 MB: the cells of a contact are one string, and what most contacts do not have
 * is kept only for those that have it. No HTTP.
 */
import type { CallRecord, Contact, PhoneColumn } from './outbound-state.ts';

type Statuses = Contact['phoneNumberStatus'];

/** Contacts as they were at one moment, whatever becomes of the list. */
export interface ContactSnapshot {
  length: number;
  at(index: number): Contact;
}

interface Columns {
  ids: readonly string[];
  cells: readonly string[];
  isCallable: Uint8Array;
  createdAtMs: Float64Array;
  statuses: ReadonlyMap<string, Statuses>;
  records: ReadonlyMap<string, Readonly<Record<string, CallRecord>>>;
}

const ROWS_MIN = 1024;
const NOTHING = '';

export interface ContactTableOptions {
  listId: string;
  columnNames: readonly string[];
  phoneColumns: readonly PhoneColumn[];
}

export class ContactTable implements Iterable<[string, Contact]> {
  readonly #list: ContactTableOptions;
  /** In the order in which they came. */
  readonly #rowOf = new Map<string, number>();
  readonly #freeRows: number[] = [];
  readonly #cells: string[] = [];
  #isCallable = new Uint8Array(ROWS_MIN);
  #createdAtMs = new Float64Array(ROWS_MIN);
  readonly #statuses = new Map<string, Statuses>();
  readonly #records = new Map<string, Readonly<Record<string, CallRecord>>>();
  #order: readonly string[] | undefined;

  constructor(list: ContactTableOptions) {
    this.#list = list;
  }

  get size(): number {
    return this.#rowOf.size;
  }

  has(id: string): boolean {
    return this.#rowOf.has(id);
  }

  get(id: string): Contact | undefined {
    const row = this.#rowOf.get(id);
    return row === undefined ? undefined : this.#contactAt(id, row);
  }

  set(id: string, contact: Contact): void {
    const row = this.#rowOf.get(id) ?? this.#newRow(id);
    this.#cells[row] = JSON.stringify(this.#list.columnNames.map((column) => contact.data[column] ?? null));
    this.#isCallable[row] = contact.callable ? 1 : 0;
    this.#createdAtMs[row] = Date.parse(contact.dateCreated);
    if (Object.values(contact.phoneNumberStatus).every(({ callable }) => callable)) this.#statuses.delete(id);
    else this.#statuses.set(id, contact.phoneNumberStatus);
    if (Object.keys(contact.callRecords).length === 0) this.#records.delete(id);
    else this.#records.set(id, contact.callRecords);
  }

  setCallable(id: string, callable: boolean): void {
    const row = this.#rowOf.get(id);
    if (row !== undefined) this.#isCallable[row] = callable ? 1 : 0;
  }

  setNumberCallable(id: string, column: string, callable: boolean): void {
    this.#statuses.set(id, { ...(this.#statuses.get(id) ?? this.#allCallable()), [column]: { callable } });
  }

  recordCall(id: string, column: string, record: CallRecord): void {
    this.#records.set(id, { ...this.#records.get(id), [column]: record });
  }

  delete(id: string): boolean {
    const row = this.#rowOf.get(id);
    if (row === undefined) return false;
    this.#rowOf.delete(id);
    this.#statuses.delete(id);
    this.#records.delete(id);
    this.#cells[row] = NOTHING;
    this.#freeRows.push(row);
    this.#order = undefined;
    return true;
  }

  keys(): IterableIterator<string> {
    return this.#rowOf.keys();
  }

  *values(): Generator<Contact> {
    for (const [id, row] of this.#rowOf) yield this.#contactAt(id, row);
  }

  *[Symbol.iterator](): Generator<[string, Contact]> {
    for (const [id, row] of this.#rowOf) yield [id, this.#contactAt(id, row)];
  }

  /** Contacts by their place, without those before them being looked at. */
  slice(from: number, to: number): Contact[] {
    this.#order ??= [...this.#rowOf.keys()];
    return this.#order.slice(from, to).map((id) => this.#contactAt(id, this.#rowOf.get(id)!));
  }

  /** What changes later does not change it; the texts are shared, not copied. */
  snapshot(): ContactSnapshot {
    const rows = [...this.#rowOf.values()];
    const columns: Columns = {
      ids: [...this.#rowOf.keys()],
      cells: rows.map((row) => this.#cells[row]!),
      isCallable: Uint8Array.from(rows, (row) => this.#isCallable[row]!),
      createdAtMs: Float64Array.from(rows, (row) => this.#createdAtMs[row]!),
      statuses: new Map(this.#statuses),
      records: new Map(this.#records),
    };
    return { length: rows.length, at: (index) => this.#build(columns.ids[index]!, index, columns) };
  }

  #newRow(id: string): number {
    const row = this.#freeRows.pop() ?? this.#cells.length;
    if (row >= this.#isCallable.length) {
      const rows = Math.ceil((row + 1) * 1.5);
      this.#isCallable = grown(this.#isCallable, new Uint8Array(rows));
      this.#createdAtMs = grown(this.#createdAtMs, new Float64Array(rows));
    }
    this.#rowOf.set(id, row);
    this.#order = undefined;
    return row;
  }

  #contactAt(id: string, row: number): Contact {
    const columns = {
      ids: [],
      cells: this.#cells,
      isCallable: this.#isCallable,
      createdAtMs: this.#createdAtMs,
      statuses: this.#statuses,
      records: this.#records,
    };
    return this.#build(id, row, columns);
  }

  #build(id: string, row: number, columns: Columns): Contact {
    return {
      id,
      contactListId: this.#list.listId,
      data: this.#dataOf(columns.cells[row]!),
      callable: columns.isCallable[row] === 1,
      phoneNumberStatus: columns.statuses.get(id) ?? this.#allCallable(),
      callRecords: { ...columns.records.get(id) },
      dateCreated: new Date(columns.createdAtMs[row]!).toISOString(),
    };
  }

  #dataOf(cells: string): Record<string, string> {
    const values = JSON.parse(cells) as (string | null)[];
    const named = this.#list.columnNames.map((column, at) => [column, values[at] ?? null] as const);
    return Object.fromEntries(named.filter((cell): cell is [string, string] => cell[1] !== null));
  }

  #allCallable(): Statuses {
    return Object.fromEntries(
      this.#list.phoneColumns.map(({ columnName }) => [columnName, { callable: true }]),
    );
  }
}

function grown<T extends Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
