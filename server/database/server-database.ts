/** A PostgreSQL server by DATABASE_URL: a pool for queries and one connection that listens. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { checkHealth } from './health-check.ts';
import { createListener, PING_MS, type DatabaseLog } from './listener.ts';
import { endingWhenSilent } from './silent-line.ts';
import { createStrandedLines } from './stranded-lines.ts';
import type { Tables } from './tables.ts';

// Ten per instance: PostgreSQL's default of 100 then carries several instances and their listeners.
const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
// Longer than any query of the bridge; a query that waits longer is stuck.
const STATEMENT_TIMEOUT_MS = 90_000;
/** To look whether a server is there and what it works on. */
const LOOK_MS = 5_000;
/** What the server may be late with the word that a statement took too long, or with the answer to a ping. */
const LATE_MS = 5_000;
const INT8_OID = 20;

/** The server's 8-byte integers as numbers, as the embedded database gives them: no count or version of the bridge nears 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text'): unknown =>
    oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Host and port of the address, without user, password and database. */
export function hostOf(databaseUrl: string): string {
  return URL.parse(databaseUrl)?.host ?? 'in DATABASE_URL';
}

export interface ServerOptions {
  databaseUrl: string;
  log: DatabaseLog;
  /** After which a line in use is asked about. */
  silentMs?: number;
}

export function openServer({ databaseUrl, log, silentMs }: ServerOptions): Database {
  const config: pg.ClientConfig = {
    connectionString: databaseUrl,
    application_name: 'purecloud-bridge',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
  };
  const stranded = createStrandedLines({
    async connect() {
      const client = new pg.Client({ ...config, query_timeout: LOOK_MS, stream: endingWhenSilent(LOOK_MS) });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    onEnded(lines) {
      log.warn({ lines }, 'The database server behind connections in use is gone; they were ended.');
      listener.renew();
    },
    ...(silentMs === undefined ? {} : { silentMs }),
  });
  /** The pool waits for it, which its types do not say. */
  const whenConnected = { onConnect: stranded.learn };
  const pool = new pg.Pool({
    ...config,
    max: CONNECTIONS_MAX,
    ...whenConnected,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    stream: endingWhenSilent(STATEMENT_TIMEOUT_MS + LATE_MS),
  });
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', (error) => {
    log.warn({ code: (error as NodeJS.ErrnoException).code }, 'An idle connection to the database was lost.');
  });
  // The pool listens to idle ones alone: one that breaks between two queries of a transaction would end the process as well. Its next
  // query fails, and says so to whoever asks.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  const listener = createListener({
    log,
    async connect() {
      const client = new pg.Client({ ...config, stream: endingWhenSilent(PING_MS + LATE_MS) });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
  });
  const stopLooking = stranded.watch(pool);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let closing: Promise<void> | undefined;
  return {
    kind: 'server',
    db,
    raw: { kind: 'server', pool, connectionString: databaseUrl },
    listen: (channel, subscriber) => listener.listen(channel, subscriber),
    health: () => checkHealth(db),
    close: () =>
      (closing ??= (async () => {
        stopLooking();
        await listener.close();
        await db.destroy();
        // Kysely ends the pool only where it has used it.
        if (!pool.ended) await pool.end();
      })()),
  };
}
