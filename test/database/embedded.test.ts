import { mkdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { readlinkSync, utimesSync } from 'node:fs';
import { hostname, platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { PGlite } from '@electric-sql/pglite';
import type { Database } from '../../server/database/database.ts';
import { lockDirectory } from '../../server/database/directory-lock.ts';
import { openDatabase } from '../../server/database/open-database.ts';
import {
  embeddedDataDirectory,
  quietLog,
  startEmbedded,
  temporaryDirectory,
  type TestDatabases,
} from '../support/databases.ts';
import { spawnDatabase } from '../support/spawned-database.ts';
import { batteryOfTests } from './all-batteries.ts';

let embedded: TestDatabases;
const directories: string[] = [];

beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(async () => {
  await embedded.stop();
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function dataDirectory(make = embeddedDataDirectory): Promise<string> {
  const directory = await make();
  directories.push(directory);
  return directory;
}

function open(dataDir: string): Promise<Database> {
  return openDatabase({ dataDir, log: quietLog });
}

async function reasonOf(opening: Promise<unknown>): Promise<unknown> {
  return await opening.then(
    () => 'opened',
    (error: { options?: { details?: { reason?: string } } }) => error.options?.details?.reason ?? error,
  );
}

batteryOfTests('embedded', () => embedded);

describe('the embedded database', () => {
  test('is opened again where it has ended itself because its log could not be written, with all that was answered', async () => {
    const dataDir = await dataDirectory();
    const database = await open(dataDir);
    const [log, away] = [join(dataDir, 'database', 'pg_wal'), join(dataDir, 'pg_wal.away')];
    const gap = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<string>();
    await database.listen('after_panic', { onMessage: heard.resolve, onGap: gap.resolve });
    await sql`create table answered (n int)`.execute(database.db);
    await sql`insert into answered values (1)`.execute(database.db);
    await rename(log, away);
    const write = () =>
      sql`select pg_logical_emit_message(false, 'log', repeat('x', 1000000))`.execute(database.db);
    const inTransaction = () => database.db.transaction().execute(async (trx) => sql`select 1`.execute(trx));
    const atTheSameMoment: Promise<unknown>[] = [];
    const endsBesideOthers = async () => {
      for (;;) {
        const written = write();
        atTheSameMoment.push(inTransaction());
        await written;
      }
    };
    await expect(endsBesideOthers()).rejects.toMatchObject({ severity: 'PANIC' });
    await expect(atTheSameMoment.at(-1)).rejects.toThrow();
    await expect(inTransaction()).rejects.toThrow('does not open again');
    await expect(write()).rejects.toThrow('does not open again');
    expect(await database.health()).toMatchObject({ healthy: false });
    await rename(away, log);
    const deadline = performance.now() + 20_000;
    while (!(await database.health()).healthy && performance.now() < deadline) await sleep(50);
    await gap.promise;
    expect((await sql`select n from answered`.execute(database.db)).rows).toEqual([{ n: 1 }]);
    await database.db.transaction().execute(async (trx) => {
      await sql`insert into answered values (2)`.execute(trx);
      await sql`select pg_notify('after_panic', 'heard')`.execute(trx);
    });
    expect(await heard.promise).toBe('heard');
    await database.close();
  }, 60_000);

  test('keeps every acknowledged row of a process that is killed while it writes', async () => {
    const dataDir = await dataDirectory();
    const writer = spawnDatabase('write', dataDir);
    await writer.line((line) => line === '200');
    await writer.kill();
    const acknowledged = writer.lines.filter((line) => /^\d+$/.test(line)).length;
    const database = await open(dataDir);
    const { rows } = await sql<{ n: number }>`select n from written order by n`.execute(database.db);
    await database.close();
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
    expect(rows.map(({ n }) => n)).toEqual(rows.map((_, index) => index + 1));
  });

  test('flushes its log to the disk at a commit, and not for a commit that need not last', async () => {
    const database = await embedded.open();
    const { pglite } = database.raw as { pglite: PGlite };
    const { stream_ops: operations } = (
      pglite.Module as unknown as { NODEFS: { stream_ops: { fsync: (stream: unknown) => number } } }
    ).NODEFS;
    const real = operations.fsync;
    const results: number[] = [];
    operations.fsync = (stream) => {
      const result = real(stream);
      results.push(result);
      return result;
    };
    await sql`create table flushed (n integer)`.execute(database.db);
    results.length = 0;
    await sql`insert into flushed values (1)`.execute(database.db);
    expect(results).toEqual([0]);
    await database.db.transaction().execute(async (trx) => {
      await sql`set local synchronous_commit = off`.execute(trx);
      await sql`insert into flushed values (2)`.execute(trx);
    });
    expect(results).toEqual([0]);
  });

  test('is refused to a second process, which is told who has it, and is free when that one was killed', async () => {
    const dataDir = await dataDirectory();
    const holder = spawnDatabase('hold', dataDir);
    await holder.line((line) => line === 'open');
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`process ${holder.pid} on this host`),
      options: { details: { reason: 'locked' } },
    });
    await holder.kill();
    await (await open(dataDir)).close();
  });

  test('is refused to a second opening in the same process, until the first is closed', async () => {
    const dataDir = await dataDirectory();
    const first = await open(dataDir);
    expect(await reasonOf(open(dataDir))).toBe('locked');
    await Promise.all([first.close(), first.close()]);
    await (await open(dataDir)).close();
  });

  test.each([
    {
      name: 'a log that was cut off',
      reason: 'damaged',
      harm: (store: string) => truncate(join(store, 'global/pg_control'), 100),
    },
    {
      name: 'a missing catalogue',
      reason: 'damaged',
      harm: (store: string) => rm(join(store, 'PG_VERSION')),
    },
    {
      name: 'another version',
      reason: 'otherVersion',
      harm: (store: string) => writeFile(join(store, 'PG_VERSION'), '17\n'),
    },
    {
      name: 'a file in its place',
      reason: 'notADirectory',
      harm: async (store: string) => {
        await rm(store, { recursive: true });
        await writeFile(store, '');
      },
    },
  ])('says of $name: $reason, and lets go of the lock', async ({ harm, reason }) => {
    const dataDir = await dataDirectory();
    await harm(join(dataDir, 'database'));
    expect(await reasonOf(open(dataDir))).toBe(reason);
    await expect(readFile(join(dataDir, 'database.lock'))).rejects.toThrow('ENOENT');
  });

  test('says so where the data directory is a file', async () => {
    const directory = await dataDirectory(temporaryDirectory);
    await writeFile(join(directory, 'file'), '');
    expect(await reasonOf(open(join(directory, 'file')))).toBe('notADirectory');
    expect(await reasonOf(open(join(directory, 'file', 'below')))).toBe('notADirectory');
  });
});

describe('the lock of a data directory', () => {
  async function leftBehind(changes: Record<string, unknown>): Promise<string> {
    const directory = await dataDirectory(temporaryDirectory);
    const holder = {
      id: 'left',
      pid: process.pid,
      processStart: '1',
      host: hostname(),
      namespace: platform() === 'linux' ? readlinkSync('/proc/self/ns/pid') : '',
      since: '2026-01-01T00:00:00.000Z',
    };
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'database.lock'), JSON.stringify({ ...holder, ...changes }));
    return directory;
  }

  test('is taken over where its process id belongs to another process now', async () => {
    await (await lockDirectory(await leftBehind({}))).release();
  });

  test('is taken over where its file is no lock', async () => {
    const directory = await leftBehind({});
    await writeFile(join(directory, 'database.lock'), '{');
    await (await lockDirectory(directory)).release();
  });

  test.each([
    { name: 'of another host', changes: { host: 'another-host' } },
    { name: 'of another container with the same name', changes: { namespace: 'pid:[1]' } },
  ])('$name holds while its heart beats, and no longer', async ({ changes }) => {
    const directory = await leftBehind(changes);
    await expect(lockDirectory(directory)).rejects.toThrow(`on ${changes.host ?? hostname()}`);
    const before = new Date(Date.now() - 11_000);
    await utimes(join(directory, 'database.lock'), before, before);
    await (await lockDirectory(directory, 1)).release();
  });

  test('of another host whose clock is behind holds as long as its heart beats', async () => {
    const directory = await leftBehind({ host: 'another-host' });
    let beats = 0;
    const beat = () => {
      const anHourAgo = new Date(Date.now() - 3_600_000 + (beats += 1));
      utimesSync(join(directory, 'database.lock'), anHourAgo, anHourAgo);
    };
    beat();
    const heart = setInterval(beat, 5);
    await expect(lockDirectory(directory, 500)).rejects.toThrow('on another-host');
    clearInterval(heart);
  });

  test('goes to exactly one of many who take it over at once', async () => {
    const directory = await leftBehind({});
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(directory)));
    const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(held).toHaveLength(1);
    await held[0]!.value.release();
  });
});
