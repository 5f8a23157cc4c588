import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { createListener } from '../../server/database/listener.ts';
import { MIGRATIONS } from '../../server/database/migrations/list.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import { quietLog, startPostgres, type PostgresServer } from '../support/databases.ts';
import { spawnDatabase } from '../support/spawned-database.ts';
import { batteryOfTests } from './all-batteries.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server.stop();
});

batteryOfTests('PostgreSQL server', () => server);

describe('the database on a server', () => {
  test('is migrated once by processes that start at the same moment', async () => {
    const url = await server.createDatabase();
    const processes = Array.from({ length: 3 }, () => spawnDatabase('open', '/unused', url));
    expect(await Promise.all(processes.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select name from bridge_migrations order by name');
    await client.end();
    expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  test('is migrated by instances that start together, whichever isolation its transactions have by default', async () => {
    const databaseUrl = await server.createDatabase();
    const older = MIGRATIONS.slice(0, 10);
    const options = { databaseUrl, dataDir: '/unused', log: quietLog };
    const first = await openDatabase({ ...options, migrations: older });
    const name = new URL(databaseUrl).pathname.slice(1);
    await sql`alter database ${sql.id(name)} set default_transaction_isolation = 'repeatable read'`.execute(
      first.db,
    );
    await first.close();
    const opened = await Promise.allSettled([1, 2, 3, 4].map(() => openDatabase(options)));
    for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
    expect(opened.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  });

  test('keeps every acknowledged row of a process that is killed while it writes', async () => {
    const url = await server.createDatabase();
    const writer = spawnDatabase('write', '/unused', url);
    await writer.line((line) => line === '200');
    await writer.kill();
    const acknowledged = writer.lines.filter((line) => /^\d+$/.test(line)).length;
    const database = await openDatabase({ databaseUrl: url, dataDir: '/unused', log: quietLog });
    const { rows } = await sql<{ n: number }>`select n from written order by n`.execute(database.db);
    await database.close();
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
  });

  test('listens again after its connection was cut, and says that it may have missed something', async () => {
    const database = await server.open();
    const gap = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<string>();
    await database.listen('after_cut', { onMessage: heard.resolve, onGap: gap.resolve });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where query = 'listen after_cut' and datname = current_database()`.execute(database.db);
    await gap.promise;
    await sql`select pg_notify('after_cut', 'still there')`.execute(database.db);
    expect(await heard.promise).toBe('still there');
    await database.close();
  });

  test('leaves no connection behind where it cannot listen, however often it tries', async () => {
    const url = await server.createDatabase();
    const listener = createListener({
      log: quietLog,
      async connect() {
        const client = new pg.Client({ connectionString: url, application_name: 'cannot-listen' });
        await client.connect();
        // In a transaction that has failed nothing works any more, as LISTEN does not on a standby.
        await client.query('begin');
        await client.query('select 1 / 0').catch(() => undefined);
        return client;
      },
    });
    await expect(listener.listen('nothing', { onMessage: () => undefined })).rejects.toThrow('aborted');
    const database = await openDatabase({ databaseUrl: url, dataDir: '/unused', log: quietLog });
    const left = async () =>
      (
        await sql`select 1 from pg_stat_activity where application_name = 'cannot-listen'`.execute(
          database.db,
        )
      ).rows;
    const deadline = performance.now() + 5_000;
    while ((await left()).length > 0 && performance.now() < deadline) await new Promise(setImmediate);
    expect(await left()).toEqual([]);
    await listener.close();
    await database.close();
  });

  test('outlives the loss of every connection of its pool', async () => {
    const database = await server.open();
    await database.health();
    const admin = new pg.Client(server.adminUrl);
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purecloud-bridge'`,
    );
    await admin.end();
    let health = await database.health();
    for (let tries = 0; !health.healthy && tries < 100; tries += 1) health = await database.health();
    expect(health).toMatchObject({ healthy: true });
    await database.close();
  });

  test.each([
    { name: 'a wrong password', reason: 'refused', change: (url: URL) => (url.password = 'canary-wrong') },
    {
      name: 'a database that is not there',
      reason: 'missing',
      change: (url: URL) => (url.pathname = '/nowhere'),
    },
    { name: 'a port where nothing listens', reason: 'unreachable', change: (url: URL) => (url.port = '1') },
  ])('says of $name: $reason, and never the password', async ({ change, reason }) => {
    const url = new URL(server.adminUrl);
    const { password } = url;
    change(url);
    const error: unknown = await openDatabase({
      databaseUrl: url.href,
      dataDir: '/unused',
      log: quietLog,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'unavailable',
      options: { details: { reason }, remedy: expect.any(String) },
    });
    expect(String((error as Error).message)).not.toMatch(new RegExp(`${password}|canary`));
  });
});
