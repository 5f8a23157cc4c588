import { describe, expect, test } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import { migrate, type Migration } from '../../server/database/migrate.ts';
import { MIGRATIONS } from '../../server/database/migrations/list.ts';
import type { ContextOf } from './battery-context.ts';

function creates(name: string, table: string): Migration {
  return {
    name,
    async up(db) {
      await sql`create table ${sql.table(table)} (n integer)`.execute(db);
    },
  };
}

export function databaseBattery(contextOf: ContextOf): void {
  const raw = () => contextOf().database.db as Kysely<unknown>;

  describe('migrations', () => {
    test('have names that sort in the order they run, each once', () => {
      const names = MIGRATIONS.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)].sort());
    });

    test('run once', async () => {
      expect(await migrate(raw(), MIGRATIONS)).toEqual([]);
    });

    test('of a newer version are refused in plain words', async () => {
      await expect(migrate(raw(), MIGRATIONS.slice(1))).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(MIGRATIONS[0]!.name),
        options: { details: { reason: 'newer' } },
      });
    });

    test('leave nothing behind when one of them fails', async () => {
      const failing: Migration = { name: '9001-b', up: () => Promise.reject(new Error('no')) };
      await expect(migrate(raw(), [...MIGRATIONS, creates('9000-a', 'half_way'), failing])).rejects.toThrow(
        'no',
      );
      const { rows } = await sql`select to_regclass('half_way') as found`.execute(raw());
      expect(rows).toEqual([{ found: null }]);
    });
  });

  test('gives numbers, instants, JSON and null back alike', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    const { rows } = await sql`
      select 9007199254740991::bigint as big, ${at.toISOString()}::timestamptz as at,
             ${JSON.stringify({ list: [1, 'two'] })}::jsonb as json, null::text as nothing, count(*) as count
      from (values (1), (2)) as two`.execute(raw());
    expect(rows).toEqual([
      { big: 9_007_199_254_740_991, at, json: { list: [1, 'two'] }, nothing: null, count: 2 },
    ]);
  });

  test('keeps a query beside a transaction out of it', async () => {
    await sql`create table beside (n integer)`.execute(raw());
    const inside = Promise.withResolvers<void>();
    const transaction = raw()
      .transaction()
      .execute(async (trx) => {
        await sql`insert into beside values (1)`.execute(trx);
        inside.resolve();
        await new Promise(setImmediate);
        throw new Error('rolled back');
      });
    const failed = expect(transaction).rejects.toThrow('rolled back');
    await inside.promise;
    await sql`insert into beside values (2)`.execute(raw());
    await failed;
    expect((await sql`select n from beside`.execute(raw())).rows).toEqual([{ n: 2 }]);
  });

  test('tells every instance of a change when it is committed, and of none that was rolled back', async () => {
    const { database, other } = contextOf();
    const heard: string[] = [];
    const done = Promise.withResolvers<void>();
    const stop = await other.listen('battery_changes', {
      onMessage(payload) {
        heard.push(payload);
        if (payload === 'last') done.resolve();
      },
    });
    const notify = (payload: string) => sql`select pg_notify('battery_changes', ${payload})`;
    await notify('first').execute(raw());
    await expect(
      database.db.transaction().execute(async (trx) => {
        await notify('rolled back').execute(trx);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await notify('last').execute(raw());
    await done.promise;
    await stop();
    expect(heard).toEqual(['first', 'last']);
  });

  test('refuses a channel name that is not one', async () => {
    await expect(
      contextOf().database.listen('a; drop table x', { onMessage: () => undefined }),
    ).rejects.toThrow('not a channel name');
  });

  test('answers a health check', async () => {
    expect(await contextOf().database.health()).toEqual({ healthy: true, latencyMs: expect.any(Number) });
  });
}
