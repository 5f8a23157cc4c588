/**
 * Shows the other instances that an owner of grant locks is alive: a shared advisory lock of PostgreSQL, held by a session of its own.
 * The database lets it go the moment the process is gone, killed or not, so that nobody waits for the end of a dead owner's lock.
 */
import { sql, type RawBuilder } from 'kysely';
import pg from 'pg';
import type { Database } from '../database/database.ts';
import type { BrokerLog } from './broker-observers.ts';

/** Which session it was; nothing to call. */
export type PresenceSession = object;

export interface OwnerPresence {
  /** Resolves when the owner is seen to be alive; at once where it is. @returns the session that shows it. @throws where the database is away. */
  ensure(owner: string): Promise<PresenceSession>;
  /** That session turned out to be gone, before its end was heard of here: the next `ensure` opens another. */
  doubt(session: PresenceSession): void;
  close(): Promise<void>;
}

const RETAKE_MS = 200;
const CONNECT_TIMEOUT_MS = 5_000;
/** A firewall drops an idle session without a word; the other instances would then take this one for dead. */
const PING_MS = 5_000;
const PING_TIMEOUT_MS = 3_000;
/** A database that has just started has seen no one yet: all are given this long to show themselves. */
const RESTART_GRACE = sql`interval '5 seconds'`;

const TAKE = 'select pg_advisory_lock_shared(hashtextextended($1, 0))';

/** SQL: someone holds the presence of this owner, now and not when the statement began: the view of the locks is no part of a snapshot. */
export function isOwnerPresent(owner: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted and objsubid = 1
      and (classid::bigint << 32) | objid::bigint = hashtextextended(${owner}, 0))`;
}

/** SQL: nobody holds the presence of the owner named in this column. False where the column is null: the locks are then not looked at. */
export function isOwnerMissing(column: string, kind: Database['kind']): RawBuilder<boolean> {
  const isSettled =
    kind === 'embedded' ? sql`true` : sql`clock_timestamp() - pg_postmaster_start_time() > ${RESTART_GRACE}`;
  return sql<boolean>`(case when ${sql.ref(column)} is null then false
    else ${isSettled} and not ${isOwnerPresent(sql.ref(column))} end)`;
}

/** The embedded database has one session, ours, and one process: all owners live and end with it. */
function createEmbeddedPresence(query: (text: string, values: string[]) => Promise<unknown>): OwnerPresence {
  const taken = new Map<string, Promise<unknown>>();
  return {
    async ensure(owner) {
      const known = taken.get(owner) ?? query(TAKE, [owner]);
      taken.set(owner, known);
      await known.catch((error: unknown) => {
        taken.delete(owner);
        throw error;
      });
      return taken;
    },
    doubt: () => {
      taken.clear();
    },
    close: () => Promise.resolve(),
  };
}

function createServerPresence(connectionString: string, log: BrokerLog): OwnerPresence {
  const owners = new Set<string>();
  let session: Promise<pg.Client> | undefined;
  let present: pg.Client | undefined;
  let isClosed = false;
  let retake: NodeJS.Timeout | undefined;

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString,
      application_name: 'purecloud-bridge-presence',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: PING_TIMEOUT_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const owner of owners) await client.query(TAKE, [owner]);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    const ping = setInterval(() => {
      client.query('select 1').catch(() => client.connection.stream.destroy());
    }, PING_MS).unref();
    present = client;
    client.once('end', () => {
      clearInterval(ping);
      if (present === client) lost();
    });
    return client;
  }

  function lost(): void {
    session = undefined;
    present = undefined;
    if (isClosed) return;
    log.warn({}, 'The session that shows this instance alive was lost; it is taken up again.');
    retakeLater();
  }

  function retakeLater(): void {
    if (isClosed) return;
    retake = setTimeout(() => void open().catch(() => undefined), RETAKE_MS).unref();
  }

  function open(): Promise<pg.Client> {
    clearTimeout(retake);
    session ??= connect().catch((error: unknown) => {
      session = undefined;
      // Whoever asked for it: a grant may be under way, and its lock would be taken for that of a dead owner.
      if (owners.size > 0) retakeLater();
      throw error;
    });
    return session;
  }

  return {
    async ensure(owner) {
      const client = await open();
      if (owners.has(owner)) return client;
      await client.query(TAKE, [owner]);
      owners.add(owner);
      return client;
    },
    doubt(doubted) {
      const client = present;
      if (client === undefined || client !== doubted) return;
      lost();
      client.end().catch(() => undefined);
    },
    async close() {
      isClosed = true;
      clearTimeout(retake);
      const open = await session?.catch(() => undefined);
      await open?.end();
    },
  };
}

export function createOwnerPresence(database: Database, log: BrokerLog): OwnerPresence {
  const { raw } = database;
  return raw.kind === 'embedded'
    ? createEmbeddedPresence((text, values) => raw.pglite.query(text, values))
    : createServerPresence(raw.connectionString, log);
}
