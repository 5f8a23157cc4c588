import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createJwtTable } from '../../server/callers/used-jwts.ts';
import type { Database } from '../../server/database/database.ts';
import { startEmbedded, startPostgres, type TestDatabases } from '../support/databases.ts';

describe.each([
  { name: 'the embedded database', start: startEmbedded },
  { name: 'a PostgreSQL server', start: startPostgres },
])('the used JWTs on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let other: Database;
  const nowMs = 0;

  beforeAll(async () => {
    databases = await start();
    database = await databases.open();
    other = databases.openAgain === undefined ? database : await databases.openAgain();
  }, 60_000);
  afterAll(() => databases.stop());

  const inAnHour = () => Date.now() + 3_600_000;
  const count = async () => (await sql`select 1 from used_jwts`.execute(database.db)).rows.length;

  test('let one of many who show the same at once be the first, over all instances', async () => {
    const tables = [createJwtTable(database, () => nowMs), createJwtTable(other, () => nowMs)];
    const uses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => tables[index % 2]!.use('org', 'one', inAnHour())),
    );
    expect(uses.filter((use) => use === 'first')).toHaveLength(1);
    expect(await tables[0]!.use('other-org', 'one', inAnHour())).toBe('first');
  });

  test('take a jti of any characters', async () => {
    const table = createJwtTable(database, () => nowMs);
    for (const jti of ['\u0000', "'; drop table used_jwts; --", '\ud800', 'é'.repeat(256)]) {
      expect(await table.use('org', jti, inAnHour())).toBe('first');
      expect(await table.use('org', jti, inAnHour())).toBe('again');
    }
  });

  test('are deleted when they have expired, and not before', async () => {
    await sql`delete from used_jwts`.execute(database.db);
    await createJwtTable(database, () => nowMs).use('org', 'alive', inAnHour());
    // A new table prunes after its first use, without anybody waiting for it.
    await createJwtTable(database, () => nowMs).use('org', 'expired', Date.now() - 1_000);
    const deadline = performance.now() + 5_000;
    while ((await count()) !== 1 && performance.now() < deadline) await new Promise(setImmediate);
    const { rows } = await sql<{ alive: boolean }>`select expires_at > now() as alive from used_jwts`.execute(
      database.db,
    );
    expect(rows).toEqual([{ alive: true }]);
  });
});
