/** A contact list as PureCloud exports it: the list's columns between those of the system. Pure. */
import type { ContactSnapshot } from './contact-table.ts';
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

/** Lines of a file, one by one: that of a million contacts is not held in memory. */
export function* contactCsvLines(
  list: ContactList,
  contacts: ContactSnapshot,
  isWanted: (contact: Contact) => boolean,
): Generator<string> {
  const phones = list.phoneColumns.map(({ columnName }) => columnName);
  const line = (row: readonly string[]) => `${row.map(cell).join(',')}\r\n`;
  yield line(['inin-outbound-id', ...list.columnNames, 'ContactCallable', ...phones.flatMap(phoneHeadings)]);
  for (let index = 0; index < contacts.length; index += 1) {
    const contact = contacts.at(index);
    if (!isWanted(contact)) continue;
    yield line([
      contact.id,
      ...list.columnNames.map((column) => contact.data[column] ?? ''),
      contact.callable ? '1' : '0',
      ...phones.flatMap((column) => phoneCells(contact, column)),
    ]);
  }
}
