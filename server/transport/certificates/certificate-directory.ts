/** Reads and writes single files of one directory without ever leaving it. Knows nothing of what is in them but that it is secret. */
import { constants } from 'node:fs';
import { access, mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Secret } from '../../secret.ts';

/** A certificate with its issuers and key takes less than 20 KiB. */
const FILE_BYTES_MAX = 1024 * 1024;

/** File names that a name may stand for, the one to write last: people leave out the ending. */
export function certificateFileNames(name: string): string[] {
  return /\.(pem|crt|cer)$/i.test(name) ? [name] : [name, `${name}.pem`];
}

/**
 * Links are followed as long as they stay inside, since orchestrators mount secrets as links into a hidden folder beside them.
 * @throws an Error with code `ERR_OUTSIDE`, or that of the operating system.
 */
export async function readInside(directory: string, file: string): Promise<Secret> {
  const root = await realpath(directory);
  const target = await realpath(join(root, basename(file)));
  if (!target.startsWith(root + sep))
    throw outside(
      'It is a link that leads out of the directory of certificates. Copy the file itself there.',
    );
  const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await readWhole(handle);
  } finally {
    await handle.close();
  }
}

async function readWhole(handle: FileHandle): Promise<Secret> {
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > FILE_BYTES_MAX)
    throw outside(
      'It is not a file of PEM text. Put certificate and key into one plain file of at most 1 MiB.',
    );
  return new Secret(await handle.readFile('utf8'));
}

function outside(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_OUTSIDE' });
}

/**
 * Whoever reads meanwhile sees the old file or the new one, whole. The directory is made 0700 where it is missing, the file is 0600.
 * @returns Whether a file of that name was there before.
 */
export async function writeAtomically(directory: string, file: string, content: Secret): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const target = join(directory, file);
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content.reveal());
      await handle.sync();
    } finally {
      await handle.close();
    }
    const replaced = await access(target).then(
      () => true,
      () => false,
    );
    await rename(temporary, target);
    return replaced;
  } finally {
    await rm(temporary, { force: true });
  }
}
