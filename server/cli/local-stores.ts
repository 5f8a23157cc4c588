/** The stores themselves, for a command that runs where no bridge does. */
import { composeStores, type Stores } from '../compose/compose-stores.ts';
import { loadConfig, type Config } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { hostOf } from '../database/server-database.ts';
import type { ExtraRegion } from '../regions.ts';
import { createLog } from '../telemetry/log.ts';
import { assertStore } from './assert-store.ts';
import { CommandError } from './command-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { sayAdminKey } from './say-admin-key.ts';
import type { Terminal } from './terminal.ts';

/** For a person to see that it is the one that was meant. */
function storeIn({ databaseUrl, dataDir }: Config): string {
  return databaseUrl === undefined ? dataDir : `the database of ${hostOf(databaseUrl.reveal())}`;
}

function isLocked(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.options.details?.reason === 'locked';
}

export interface LocalStoresOptions {
  extraRegions?: readonly ExtraRegion[];
  config?: Config;
  /** Makes the store where none is, as a first start does. */
  mayMake?: boolean;
}

/** @throws CommandError where there is no store of a bridge, and where a running bridge holds the embedded one. */
export async function openLocalStores(
  terminal: Terminal,
  { extraRegions = [], config = loadConfig(terminal.env), mayMake = false }: LocalStoresOptions = {},
): Promise<Stores> {
  if (!mayMake) await assertStore(config);
  try {
    // This command is the one process there is.
    const stores = await composeStores(
      { ...config, processes: 1 },
      createLog({ level: 'silent' }),
      extraRegions,
      { mustBeUsed: !mayMake },
    );
    terminal.say(`Works on the store in ${storeIn(config)}; no running bridge is asked.`);
    if (stores.adminKey !== undefined) sayAdminKey(stores.adminKey, terminal);
    return stores;
  } catch (error) {
    if (!isLocked(error)) throw error;
    throw new CommandError('A running bridge holds the store', {
      exitCode: EXIT_CODE.usage,
      lines: [`  ${error.message}`],
      remedy:
        'the same command with --url http://127.0.0.1:8080 (or PCBRIDGE_URL) and its key in PCBRIDGE_KEY',
      cause: error,
    });
  }
}
