/** What shows an owner of grant locks alive, over a line to a PostgreSQL server that is cut. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../server/database/database.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { openPostgresTokenStore } from '../../server/tokens/postgres-token-store.ts';
import type { TokenStore } from '../../server/tokens/token-store.ts';
import { quietLog, startPostgres, type PostgresServer } from '../support/databases.ts';
import { startFaultyLink, type FaultyLink } from '../support/faulty-link.ts';

const BACK_WITHIN_MS = 5_000;

let server: PostgresServer;
let link: FaultyLink;
let near: Database;
let far: Database;
let store: TokenStore;
let warnings = 0;
const lost = Promise.withResolvers<void>();

beforeAll(async () => {
  server = await startPostgres();
  link = await startFaultyLink(Number(new URL(server.adminUrl).port));
  const url = new URL(await server.createDatabase());
  near = await openDatabase({ databaseUrl: url.href, dataDir: '/unused', log: quietLog });
  url.port = String(link.port);
  far = await openDatabase({ databaseUrl: url.href, dataDir: '/unused', log: quietLog });
  store = await openPostgresTokenStore(
    far,
    { current: generateSecretKey(), previous: [] },
    {
      info: () => undefined,
      error: () => undefined,
      warn() {
        warnings += 1;
        lost.resolve();
      },
    },
  );
}, 60_000);

afterAll(async () => {
  await store.close();
  await Promise.all([near.close(), far.close()]);
  await link.close();
  await server.stop();
});

function acquire(name: string) {
  return store.acquire({ name, owner: 'cut-off', credentialVersion: 1, expectedEpoch: 0, ttlMs: 26_000 });
}

/** Process ids of the sessions by which the owner is seen: the server notices some time later that a line was cut. */
async function sessions(): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`select pid from pg_locks
    where locktype = 'advisory' and mode = 'ShareLock' and granted
      and (classid::bigint << 32) | objid::bigint = hashtextextended('cut-off', 0)`.execute(near.db);
  return rows.map(({ pid }) => pid);
}

test('is taken up again by itself when the line is back, although others tried in vain meanwhile, and said once', async () => {
  expect(await acquire('during-a-grant')).toMatchObject({ outcome: 'acquired' });
  const before = await sessions();
  await link.cut();
  await lost.promise;
  await expect(acquire('another')).rejects.toThrow();
  await link.heal();
  const isTakenUp = async () => (await sessions()).some((pid) => !before.includes(pid));
  const deadline = performance.now() + BACK_WITHIN_MS;
  while (!(await isTakenUp()) && performance.now() < deadline);
  expect([await isTakenUp(), before.length, warnings]).toEqual([true, 1, 1]);
});
