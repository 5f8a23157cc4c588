import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
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

  test('outlives the loss of every connection of its pool', async () => {
    const database = await server.open();
    await database.health();
    const admin = new pg.Client(server.adminUrl);
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purecloud-bridge'`,
    );
    await admin.end();
    let attempts = 0;
    while (!(await database.health()).healthy && attempts < 100) attempts += 1;
    expect(await database.health()).toMatchObject({ healthy: true });
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
