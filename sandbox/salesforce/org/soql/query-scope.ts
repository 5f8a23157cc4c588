/** What one user can ask of: objects, the fields that the user may see, and the ways from one object to another. */
import type { OrgField, Value } from '../org-object.ts';
import { noSuchField, OrgRefusal } from '../org-refusal.ts';
import type { OrgTable } from '../org-table.ts';
import type { ReadField } from './compile-condition.ts';

export interface QueryScope {
  /** By name in any case. */
  table: (object: string) => OrgTable | undefined;
  isVisible: (object: string, field: string) => boolean;
  nowMs: number;
}

export function tableOf(scope: QueryScope, object: string): OrgTable {
  const table = scope.table(object);
  if (table !== undefined) return table;
  throw new OrgRefusal(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`);
}

/** One step of a path: where it leads, and from which row to which. */
export interface Step {
  name: string;
  table: OrgTable;
  rowOf: (row: number) => number;
  /** All rows from which it leads to one of these, and perhaps others. Undefined: nobody keeps where it leads. */
  rowsTo: (rows: Uint32Array) => Uint32Array | undefined;
}

export interface ResolvedField extends ReadField {
  field: OrgField;
  steps: readonly Step[];
}

function visibleField(scope: QueryScope, table: OrgTable, name: string): OrgField {
  const { object } = table;
  const field = table.field(name);
  if (field === undefined || !scope.isVisible(object.name, field.name)) throw noSuchField(name, object.name);
  return field;
}

function stepTo(scope: QueryScope, table: OrgTable, name: string): Step {
  const { object } = table;
  const reference = object.fields.find(
    ({ relationship = '' }) => relationship.toLowerCase() === name.toLowerCase(),
  );
  if (reference?.to === undefined || !scope.isVisible(object.name, reference.name))
    throw new OrgRefusal(
      400,
      'INVALID_FIELD',
      `Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`,
    );
  const target = tableOf(scope, reference.to);
  return {
    name: reference.relationship!,
    table: target,
    rowOf: table.referredRow(reference.name, target),
    rowsTo: (rows) => table.referringRows(reference.name, rows),
  };
}

function throughSteps(steps: readonly Step[], read: (row: number) => Value): (row: number) => Value {
  if (steps.length === 0) return read;
  return (row) => {
    let at = row;
    for (const step of steps) {
      at = step.rowOf(at);
      if (at < 0) return null;
    }
    return read(at);
  };
}

function backThrough(steps: readonly Step[], rows: Uint32Array | undefined): Uint32Array | undefined {
  return steps.reduceRight<Uint32Array | undefined>((at, { rowsTo }) => at && rowsTo(at), rows);
}

/** @param path `Country`, `Lead.Country`, or with the object itself before it. */
export function resolveField(scope: QueryScope, table: OrgTable, path: string): ResolvedField {
  const parts = path.split('.');
  const name = parts.pop()!;
  const isRelationship = (part: string) =>
    table.object.fields.some(({ relationship }) => relationship?.toLowerCase() === part.toLowerCase());
  if (parts[0]?.toLowerCase() === table.object.name.toLowerCase() && !isRelationship(parts[0])) parts.shift();
  const steps: Step[] = [];
  for (const part of parts) steps.push(stepTo(scope, steps.at(-1)?.table ?? table, part));
  const last = steps.at(-1)?.table ?? table;
  const field = visibleField(scope, last, name);
  return {
    field,
    steps,
    type: field.type,
    read: throughSteps(steps, last.reader(field.name)),
    rowsSince: (ms) => backThrough(steps, last.rowsSince(field.name, ms)),
  };
}
