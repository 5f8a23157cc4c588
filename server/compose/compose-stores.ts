/** What is saved, opened in order and closed in the reverse one. */
import { access, constants, mkdir } from 'node:fs/promises';
import { openCallerStore, type CallerStore } from '../callers/caller-store.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../config-fault.ts';
import { openSyncStore, SYNC_SECRETS, type SyncStore } from '../campaigns/sync-store.ts';
import { CONNECTION_SECRETS } from '../connections/connection-row.ts';
import { openConnectionStore, type ConnectionStore } from '../connections/connection-store.ts';
import { createLiveKeyRing } from '../database/live-key-ring.ts';
import { openDatabase, type DatabaseOptions } from '../database/open-database.ts';
import type { Database } from '../database/database.ts';
import { directoryFault, systemCodeOf } from '../database/opening-faults.ts';
import { createKeyRotator, type KeyRotation } from '../database/rotate-key.ts';
import type { SealedColumn } from '../database/rotate-secrets.ts';
import type { KeyRing } from '../database/sealed-secret.ts';
import { loadSecretKeys } from '../database/secret-key.ts';
import type { ExtraRegion } from '../regions.ts';
import type { Secret } from '../secret.ts';
import { createActivityStore, type ActivityStore } from '../telemetry/activity.ts';
import type { Log } from '../telemetry/log.ts';
import { TOKEN_SECRETS } from '../tokens/postgres-token-store.ts';

/** Every column with sealed secrets: a new key has to reach them all. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [CONNECTION_SECRETS, TOKEN_SECRETS, SYNC_SECRETS];

/** What is saved, and what is remembered of what happened. */
export interface Stores {
  database: Database;
  connections: ConnectionStore;
  callers: CallerStore;
  syncs: SyncStore;
  activity: ActivityStore;
  /** Generated at the first start: to be shown once. */
  adminKey?: Secret;
  rotateSecretKey(): Promise<KeyRotation>;
  close(): Promise<void>;
}

/** With the keys that open what is sealed in them. */
export interface ComposedStores extends Stores {
  ring: KeyRing;
}

/** Where it lies in a data directory that cannot be used, the word is about that one: an operator has named it, and not this. */
async function makeDirectory({ dataDir, certificatesDir }: Config): Promise<void> {
  try {
    await mkdir(certificatesDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    try {
      await mkdir(dataDir, { recursive: true });
      await access(dataDir, constants.W_OK);
    } catch (cause) {
      throw directoryFault(dataDir, cause);
    }
    throw new ConfigError([
      {
        variable: 'BRIDGE_CERTIFICATES_DIR',
        fault: `names ${certificatesDir}, which is no directory and cannot be made one (${systemCodeOf(error)})`,
        remedy: 'Name a directory that the user of the bridge may read, or none.',
      },
    ]);
  }
}

export async function composeStores(
  config: Config,
  log: Log,
  extraRegions: readonly ExtraRegion[] = [],
  { mustBeUsed = false }: Pick<DatabaseOptions, 'mustBeUsed'> = {},
): Promise<ComposedStores> {
  const { dataDir, secretKey, databaseUrl, isProduction, adminKey } = config;
  await makeDirectory(config);
  const ring = createLiveKeyRing(
    await loadSecretKeys({
      dataDir,
      production: isProduction,
      ...(secretKey === undefined ? {} : { secretKey }),
    }),
  );
  const database = await openDatabase({
    dataDir,
    log,
    mustBeUsed,
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  try {
    const connections = await openConnectionStore({ database, ring, log, extraRegions });
    const callers = await openCallerStore({ database, log });
    const syncs = await openSyncStore({ database, ring, log });
    const activity = createActivityStore({ database, log, retentionDays: config.activityDays });
    // Last: a key that was made is known to nobody unless it gets out of here.
    const { key } = await callers.bootstrapAdmin(adminKey);
    return {
      ring,
      database,
      connections,
      callers,
      syncs,
      activity,
      ...(key === undefined ? {} : { adminKey: key }),
      rotateSecretKey: createKeyRotator({
        database,
        ring,
        columns: SEALED_COLUMNS,
        ...(secretKey === undefined ? { keyFileDirectory: dataDir } : {}),
        isShared: config.processes > 1,
      }),
      async close() {
        await activity.close();
        await syncs.close();
        await callers.close();
        await connections.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
