/**
 * What a backup is: lines of JSON, compressed with gzip. First the header, then for each table its name in an array and its rows as
 * objects, last the number of rows and the SHA-256 of everything before. Rows are as PostgreSQL writes and reads them, so that a
 * backup of the embedded database fits a server and the other way round. Pure.
 */
import { z } from 'zod';
import { BridgeError } from '../../errors.ts';

const BACKUP_FORMAT = 'purecloud-bridge-backup';
const FORMAT_VERSION = 1;

const headerSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  formatVersion: z.number(),
  bridgeVersion: z.string(),
  createdAt: z.string(),
  /** Of the tables that the rows are of. */
  migrations: z.array(z.string()),
  sequences: z.record(z.string(), z.number()),
  /** Keys that the secrets are sealed with: names of them, and not the keys. */
  keyIds: z.array(z.string()),
});
export type BackupHeader = z.output<typeof headerSchema>;

export interface BackupEnd {
  rows: number;
  sha256: string;
}

const markSchema = z.union([
  z.tuple([z.literal('table'), z.string()]),
  z.tuple([z.literal('end'), z.object({ rows: z.number(), sha256: z.string() })]),
]);

export function headerLine(header: Omit<BackupHeader, 'format' | 'formatVersion'>): string {
  return JSON.stringify({ format: BACKUP_FORMAT, formatVersion: FORMAT_VERSION, ...header });
}

export function tableLine(name: string): string {
  return JSON.stringify(['table', name]);
}

export function endLine(end: BackupEnd): string {
  return JSON.stringify(['end', end]);
}

export function badBackup(detail: string, remedy: string, cause?: unknown): BridgeError {
  return new BridgeError('invalid_request', { detail, remedy, details: { reason: 'backup' }, cause });
}

export function damaged(what: string, cause?: unknown): BridgeError {
  return badBackup(
    `The backup is damaged: ${what}. Nothing was restored.`,
    'Take another copy of the file, or an older backup.',
    cause,
  );
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** @throws BridgeError `invalid_request` for what is no backup, or one of a later version. */
export function readHeader(line: string): BackupHeader {
  const parsed = headerSchema.safeParse(parse(line));
  if (!parsed.success)
    throw badBackup(
      'The file is no backup of the bridge.',
      'Name a file that "pcbridge backup" has written.',
    );
  if (parsed.data.formatVersion > FORMAT_VERSION)
    throw badBackup(
      `The backup was made by a later version of the bridge (${parsed.data.bridgeVersion}).`,
      'Restore it with that version.',
    );
  return parsed.data;
}

export type BackupMark = { table: string } | { end: BackupEnd };

/** Of a line that is no row; rows begin with `{`. @throws BridgeError where it is neither. */
export function readMark(line: string): BackupMark {
  const parsed = markSchema.safeParse(parse(line));
  if (!parsed.success) throw damaged('a line cannot be read');
  const [kind, value] = parsed.data;
  return kind === 'table' ? { table: value } : { end: value };
}

export function isRow(line: string): boolean {
  return line.startsWith('{');
}
