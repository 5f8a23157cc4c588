/** A row as the REST API shows it: attributes, fields, and the records that its relationships lead to. Pure. */
import type { Value } from '../org-object.ts';
import type { OrgTable } from '../org-table.ts';
import type { ResolvedField } from './query-scope.ts';
import { shownValue } from './run-query.ts';

export interface ShownRecord {
  attributes: { type: string; url: string };
  [field: string]: Value | ShownRecord | ShownRecord['attributes'];
}

function shellOf(table: OrgTable, row: number, version: string): ShownRecord {
  const { name } = table.object;
  return { attributes: { type: name, url: `/services/data/${version}/sobjects/${name}/${table.idOf(row)}` } };
}

function place(
  record: ShownRecord,
  row: number,
  { field, steps, type, read }: ResolvedField,
  version: string,
): void {
  let at = record;
  let atRow = row;
  for (const { name, table, rowOf } of steps) {
    atRow = rowOf(atRow);
    if (atRow < 0) {
      at[name] = null;
      return;
    }
    at[name] ??= shellOf(table, atRow, version);
    at = at[name] as ShownRecord;
  }
  at[field.name] = shownValue(read(row), type, '+0000');
}

export function showRecord(
  table: OrgTable,
  row: number,
  fields: readonly ResolvedField[],
  version: string,
): ShownRecord {
  const record = shellOf(table, row, version);
  for (const field of fields) place(record, row, field, version);
  return record;
}
