/** Rows of a run as CSV (RFC 4180), in the shape that Salesforce's own loaders write and read. Pure. */
import type { FieldValue } from './member.ts';
import type { RunRowView } from './run-rows.ts';

const OWN_COLUMNS = ['sf__Id', 'sf__Error', 'reasonCode'] as const;
// A spreadsheet takes such a cell for a formula: OWASP "CSV injection", its full-width forms too. A phone number is none and stays as it is:
// + or - before nothing but digits and what stands between them calls no function and reaches no other cell.
const FORMULA = /^(?:[=@＝＠＋－\t\r\n]|[+-](?![\d\s()./-]*$))/;
const CELL_ELSEWHERE = /([;\t])/;

function guarded(text: string): string {
  const bare = text.trimStart();
  return FORMULA.test(bare) ? `${text.slice(0, text.length - bare.length)}'${bare}` : text;
}

/** Where a semicolon or a tab parts cells, as in many countries, a formula may begin in the middle of a cell of ours. */
function withoutFormulas(text: string): string {
  const [first = '', ...others] = text.split(CELL_ELSEWHERE);
  const isFormula = FORMULA.test(first === '' ? text : first);
  return [isFormula ? `'${first}` : first, ...others.map(guarded)].join('');
}

function toCell(value: FieldValue | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = withoutFormulas(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function toLine(cells: readonly (FieldValue | undefined)[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

/** @param fields Of the originals: the same for all pages of one file. */
export function csvHeader(fields: readonly string[]): string {
  return toLine([...OWN_COLUMNS, ...fields]);
}

export function csvLines(rows: readonly RunRowView[], fields: readonly string[]): string {
  return rows
    .map((row) =>
      toLine([
        row.memberId,
        `${row.sentence} ${row.remedy}`,
        row.reasonCode,
        ...fields.map((field) => row.original[field]),
      ]),
    )
    .join('');
}
