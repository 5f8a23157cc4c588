/** A query -> the rows it finds, in their order, and how each is shown. Rows are numbers until someone reads the page they are on. */
import type { Value } from '../org-object.ts';
import { malformedQuery } from '../org-refusal.ts';
import type { OrgTable } from '../org-table.ts';
import { rowBound } from '../record-id.ts';
import { comparable, compileCondition, NEVER, type RowTest } from './compile-condition.ts';
import { unquote } from './literals.ts';
import type { Comparison, Condition, SoqlQuery } from './parse-soql.ts';
import { resolveField, tableOf, type QueryScope, type ResolvedField } from './query-scope.ts';

const OFFSET_MAX = 2_000;

export interface FoundRows {
  table: OrgTable;
  rows: Uint32Array;
  fields: readonly ResolvedField[];
}

interface Bounds {
  from: number;
  to: number;
}

/** Conditions that every row has to meet. */
function necessary(condition: Condition | undefined): Comparison[] {
  if (condition === undefined) return [];
  if (condition.kind === 'comparison') return [condition];
  return condition.kind === 'and' ? condition.conditions.flatMap(necessary) : [];
}

/** The rows among which all that is wanted must be: ids and campaigns are where they are, so that a page costs what is on it. */
function boundsOf(table: OrgTable, comparisons: readonly Comparison[]): Bounds[] {
  let [from, to] = [0, table.rows];
  let seeded: readonly [number, number] | undefined;
  for (const { field, operator, literals, literalType } of comparisons) {
    if (literalType !== 'STRING') continue;
    const text = unquote(literals[0]!);
    const row = /^id$/i.test(field) ? rowBound(table.object.keyPrefix, text) : undefined;
    if (row !== undefined && (operator === '>' || operator === '>=')) from = Math.max(from, row);
    if (row !== undefined && (operator === '<' || operator === '<=')) to = Math.min(to, row + 1);
    if (operator === '=') seeded ??= table.seededSpan(field, text);
  }
  if (seeded === undefined) return [{ from, to }];
  return [
    { from: Math.max(from, seeded[0]), to: Math.min(to, seeded[1]) },
    { from: Math.max(from, table.seededRows), to },
  ];
}

function rowsById(table: OrgTable, comparisons: readonly Comparison[]): number[] | undefined {
  const byId = comparisons.find(
    ({ field, operator, literalType }) =>
      /^id$/i.test(field) && (operator === 'IN' || operator === '=') && literalType === 'STRING',
  );
  const rows = byId?.literals.map((literal) => table.rowOf(unquote(literal))).filter((row) => row >= 0);
  return rows === undefined ? undefined : [...new Set(rows)].sort((a, b) => a - b);
}

/** Hands over row by row what may be wanted, until it is told that this is enough. */
function forCandidates(table: OrgTable, where: Condition | undefined, take: (row: number) => boolean): void {
  const comparisons = necessary(where);
  const byId = rowsById(table, comparisons);
  if (byId !== undefined) {
    byId.every(take);
    return;
  }
  for (const { from, to } of boundsOf(table, comparisons))
    for (let row = from; row < to; row += 1) if (!take(row)) return;
}

class RowList {
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

type Key = string | number | null;

function compareKeys(a: Key, b: Key, isDescending: boolean, nullsLast: boolean): number {
  if (a === b) return 0;
  if (a === null || b === null) return (a === null) === nullsLast ? 1 : -1;
  return (a < b ? -1 : 1) * (isDescending ? -1 : 1);
}

function sortRows(rows: Uint32Array, orders: SoqlQuery['orderBy'], fieldOf: (path: string) => ResolvedField) {
  const columns = orders.map(({ field, ...order }) => {
    const { type, read } = fieldOf(field);
    return { ...order, keys: Array.from(rows, (row) => comparable(read(row), type)) };
  });
  const order = Uint32Array.from(rows.keys()).sort((a, b) => {
    for (const { keys, isDescending, nullsLast } of columns) {
      const compared = compareKeys(keys[a]!, keys[b]!, isDescending, nullsLast);
      if (compared !== 0) return compared;
    }
    return a - b;
  });
  return order.map((at) => rows[at]!);
}

function isNaturalOrder([first, ...others]: SoqlQuery['orderBy']): boolean {
  return first === undefined || (others.length === 0 && /^id$/i.test(first.field) && !first.isDescending);
}

function find(
  table: OrgTable,
  query: SoqlQuery,
  test: RowTest,
  stopAt: number,
  withDeleted: boolean,
): Uint32Array {
  const found = new RowList();
  if (test === NEVER) return found.toArray();
  forCandidates(table, query.where, (row) => {
    if (found.length >= stopAt) return false;
    if ((withDeleted || table.exists(row)) && test(row)) found.push(row);
    return true;
  });
  return found.toArray();
}

/** @throws OrgRefusal. @param withDeleted As `queryAll`. */
export function runQuery(query: SoqlQuery, scope: QueryScope, withDeleted = false): FoundRows {
  const table = tableOf(scope, query.object);
  const fieldOf = (path: string) => resolveField(scope, table, path);
  const fields = (query.fields ?? []).map(fieldOf);
  const { where, orderBy, offset, limit = Number.POSITIVE_INFINITY } = query;
  if (offset > OFFSET_MAX) throw malformedQuery(`SOQL OFFSET must be at most ${OFFSET_MAX}`);
  const test = where === undefined ? () => true : compileCondition(where, { fieldOf, nowMs: scope.nowMs });
  const isNatural = isNaturalOrder(orderBy);
  orderBy.forEach(({ field }) => fieldOf(field));
  const rows = find(table, query, test, isNatural ? offset + limit : Number.POSITIVE_INFINITY, withDeleted);
  const ordered = isNatural ? rows : sortRows(rows, orderBy, fieldOf);
  return { table, fields, rows: ordered.slice(offset, offset + limit) };
}

export function shownValue(value: Value, type: ResolvedField['type'], zone: '+0000' | 'Z'): Value {
  return type === 'datetime' && typeof value === 'number'
    ? new Date(value).toISOString().replace('Z', zone)
    : value;
}
