/** What reads a store makes none: an empty one, in a directory that was not meant, would be backed up and found whole. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { systemCodeOf } from '../database/opening-faults.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';

/** Where the embedded database is. */
export function storeDirectory({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'database');
}

/** @throws CommandError where the embedded database is meant, and is not there. */
export async function assertStore(config: Pick<Config, 'databaseUrl' | 'dataDir'>): Promise<void> {
  if (config.databaseUrl !== undefined) return;
  try {
    await access(storeDirectory(config));
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') return; // opening it says what is wrong
    throw new CommandError(`No bridge has a database in ${config.dataDir}`, {
      exitCode: EXIT_CODE.usage,
      remedy: 'the same command with the BRIDGE_DATA_DIR or DATABASE_URL of the bridge',
      cause: error,
    });
  }
}
