/** The saved connections: read from memory, written to the database, known to every instance at once. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import type { DatabaseLog } from '../database/listener.ts';
import { openMirror, type ChangeListener } from '../database/mirror.ts';
import type { KeyRing } from '../database/sealed-secret.ts';
import type { Tables } from '../database/tables.ts';
import { BridgeError } from '../errors.ts';
import { assertVersion, changedSince } from '../stored-version.ts';
import { compareConnections, type Connection, type ConnectionContent } from './connection.ts';
import { parseConnectionInput, type ParsedConnectionInput } from './connection-input.ts';
import { fromRow, toRow, type StoredConnection } from './connection-row.ts';
import { toConnectionView, type ConnectionView } from './connection-view.ts';
import type { ExtraRegion } from '../regions.ts';

const CONNECTIONS_CHANNEL = 'bridge_connections';

export interface ConnectionStoreOptions {
  database: Database;
  ring: KeyRing;
  extraRegions?: readonly ExtraRegion[];
  log: DatabaseLog;
}

export type WriteOutcome = 'created' | 'changed' | 'unchanged';

export interface PutConnectionOptions {
  /** Refuse with `conflict` where this is not the present version; a `version` in the body asks for the same. 0: where there is one already. */
  expectedVersion?: number;
}

export interface ConnectionStore {
  /** From memory. Undefined: there is none. @throws BridgeError `internal_error` where its secrets cannot be opened. */
  find(name: string): Connection | undefined;
  /** As `find`. @throws BridgeError `not_found`. */
  get(name: string): Connection;
  view(name: string): ConnectionView | undefined;
  /** By name. */
  list(): ConnectionView[];
  /** Secrets are stored, and not one of them opens: the bridge was started with another key. */
  hasWrongKey(): boolean;
  /** Creates or replaces; what would change nothing changes nothing, the versions included. */
  put(
    name: string,
    body: unknown,
    options?: PutConnectionOptions,
  ): Promise<{ connection: ConnectionView; outcome: WriteOutcome }>;
  /** @returns false where there was none. */
  remove(name: string): Promise<boolean>;
  /** After any change, here or in another instance. */
  onChange(listener: ChangeListener): () => void;
  close(): Promise<void>;
}

function toConnection(stored: StoredConnection): Connection {
  const { settings, secrets, name, version, credentialVersion, createdAt, updatedAt } = stored;
  if (secrets instanceof BridgeError) throw secrets;
  return { ...settings, ...secrets, name, version, credentialVersion, createdAt, updatedAt };
}

/** Unreadable secrets count as absent: whoever writes then has to enter them again. */
function contentOf(stored: StoredConnection | undefined): ConnectionContent | undefined {
  if (stored === undefined) return undefined;
  return { settings: stored.settings, secrets: stored.secrets instanceof BridgeError ? {} : stored.secrets };
}

interface Change {
  outcome: WriteOutcome;
  credentialChanged: boolean;
}

function changeOf(stored: StoredConnection | undefined, parsed: ParsedConnectionInput): Change {
  if (stored === undefined) return { outcome: 'created', credentialChanged: true };
  if (stored.secrets instanceof BridgeError) return { outcome: 'changed', credentialChanged: true };
  const { changed, credentialChanged } = compareConnections(contentOf(stored)!, parsed);
  return { outcome: changed ? 'changed' : 'unchanged', credentialChanged };
}

type Trx = Transaction<Tables>;

async function readForUpdate(trx: Trx, ring: KeyRing, name: string): Promise<StoredConnection | undefined> {
  // The name is locked and not the row, so that two who create it at once come one after the other too.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`connection|${name}`}, 0))`.execute(trx);
  const row = await trx
    .selectFrom('connections')
    .selectAll()
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(ring, row);
}

async function write(trx: Trx, ring: KeyRing, name: string, content: ConnectionContent, change: Change) {
  const next = await sql<{ version: number }>`select nextval('connection_version') as version`.execute(trx);
  const { version } = next.rows[0]!;
  const row = { ...toRow(ring, name, content), version };
  await trx
    .insertInto('connections')
    .values({ ...row, credential_version: version })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({
        ...row,
        updated_at: sql<Date>`now()`,
        ...(change.credentialChanged ? { credential_version: version } : {}),
      }),
    )
    .execute();
  await announce(trx, name);
}

async function announce(trx: Trx, name: string): Promise<void> {
  await sql`select pg_notify(${CONNECTIONS_CHANNEL}, ${name})`.execute(trx);
}

/** Opens filled and listening. */
export async function openConnectionStore(options: ConnectionStoreOptions): Promise<ConnectionStore> {
  const { database, ring, extraRegions = [], log } = options;
  const { db } = database;
  const mirror = await openMirror<StoredConnection>({
    database,
    channel: CONNECTIONS_CHANNEL,
    log,
    versionOf: ({ version }) => version,
    async load() {
      const rows = await db.selectFrom('connections').selectAll().execute();
      return new Map(rows.map((row) => [row.name, fromRow(ring, row)]));
    },
    async loadOne(name) {
      const row = await db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? undefined : fromRow(ring, row);
    },
  });

  // The hot paths ask for the same connection over and over.
  const connections = new WeakMap<StoredConnection, Connection>();
  function find(name: string): Connection | undefined {
    const stored = mirror.get(name);
    if (stored === undefined) return undefined;
    const connection = connections.get(stored) ?? toConnection(stored);
    connections.set(stored, connection);
    return connection;
  }

  return {
    find,
    get(name) {
      const connection = find(name);
      if (connection === undefined) throw new BridgeError('not_found');
      return connection;
    },
    view(name) {
      const stored = mirror.get(name);
      return stored === undefined ? undefined : toConnectionView(stored);
    },
    list: () =>
      [...mirror.entries().values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((stored) => toConnectionView(stored)),
    hasWrongKey() {
      const stored = [...mirror.entries().values()].map(({ secrets }) => secrets);
      const opened = stored.filter((secrets) => !(secrets instanceof BridgeError));
      return opened.length < stored.length && opened.every((secrets) => Object.keys(secrets).length === 0);
    },
    async put(name, body, { expectedVersion } = {}) {
      const outcome = await db.transaction().execute(async (trx) => {
        const stored = await readForUpdate(trx, ring, name);
        const content = contentOf(stored);
        const parsed = parseConnectionInput(body, {
          name,
          extraRegions,
          ...(content === undefined ? {} : { stored: content }),
        });
        assertVersion('connection', name, stored?.version, expectedVersion ?? parsed.expectedVersion);
        const change = changeOf(stored, parsed);
        if (change.outcome !== 'unchanged') await write(trx, ring, name, parsed, change);
        return change.outcome;
      });
      await mirror.refresh(name);
      const stored = mirror.get(name);
      if (stored === undefined) throw changedSince('connection', name);
      return { connection: toConnectionView(stored), outcome };
    },
    async remove(name) {
      const removed = await db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('connections')
          .where('name', '=', name)
          .executeTakeFirst();
        if (numDeletedRows > 0n) await announce(trx, name);
        return numDeletedRows > 0n;
      });
      await mirror.refresh(name);
      return removed;
    },
    onChange: (listener) => mirror.onChange(listener),
    close: () => mirror.close(),
  };
}
