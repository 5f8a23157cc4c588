/** What was measured, as tables in Markdown. Pure. */

export interface Table {
  title: string;
  /** What was done, and what to read from it. */
  notes: readonly string[];
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function ratio(value: number): string {
  return value.toFixed(2);
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

export function mebibytes(bytes: number): string {
  return whole(bytes / 2 ** 20);
}

export function toMarkdown({ title, notes, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const alignment = columns.map((_column, index) => (index === 0 ? '---' : '---:'));
  return [
    `## ${title}`,
    '',
    ...notes.flatMap((note) => [note, '']),
    ...[columns, alignment, ...rows].map(line),
    '',
  ].join('\n');
}

export interface ReportHead {
  date: string;
  machine: string;
  node: string;
  command: string;
}

export function toReport({ date, machine, node, command }: ReportHead, tables: readonly Table[]): string {
  return [
    '# Results',
    '',
    `Measured ${date} with \`${command}\` on ${machine}; Node ${node}. Medians; ratios hold between rows of one table, which were measured in turn.`,
    '',
    ...tables.map(toMarkdown),
  ].join('\n');
}
