/** Whether values may be written into fields, and what is stored of them. Pure. */
import type { FieldType, OrgField, Value } from './org-object.ts';
import type { OrgTable } from './org-table.ts';
import type { RowError } from './row-faults.ts';

export type CheckedRow = { ok: true; values: Record<string, Value> } | { ok: false; error: RowError };

function refused(statusCode: string, message: string, fields: readonly string[]): CheckedRow {
  return { ok: false, error: { statusCode, message, fields } };
}

/** Undefined: not of this type. Bulk brings everything as text. */
function readValue(given: unknown, type: FieldType): Value | undefined {
  if (given === null || given === '' || given === '#N/A') return null;
  switch (type) {
    case 'boolean':
      if (typeof given === 'boolean') return given;
      return typeof given === 'string' && /^(true|false|1|0)$/i.test(given)
        ? /^(true|1)$/i.test(given)
        : undefined;
    case 'int':
      return Number.isInteger(Number(given)) ? Number(given) : undefined;
    case 'datetime': {
      const ms =
        typeof given === 'string' && /^\d{4}-\d\d-\d\dT/.test(given) ? Date.parse(given) : Number.NaN;
      return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000) * 1000;
    }
    default:
      return typeof given === 'string' ? given : undefined;
  }
}

function checkField(field: OrgField, given: unknown): { value: Value } | RowError {
  const value = readValue(given, field.type);
  const fields = [field.name];
  if (value === undefined)
    return {
      statusCode: 'INVALID_TYPE_ON_FIELD_IN_RECORD',
      message: `${field.name}: value not of required type: ${String(given)}`,
      fields,
    };
  if (typeof value === 'string' && field.length !== undefined && value.length > field.length)
    return {
      statusCode: 'STRING_TOO_LONG',
      message: `${field.label ?? field.name}: data value too large: ${value} (max length=${field.length})`,
      fields,
    };
  return { value };
}

export interface RowRights {
  isVisible: (field: string) => boolean;
  isWritable: (field: string) => boolean;
}

export function checkRow(
  table: OrgTable,
  given: Readonly<Record<string, unknown>>,
  action: 'createable' | 'updateable',
  rights: RowRights,
): CheckedRow {
  const values: Record<string, Value> = {};
  for (const [name, raw] of Object.entries(given)) {
    const field = table.field(name);
    if (field === undefined || !rights.isVisible(field.name))
      return refused('INVALID_FIELD', `No such column '${name}' on sobject of type ${table.object.name}`, []);
    if (field[action] !== true || !rights.isWritable(field.name))
      return refused(
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        [field.name],
      );
    const checked = checkField(field, raw);
    if ('statusCode' in checked) return { ok: false, error: checked };
    values[field.name] = checked.value;
  }
  return { ok: true, values };
}
