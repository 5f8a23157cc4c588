/** Whose the files of the embedded database are: the bridge cannot open what another user has written there. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BridgeError } from '../errors.ts';
import { directoryFault, openingError, systemCodeOf } from './opening-faults.ts';

/** @param userId Of this process; undefined on Windows, where files have no such owner. */
export function otherOwner(directory: string, ownerId: number, userId?: number): BridgeError | undefined {
  if (userId === undefined || userId === ownerId) return undefined;
  return openingError(
    'otherOwner',
    `The embedded database in ${directory} belongs to the user with the id ${ownerId}, who could not open what this process, with the id ${userId}, writes there.`,
    `Run the command as that user, behind one of: sudo -u '#${ownerId}', setpriv --reuid=${ownerId} --clear-groups, systemd-run --pipe --uid=${ownerId}.`,
  );
}

/** @throws BridgeError `unavailable`, reason `otherOwner`, before anything is written. */
export async function assertOwner(dataDir: string): Promise<void> {
  const directory = join(dataDir, 'database');
  // What is not there, or cannot be looked at, is told of where it is opened.
  const owner = await stat(directory).catch(() => undefined);
  const fault = owner && otherOwner(directory, owner.uid, process.geteuid?.());
  if (fault !== undefined) throw fault;
}

async function isForbidden(path: string): Promise<boolean> {
  return await access(path, constants.R_OK | constants.W_OK).then(
    () => false,
    (error: unknown) => systemCodeOf(error) === 'EACCES',
  );
}

/** The first file of the store that this process may not read and write. */
async function forbiddenFile(dataDir: string): Promise<string | undefined> {
  const lock = join(dataDir, 'database.lock');
  if (await isForbidden(lock)) return lock;
  try {
    const directory = join(dataDir, 'database');
    for (const name of await readdir(directory, { recursive: true })) {
      const path = join(directory, name);
      if (await isForbidden(path)) return path;
    }
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES') return (error as NodeJS.ErrnoException).path;
  }
  return undefined;
}

/** PostgreSQL does not open a store with a file that it may not use, and such a store is not damaged. */
export async function storeFault(dataDir: string, error: unknown): Promise<BridgeError> {
  const fault = directoryFault(dataDir, error);
  const reason = fault.options.details?.reason;
  if (reason !== 'damaged' && reason !== 'readOnly') return fault;
  const path = await forbiddenFile(dataDir);
  if (path === undefined) return fault;
  return openingError(
    'otherOwner',
    `The bridge may not read and write ${path}: another user has written there, or its permissions were changed. The embedded database may be whole.`,
    `As root: chown -R ${process.geteuid?.() ?? 'USER'} ${dataDir} && chmod -R u+rwX ${dataDir}`,
    error,
  );
}
