/** A row of an answer, as nested JSON or as flat text of a Bulk job -> a member. Pure. */
import type { MemberFields } from './member-fields.ts';
import type { SalesforceRecord } from './salesforce-session.ts';

/** What a field may hold; a date is the text that the REST API writes. */
export type FieldValue = string | number | boolean | null;

export interface CampaignMember {
  /** 18 characters. */
  id: string;
  /** ISO 8601, UTC. */
  systemModstamp: string;
  status: string;
  leadId?: string;
  contactId?: string;
  country?: string;
  /** Consent fields that are true. */
  refusals: readonly string[];
  fields: Readonly<Record<string, FieldValue>>;
}

export type ReadValue = (path: string) => FieldValue;

function isFieldValue(value: unknown): value is FieldValue {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  );
}

function memberNamed(record: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = record[name];
  if (value !== undefined) return value;
  const found = Object.keys(record).find((key) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? null : record[found];
}

/** Salesforce answers in its own spelling of a name, whatever the query's was. */
export function valuesOfRecord(record: SalesforceRecord): ReadValue {
  return (path) => {
    let at: unknown = record;
    for (const name of path.includes('.') ? path.split('.') : [path])
      at = typeof at === 'object' && at !== null ? memberNamed(at as SalesforceRecord, name) : null;
    return isFieldValue(at) ? at : null;
  };
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'long', 'double', 'currency', 'percent']);

/** As the REST API would have given it, so that a member is the same whichever way it came. */
function typed(text: string, type: string | undefined): FieldValue {
  if (text === '') return type === 'boolean' ? false : null;
  if (type === 'boolean') return text.toLowerCase() === 'true';
  if (type !== undefined && NUMBERS.has(type)) return Number(text);
  return type === 'datetime' ? text.replace(/Z$/, '+0000') : text;
}

/** @param columns Heading of the CSV. */
export function createRowReader(
  columns: readonly string[],
  { types }: Pick<MemberFields, 'types'>,
): (row: readonly string[]) => ReadValue {
  const byName = new Map(columns.map((column, at) => [column.toLowerCase(), at]));
  const places = new Map([...types.keys()].map((path) => [path, byName.get(path.toLowerCase())]));
  return (row) => (path) => {
    const at = places.get(path);
    return at === undefined ? null : typed(row[at] ?? '', types.get(path));
  };
}

function text(value: FieldValue): string | undefined {
  return value === null || value === '' ? undefined : String(value);
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

/** @throws RangeError where the row is not one of a member. */
export function toMember(read: ReadValue, { fields, countries, refusals }: MemberFields): CampaignMember {
  const [id, stamp] = [text(read('Id')), text(read('SystemModstamp'))];
  if (id?.length !== 18 || stamp === undefined) throw new RangeError('A row without an id of 18 characters');
  return {
    id,
    systemModstamp: new Date(stamp).toISOString(),
    status: text(read('Status')) ?? '',
    ...optional('leadId', text(read('LeadId'))),
    ...optional('contactId', text(read('ContactId'))),
    ...optional(
      'country',
      countries.map((path) => text(read(path))).find((found) => found !== undefined),
    ),
    refusals: refusals.filter((path) => read(path) === true),
    fields: Object.fromEntries(fields.map((path) => [path, read(path)])),
  };
}
