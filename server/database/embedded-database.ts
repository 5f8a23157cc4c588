/** PostgreSQL inside the process, its files in the data directory. */
import { open, readFile, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { DurableNodeFs, durableStartParameters } from './durable-file-system.ts';
import { checkHealth } from './health-check.ts';
import type { DatabaseLog } from './listener.ts';
import { directoryFault, noSpace, otherVersion, systemCodeOf } from './opening-faults.ts';
import { openRevivingStore, type RevivingStore } from './reviving-store.ts';
import { assertOwner, storeFault } from './store-owner.ts';
import type { Tables } from './tables.ts';

// PGlite 0.5 is PostgreSQL 18; a store of another major version does not open.
const POSTGRESQL_MAJOR = '18';
// A new store takes 40 MB, its log up to 64 MB.
const FREE_BYTES_MIN = 100 * 1024 * 1024;
// To recover, PostgreSQL writes its log on: 16 MB at a time.
const FREE_BYTES_MIN_TO_OPEN = 32 * 1024 * 1024;

async function versionOf(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function assertSpace(directory: string, bytesMin: number, cause?: unknown): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < bytesMin) throw noSpace(directory, cause);
}

async function fsyncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The files that initdb wrote were not flushed one by one; a power cut would leave a store that does not open. */
async function fsyncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isFile() || entry.isDirectory()) await fsyncPath(join(entry.parentPath, entry.name));
  }
  await fsyncPath(directory);
}

async function start(directory: string): Promise<PGlite> {
  const pglite = new PGlite({ fs: new DurableNodeFs(directory), startParams: durableStartParameters() });
  await pglite.waitReady;
  return pglite;
}

/** A store is made beside its place and moved in when it is whole: one that was cut off half-way is never opened. */
async function create(dataDir: string, directory: string): Promise<void> {
  const draft = join(dataDir, 'database.new');
  await assertSpace(dataDir, FREE_BYTES_MIN);
  await rm(draft, { recursive: true, force: true });
  await (await start(draft)).close();
  await fsyncTree(draft);
  await rename(draft, directory);
  await fsyncPath(dataDir);
}

async function openStore(dataDir: string, log: DatabaseLog): Promise<RevivingStore> {
  const directory = join(dataDir, 'database');
  const present = await readdir(directory).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (present === undefined) await create(dataDir, directory);
  const version = await versionOf(directory);
  if (version !== undefined && version !== POSTGRESQL_MAJOR) {
    throw otherVersion(directory, version, POSTGRESQL_MAJOR);
  }
  if (version === undefined) throw directoryFault(directory, new Error('PG_VERSION is missing'));
  return await openRevivingStore({
    start: () => startPresent(directory),
    assertSpace: () => assertSpace(directory, FREE_BYTES_MIN_TO_OPEN),
    log,
  });
}

/** PGlite says of a full disk no more than that it did not start, and a store that only lacks space is not damaged. */
async function startPresent(directory: string): Promise<PGlite> {
  try {
    return await start(directory);
  } catch (error) {
    await assertSpace(directory, FREE_BYTES_MIN_TO_OPEN, error);
    throw error;
  }
}

function wrap({ pglite, listen, close }: RevivingStore, release: () => Promise<void>): Database {
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
  let closing: Promise<void> | undefined;
  return {
    kind: 'embedded',
    db,
    raw: { kind: 'embedded', pglite },
    listen,
    health: () => checkHealth(db),
    close: () =>
      (closing ??= (async () => {
        await db.destroy();
        await close();
        await release();
      })()),
  };
}

/**
 * Opens, or makes, the store in `dataDir/database`, which belongs to this process until it is closed.
 * A commit that was answered survives a killed process and a power cut (see durable-file-system.ts).
 * @throws BridgeError `unavailable` with reason `locked`, `readOnly`, `noSpace`, `notADirectory`, `otherOwner`, `otherVersion` or `damaged`.
 */
export async function openEmbedded({
  dataDir,
  log,
}: {
  dataDir: string;
  log: DatabaseLog;
}): Promise<Database> {
  await assertOwner(dataDir);
  const lock = await lockDirectory(dataDir).catch(async (error: unknown) => {
    throw await storeFault(dataDir, error);
  });
  try {
    return wrap(await openStore(dataDir, log), () => lock.release());
  } catch (error) {
    await lock.release();
    throw await storeFault(dataDir, error);
  }
}
