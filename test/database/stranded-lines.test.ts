/** A database host that fails over: what waited on the old one is told soon, and the successor is used. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../server/database/database.ts';
import { openServer } from '../../server/database/server-database.ts';
import { quietLog, startPostgres, type PostgresServer } from '../support/databases.ts';
import { startFaultyLink, type FaultyLink } from '../support/faulty-link.ts';

const SILENT_MS = 300;
/** As many as the pool has. */
const LINES = 10;

let server: PostgresServer;
let link: FaultyLink;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  const url = new URL(server.adminUrl);
  link = await startFaultyLink(Number(url.port));
  url.port = String(link.port);
  database = openServer({ databaseUrl: url.href, log: quietLog, silentMs: SILENT_MS });
}, 60_000);
afterAll(async () => {
  await link.close();
  await database.close();
  await server.stop();
});

const select = () => sql<{ one: number }>`select 1 as one`.execute(database.db);
const sleepFor = (seconds: number) => sql`select pg_sleep(${seconds})`.execute(database.db);

test('lines whose server is gone without a word are ended, all at once, and what listens listens anew', async () => {
  let gaps = 0;
  const heard = Promise.withResolvers<string>();
  await database.listen('bridge_stranded', {
    onMessage: (text) => heard.resolve(text),
    onGap: () => (gaps += 1),
  });
  await Promise.all(Array.from({ length: LINES }, () => sleepFor(0.05)));
  link.strand();
  const waiting = await Promise.allSettled(Array.from({ length: LINES }, select));
  expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(['rejected']));
  expect((await select()).rows).toEqual([{ one: 1 }]);
  expect(await database.health()).toMatchObject({ healthy: true });
  while (gaps === 0) await new Promise((resolve) => setImmediate(resolve));
  await sql`select pg_notify('bridge_stranded', 'again')`.execute(database.db);
  expect(await heard.promise).toBe('again');
});

test('a statement that takes its time is left alone, however silent its line is', async () => {
  await expect(sleepFor((SILENT_MS * 4) / 1_000)).resolves.toBeDefined();
});
