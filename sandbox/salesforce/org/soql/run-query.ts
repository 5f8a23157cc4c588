/** A query -> the rows it finds, in their order, and how each is shown. Rows are numbers until someone reads the page they are on. */
import type { Value } from '../org-object.ts';
import { malformedQuery } from '../org-refusal.ts';
import type { OrgTable } from '../org-table.ts';
import { RowList } from '../row-list.ts';
import { forCandidates } from './candidates.ts';
import { comparable, compileCondition } from './compile-condition.ts';
import type { SoqlQuery } from './parse-soql.ts';
import { resolveField, tableOf, type QueryScope, type ResolvedField } from './query-scope.ts';

const OFFSET_MAX = 2_000;

export interface FoundRows {
  table: OrgTable;
  rows: Uint32Array;
  fields: readonly ResolvedField[];
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

/** @throws OrgRefusal. @param withDeleted As `queryAll`. */
export function runQuery(query: SoqlQuery, scope: QueryScope, withDeleted = false): FoundRows {
  const table = tableOf(scope, query.object);
  const fieldOf = (path: string) => resolveField(scope, table, path);
  const fields = (query.fields ?? []).map(fieldOf);
  const { where, orderBy, offset, limit = Number.POSITIVE_INFINITY } = query;
  if (offset > OFFSET_MAX) throw malformedQuery(`SOQL OFFSET must be at most ${OFFSET_MAX}`);
  const context = { fieldOf, nowMs: scope.nowMs };
  const test = where === undefined ? () => true : compileCondition(where, context);
  orderBy.forEach(({ field }) => fieldOf(field));
  const isNatural = isNaturalOrder(orderBy);
  const stopAt = isNatural ? offset + limit : Number.POSITIVE_INFINITY;
  const found = new RowList();
  forCandidates(table, where, context, (row) => {
    if (found.length >= stopAt) return false;
    if ((withDeleted || table.exists(row)) && test(row)) found.push(row);
    return true;
  });
  const ordered = isNatural ? found.toArray() : sortRows(found.toArray(), orderBy, fieldOf);
  return { table, fields, rows: ordered.slice(offset, offset + limit) };
}

export function shownValue(value: Value, type: ResolvedField['type'], zone: '+0000' | 'Z'): Value {
  return type === 'datetime' && typeof value === 'number'
    ? new Date(value).toISOString().replace('Z', zone)
    : value;
}
