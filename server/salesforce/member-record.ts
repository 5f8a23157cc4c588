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
  if (type === 'boolean') return text === 'true' || (text !== 'false' && text.toLowerCase() === 'true');
  if (type !== undefined && NUMBERS.has(type)) return Number(text);
  return type === 'datetime' ? text.replace(/Z$/, '+0000') : text;
}

/** @param columns Heading of the CSV. */
export function createRowReader(
  columns: readonly string[],
  { types }: Pick<MemberFields, 'types'>,
): (row: readonly string[]) => ReadValue {
  const byName = new Map(columns.map((column, at) => [column.toLowerCase(), at]));
  const places = new Map<string, { at: number; type: string }>();
  for (const [path, type] of types) {
    const at = byName.get(path.toLowerCase());
    if (at !== undefined) places.set(path, { at, type });
  }
  return (row) => (path) => {
    const place = places.get(path);
    return place === undefined ? null : typed(row[place.at] ?? '', place.type);
  };
}

function text(value: FieldValue): string | undefined {
  return value === null || value === '' ? undefined : String(value);
}

/** @throws RangeError where the row is not one of a member. */
export function toMember(read: ReadValue, { fields, countries, refusals }: MemberFields): CampaignMember {
  const [id, stamp] = [text(read('Id')), text(read('SystemModstamp'))];
  if (id?.length !== 18 || stamp === undefined) throw new RangeError('A row without an id of 18 characters');
  const [leadId, contactId] = [text(read('LeadId')), text(read('ContactId'))];
  const country = firstText(read, countries);
  // Written out and not spread together: a run makes one of these for every member.
  const member: { -readonly [Key in keyof CampaignMember]: CampaignMember[Key] } = {
    id,
    systemModstamp: new Date(stamp).toISOString(),
    status: text(read('Status')) ?? '',
    refusals: refusals.filter((path) => read(path) === true),
    fields: fieldsOf(read, fields),
  };
  if (leadId !== undefined) member.leadId = leadId;
  if (contactId !== undefined) member.contactId = contactId;
  if (country !== undefined) member.country = country;
  return member;
}

function firstText(read: ReadValue, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const found = text(read(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

function fieldsOf(read: ReadValue, paths: readonly string[]): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const path of paths) fields[path] = read(path);
  return fields;
}
