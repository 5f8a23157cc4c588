/** The saved syncs: read from memory, written to the database, known to every instance at once. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import type { DatabaseLog } from '../database/listener.ts';
import { openMirror, type ChangeListener } from '../database/mirror.ts';
import type { SealedColumn } from '../database/rotate-secrets.ts';
import { openSecret, sealSecret, type KeyRing } from '../database/sealed-secret.ts';
import type { Tables } from '../database/tables.ts';
import { BridgeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { assertVersion } from '../stored-version.ts';
import type { SyncsTable } from './campaign-tables.ts';
import type { SyncProgress } from './run/checkpoint.ts';
import type { Sync, SyncSettings } from './sync.ts';
import { parseSyncInput } from './sync-input.ts';
import { acceptLostConsent, readProgress } from './sync-state.ts';

const SYNCS_CHANNEL = 'bridge_syncs';
const WEBHOOK_SECRET = 'webhookSecret';
const WEBHOOK_SECRET_BYTES = 32;

/** For the rotation of the key. */
export const SYNC_SECRETS: SealedColumn = {
  table: 'syncs',
  keyColumn: 'name',
  column: 'secrets',
  identityOf: (name, field) => `sync|${name}|${field}`,
};

export interface SyncStoreOptions {
  database: Database;
  ring: KeyRing;
  log: DatabaseLog;
}

export type SyncOutcome = 'created' | 'changed' | 'unchanged';

export interface SyncStore {
  /** From memory. */
  find(name: string): Sync | undefined;
  /** As `find`. @throws BridgeError `not_found`. */
  get(name: string): Sync;
  /** From the database: for whoever acts on it, since memory is behind for a while where a message was lost. @throws BridgeError `not_found`. */
  read(name: string): Promise<Sync>;
  /** By name. */
  list(): Sync[];
  /**
   * Creates or replaces; what would change nothing changes nothing.
   * @throws BridgeError `invalid_request`; `conflict` where it is no longer at the expected version.
   */
  put(
    name: string,
    body: unknown,
    options?: { expectedVersion?: number },
  ): Promise<{ sync: Sync; outcome: SyncOutcome }>;
  /** @throws BridgeError `not_found`. */
  setPaused(name: string, paused: boolean): Promise<Sync>;
  /**
   * With its runs, their rows and its ledger. The contact list stays.
   * @returns false where there was none. @throws BridgeError `conflict` while a run of it is open.
   */
  remove(name: string): Promise<boolean>;
  /** Made when it is first asked for. @throws BridgeError `not_found`; `internal_error` where it cannot be opened. */
  webhookSecret(name: string): Promise<Secret>;
  /** The one before it ends at once. */
  renewWebhookSecret(name: string): Promise<Secret>;
  /** How far its runs have come. From the database. */
  progress(name: string): Promise<Partial<SyncProgress>>;
  /** After any change, here or in another instance. */
  onChange(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

type Trx = Transaction<Tables>;

function toSync(row: Selectable<SyncsTable>): Sync {
  return {
    ...(row.settings as unknown as SyncSettings),
    name: row.name,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function settingsOf(sync: Sync): SyncSettings {
  const { name: _name, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...settings } = sync;
  return settings;
}

async function readForUpdate(trx: Trx, name: string): Promise<Selectable<SyncsTable> | undefined> {
  // The name is locked and not the row, so that two who create it at once come one after the other too.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sync|${name}`}, 0))`.execute(trx);
  return await trx.selectFrom('syncs').selectAll().where('name', '=', name).forUpdate().executeTakeFirst();
}

async function writeSettings(trx: Trx, name: string, settings: SyncSettings): Promise<void> {
  await sql`
    insert into syncs (name, settings, secrets, version)
    values (${name}, ${JSON.stringify(settings)}::jsonb, '{}', nextval('sync_version'))
    on conflict (name) do update
    set settings = excluded.settings, version = excluded.version, updated_at = now()`.execute(trx);
  await announce(trx, name);
}

async function announce(trx: Trx, name: string): Promise<void> {
  await sql`select pg_notify(${SYNCS_CHANNEL}, ${name})`.execute(trx);
}

async function writeSecret(trx: Trx, ring: KeyRing, name: string): Promise<Secret> {
  const secret = new Secret(randomBytes(WEBHOOK_SECRET_BYTES).toString('base64url'));
  const envelope = sealSecret(ring, SYNC_SECRETS.identityOf(name, WEBHOOK_SECRET), secret);
  await sql`update syncs set secrets = ${JSON.stringify({ [WEBHOOK_SECRET]: envelope })}::jsonb
    where name = ${name}`.execute(trx);
  return secret;
}

async function removeAll(trx: Trx, name: string): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sync|${name}`}, 0))`.execute(trx);
  // A run that begins now waits for this, and then finds no sync.
  await sql`select 1 from syncs where name = ${name} for update`.execute(trx);
  const open = await sql`select 1 from runs where sync = ${name} and finished_at is null`.execute(trx);
  if (open.rows.length > 0) {
    throw new BridgeError('conflict', {
      detail: `A run of the sync ${name} is not finished.`,
      remedy: 'Cancel the run, then remove the sync.',
    });
  }
  await sql`delete from sync_contacts where sync = ${name}`.execute(trx);
  const { numDeletedRows } = await trx.deleteFrom('syncs').where('name', '=', name).executeTakeFirst();
  if (numDeletedRows > 0n) await announce(trx, name);
  return numDeletedRows > 0n;
}

async function readAll(db: Kysely<Tables>): Promise<Map<string, Sync>> {
  const rows = await db.selectFrom('syncs').selectAll().execute();
  return new Map(rows.map((row) => [row.name, toSync(row)]));
}

async function readOne(db: Kysely<Tables>, name: string): Promise<Sync | undefined> {
  const row = await db.selectFrom('syncs').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toSync(row);
}

/** Opens filled and listening. */
export async function openSyncStore({ database, ring, log }: SyncStoreOptions): Promise<SyncStore> {
  const { db } = database;
  const mirror = await openMirror<Sync>({
    database,
    channel: SYNCS_CHANNEL,
    log,
    versionOf: ({ version }) => version,
    load: () => readAll(db),
    loadOne: (name) => readOne(db, name),
  });

  function get(name: string): Sync {
    const sync = mirror.get(name);
    if (sync === undefined) throw new BridgeError('not_found');
    return sync;
  }

  async function change(name: string, make: (trx: Trx, stored: Sync | undefined) => Promise<SyncOutcome>) {
    const outcome = await db.transaction().execute(async (trx) => {
      const row = await readForUpdate(trx, name);
      return await make(trx, row === undefined ? undefined : toSync(row));
    });
    await mirror.refresh(name);
    return { sync: get(name), outcome };
  }

  return {
    find: (name) => mirror.get(name),
    get,
    async read(name) {
      await mirror.refresh(name);
      return get(name);
    },
    list: () => [...mirror.entries().values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async put(name, body, options = {}) {
      const parsed = parseSyncInput(name, body);
      return await change(name, async (trx, stored) => {
        assertVersion('sync', name, stored?.version, options.expectedVersion ?? parsed.expectedVersion);
        if (stored !== undefined && isDeepStrictEqual(settingsOf(stored), parsed.settings))
          return 'unchanged';
        await writeSettings(trx, name, parsed.settings);
        await acceptLostConsent(trx, name);
        return stored === undefined ? 'created' : 'changed';
      });
    },
    async setPaused(name, paused) {
      const { sync } = await change(name, async (trx, stored) => {
        if (stored === undefined) throw new BridgeError('not_found');
        if (stored.paused === paused) return 'unchanged';
        await writeSettings(trx, name, { ...settingsOf(stored), paused });
        return 'changed';
      });
      return sync;
    },
    async remove(name) {
      const removed = await db.transaction().execute((trx) => removeAll(trx, name));
      await mirror.refresh(name);
      return removed;
    },
    async webhookSecret(name) {
      return await db.transaction().execute(async (trx) => {
        const row = await readForUpdate(trx, name);
        if (row === undefined) throw new BridgeError('not_found');
        const envelope = row.secrets[WEBHOOK_SECRET];
        if (envelope === undefined) return await writeSecret(trx, ring, name);
        return openSecret(ring, SYNC_SECRETS.identityOf(name, WEBHOOK_SECRET), envelope);
      });
    },
    async renewWebhookSecret(name) {
      return await db.transaction().execute(async (trx) => {
        if ((await readForUpdate(trx, name)) === undefined) throw new BridgeError('not_found');
        return await writeSecret(trx, ring, name);
      });
    },
    progress: (name) => readProgress(db, name),
    onChange: (listener) => mirror.onChange(listener),
    close: () => mirror.close(),
  };
}
