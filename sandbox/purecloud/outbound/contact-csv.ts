/** A contact list as PureCloud exports it: the list's columns between those of the system. Pure. */
import type { Contact, ContactList } from './outbound-state.ts';

function cell(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function phoneCells({ callRecords, phoneNumberStatus }: Contact, column: string): string[] {
  const record = callRecords[column];
  const callable = phoneNumberStatus[column]?.callable ?? true;
  return [record?.lastAttempt ?? '', record?.lastResult ?? '', '', callable ? '1' : '0'];
}

function phoneHeadings(column: string): string[] {
  return ['CallRecordLastAttempt', 'CallRecordLastResult', 'CallRecordLastAgentWrapup', 'Callable'].map(
    (name) => `${name}-${column}`,
  );
}

export function toContactCsv(list: ContactList, contacts: readonly Contact[]): string {
  const phones = list.phoneColumns.map(({ columnName }) => columnName);
  const heading = [
    'inin-outbound-id',
    ...list.columnNames,
    'ContactCallable',
    ...phones.flatMap(phoneHeadings),
  ];
  const rows = contacts.map((contact) => [
    contact.id,
    ...list.columnNames.map((column) => contact.data[column] ?? ''),
    contact.callable ? '1' : '0',
    ...phones.flatMap((column) => phoneCells(contact, column)),
  ]);
  return [heading, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
