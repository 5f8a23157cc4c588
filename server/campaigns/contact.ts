/** A member and the mapping of its sync -> the contact that PureCloud is to hold. Pure. */
import type { FieldValue, Member } from './member.ts';
import { readPhone, type PhoneReading } from './phones.ts';
import type { RowReason } from './row-reason.ts';
import type { SyncSettings } from './sync.ts';

// PureCloud: an entry of a contact list that is longer is rejected.
const CELL_LENGTH_MAX = 512;

export interface Contact {
  /** The member's 18 characters: sending it twice changes nothing. */
  id: string;
  /** Column -> text. Blank columns are there only where a blank is to be written. */
  data: Readonly<Record<string, string>>;
  /** Columns that are blank in Salesforce and keep what PureCloud holds; a sender that replaces a contact whole fills them from there. */
  keptColumns: readonly string[];
}

export type ContactOutcome =
  | { kind: 'contact'; contact: Contact; warnings: readonly RowReason[] }
  | { kind: 'none'; outcome: 'skipped' | 'invalid'; reasons: readonly RowReason[] };

function toCell(value: FieldValue | undefined): string {
  return value === null || value === undefined ? '' : String(value).trim();
}

interface ReadPhoneColumn {
  field: string;
  column: string;
  reading: PhoneReading;
}

function readPhones(member: Member, { phones, defaultCountry }: SyncSettings): ReadPhoneColumn[] {
  return phones.map(({ field, column }) => ({
    field,
    column,
    reading: readPhone(toCell(member.fields[field]), { recordCountry: member.country, defaultCountry }),
  }));
}

function isBlank({ reading }: ReadPhoneColumn): boolean {
  return !reading.ok && reading.reason === 'phone_missing';
}

function reasonOf({ field, reading }: ReadPhoneColumn, country: string | undefined): RowReason[] {
  if (reading.ok) return [];
  const isOfCountry = reading.reason === 'phone_country_unknown' && country !== undefined;
  return [{ code: reading.reason, field, ...(isOfCountry ? { country } : {}) }];
}

function tooLong({ columns }: SyncSettings, cells: ReadonlyMap<string, string>): RowReason[] {
  return columns.flatMap(({ field, column }) => {
    const { length } = cells.get(column) ?? '';
    return length > CELL_LENGTH_MAX
      ? [{ code: 'value_too_long' as const, field, column, length, lengthMax: CELL_LENGTH_MAX }]
      : [];
  });
}

/**
 * One dialable number is enough to send a member; a number beside it that cannot be read is left out, with a warning.
 * Nothing is cut to fit and no number is guessed.
 */
export function toContact(member: Member, settings: SyncSettings): ContactOutcome {
  const phones = readPhones(member, settings);
  const faulty = phones.filter((phone) => !phone.reading.ok && !isBlank(phone));
  const warnings = faulty.flatMap((phone) => reasonOf(phone, member.country));
  if (phones.every(isBlank)) {
    return { kind: 'none', outcome: 'skipped', reasons: reasonOf(phones[0]!, member.country) };
  }
  if (!phones.some(({ reading }) => reading.ok))
    return { kind: 'none', outcome: 'invalid', reasons: warnings };

  const cells = new Map<string, string>([
    ...phones.map(({ column, reading }) => [column, reading.ok ? reading.e164 : ''] as const),
    ...settings.columns.map(({ field, column }) => [column, toCell(member.fields[field])] as const),
  ]);
  const long = tooLong(settings, cells);
  if (long.length > 0) return { kind: 'none', outcome: 'invalid', reasons: long };
  // A number that cannot be read takes the place of the one before it: that one is no longer the person's.
  const wiped = new Set(faulty.map(({ column }) => column));
  const isKept = (column: string) =>
    settings.keepBlankValues && cells.get(column) === '' && !wiped.has(column);
  return {
    kind: 'contact',
    contact: {
      id: member.id,
      data: Object.fromEntries([...cells].filter(([column]) => !isKept(column))),
      keptColumns: [...cells.keys()].filter(isKept),
    },
    warnings,
  };
}

/** @param stored What PureCloud holds of this contact now. */
export function withStoredValues(contact: Contact, stored: Readonly<Record<string, string>>): Contact {
  const kept = contact.keptColumns.filter((column) => stored[column] !== undefined);
  return {
    ...contact,
    data: { ...Object.fromEntries(kept.map((column) => [column, stored[column]!])), ...contact.data },
  };
}
