/** What makes a contact list acceptable. Pure. Limits: help.mypurecloud.com, "Create a new contact list". */
import { z } from 'zod';
import { ApiRefusal } from './api-refusal.ts';
import type { NewContactList } from './outbound-state.ts';

const NAME_CHARS_MAX = 64;
const COLUMNS_MAX = 50;
const COLUMN_CHARS_MAX = 128;
export const LISTS_MAX = 1_000;
/** Columns that the system itself writes into an export. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'inin-outbound-id',
  'contactcallable',
  'zipcodeautomatictimezone',
]);

const contactListSchema = z.object({
  name: z.string().optional(),
  columnNames: z.array(z.string()).optional(),
  phoneColumns: z
    .array(z.object({ columnName: z.string(), type: z.string(), callableTimeColumn: z.string().optional() }))
    .optional(),
});

function hasRepetition(names: readonly string[]): boolean {
  return new Set(names.map((name) => name.toLowerCase())).size < names.length;
}

/** The first rule that is broken. */
function faultOf(name: string, columns: readonly string[], phones: readonly string[]): string | undefined {
  if (name.trim() === '') return 'name.cannot.be.blank';
  if (name.length > NAME_CHARS_MAX) return 'name.length.exceeded';
  if (columns.length === 0) return 'no.contact.columns.defined';
  if (columns.length > COLUMNS_MAX) return 'contact.columns.limit.exceeded';
  if (columns.some((column) => column === '' || column.length > COLUMN_CHARS_MAX))
    return 'invalid.contact.columns';
  if (hasRepetition(columns)) return 'not.unique.contact.columns';
  if (phones.length === 0) return 'no.phone.columns';
  if (hasRepetition(phones)) return 'not.unique.phone.columns';
  if (phones.some((phone) => SYSTEM_COLUMNS.has(phone.toLowerCase()))) return 'system.column.phone.column';
  if (phones.some((phone) => !columns.includes(phone))) return 'invalid.contact.phone.column';
  return undefined;
}

/** @throws ApiRefusal. */
export function parseContactList(body: unknown): NewContactList {
  const parsed = contactListSchema.safeParse(body);
  if (!parsed.success) throw new ApiRefusal(400, 'bad.request');
  const { name = '', columnNames = [], phoneColumns = [] } = parsed.data;
  const fault = faultOf(
    name,
    columnNames,
    phoneColumns.map(({ columnName }) => columnName),
  );
  if (fault !== undefined) throw new ApiRefusal(400, fault);
  return {
    name,
    columnNames,
    phoneColumns: phoneColumns.map(({ callableTimeColumn, ...phone }) => ({
      ...phone,
      ...(callableTimeColumn === undefined ? {} : { callableTimeColumn }),
    })),
  };
}
