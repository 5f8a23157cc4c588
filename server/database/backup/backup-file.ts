/**
 * A backup as a file: written beside its place and moved there when it is whole, readable by its owner alone, checked before use.
 * As a stream it is whole where its end is there, which a restore looks for.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, lstat, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { systemCodeOf } from '../opening-faults.ts';
import {
  badBackup,
  damaged,
  isRow,
  readHeader,
  readMark,
  type BackupEnd,
  type BackupHeader,
} from './backup-format.ts';
import { linesOf } from './lines-of.ts';

const OWNER_ONLY = 0o600;

export interface BackupFileOptions {
  /** Takes the place of a file that is there. */
  replace?: boolean;
}

function fileFault(path: string, error: unknown): unknown {
  switch (systemCodeOf(error)) {
    case 'EEXIST':
      return badBackup(
        `There is a file ${path} already.`,
        'Name another file, or replace it with --force.',
        error,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return badBackup(`There is no file or directory ${path}.`, 'Check the path.', error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return badBackup(
        `${path} may not be read or written.`,
        'Check the permissions, or name another path.',
        error,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return badBackup(
        `There is no space left for ${path}.`,
        'Free some space, or name another disk.',
        error,
      );
    default:
      return error;
  }
}

/**
 * Where the file goes: to what a link leads to, so that the link stays. Looked at before an hour of reading; what appears
 * meanwhile stops the link at its end.
 */
async function placeOf(path: string, replace: boolean): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return path;
  const place = await realpath(path);
  if (!(await stat(place)).isFile())
    throw badBackup(
      `${path} is no regular file, and is not replaced.`,
      'Name another file, or - for standard output.',
    );
  if (!replace) throw Object.assign(new Error(path), { code: 'EEXIST' });
  return place;
}

/** Is given what takes the lines. */
type Fill<Result> = (write: (line: string) => Promise<void>) => Promise<Result>;

/** Writes a backup where its lines go as they come, and leaves the stream open. */
export async function streamBackup<Result>(
  output: NodeJS.WritableStream,
  fill: Fill<Result>,
  { end = false }: { end?: boolean } = {},
): Promise<Result> {
  const gzip = createGzip();
  const done = pipeline(gzip, output, { end });
  done.catch(() => undefined); // told of below, after what was being written
  try {
    const result = await fill(async (line) => {
      if (!gzip.write(`${line}\n`)) await Promise.race([once(gzip, 'drain'), done]);
    });
    gzip.end();
    await done;
    return result;
  } finally {
    gzip.destroy();
  }
}

/** @throws BridgeError `invalid_request` where the file cannot be written, or is there already; nothing is left of it then. */
export async function writeBackupFile<Result>(
  path: string,
  fill: Fill<Result>,
  { replace = false }: BackupFileOptions = {},
): Promise<Result> {
  let draft: string | undefined;
  try {
    const place = await placeOf(path, replace);
    draft = `${place}.${randomUUID()}`;
    const target = createWriteStream(draft, { flags: 'wx', mode: OWNER_ONLY, flush: true });
    const result = await streamBackup(target, fill, { end: true });
    // A link fails where there is a file, which a rename would replace.
    await (replace ? rename : link)(draft, place);
    return result;
  } catch (error) {
    throw fileFault(path, error);
  } finally {
    if (draft !== undefined) await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Keeps a backup that can be read once, such as standard input, in a file of its own while it is used. */
export async function withBackupKept<Result>(
  input: NodeJS.ReadableStream,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'pcbridge-'));
  const path = join(directory, 'backup.gz');
  try {
    await pipeline(input, createWriteStream(path, { mode: OWNER_ONLY })).catch((error: unknown) => {
      throw fileFault(path, error);
    });
    return await use(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @throws BridgeError `invalid_request` where the file is missing, no backup, or cut off. */
export async function* backupLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.once('error', (error) => gunzip.destroy(error));
  try {
    yield* linesOf(file.pipe(gunzip).setEncoding('utf8') as AsyncIterable<string>);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR') throw notWhole(code, error);
    throw fileFault(path, error);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function notWhole(code: string, cause: unknown): unknown {
  if (code === 'Z_BUF_ERROR') return damaged('its end is missing', cause);
  return (cause as Error).message.includes('incorrect header check')
    ? badBackup(
        'The file is no backup of the bridge.',
        'Name a file that "pcbridge backup" has written.',
        cause,
      )
    : damaged('its content has changed', cause);
}

/** Reads all of it once. @throws BridgeError `invalid_request` where one bit is not as it was written. */
export async function checkBackupFile(path: string): Promise<{ header: BackupHeader; end: BackupEnd }> {
  const hash = createHash('sha256');
  let header: BackupHeader | undefined;
  let end: BackupEnd | undefined;
  let rows = 0;
  for await (const line of backupLines(path)) {
    if (end !== undefined) throw damaged('something follows its end');
    if (header === undefined) header = readHeader(line);
    else if (isRow(line)) rows += 1;
    else {
      const mark = readMark(line);
      if ('end' in mark) {
        end = mark.end;
        continue;
      }
    }
    hash.update(`${line}\n`);
  }
  if (header === undefined) readHeader('');
  if (header === undefined || end === undefined) throw damaged('its end is missing');
  if (end.rows !== rows || end.sha256 !== hash.digest('hex')) throw damaged('its checksum is another');
  return { header, end };
}
