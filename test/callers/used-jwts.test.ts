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
  let nowMs = 0;

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
    const table = createJwtTable(database, () => nowMs);
    await table.use('org', 'alive', inAnHour());
    await table.use('org', 'expired', Date.now() - 1_000);
    expect(await count()).toBe(2);
    nowMs += 61_000;
    await table.use('org', 'later', inAnHour());
    const deadline = performance.now() + 5_000;
    while ((await count()) !== 2 && performance.now() < deadline) await new Promise(setImmediate);
    const { rows } = await sql`select 1 from used_jwts where expires_at < now()`.execute(database.db);
    expect(rows).toEqual([]);
  });
});
