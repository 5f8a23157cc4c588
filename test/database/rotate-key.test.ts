import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { SEALED_COLUMNS } from '../../server/compose/compose-stores.ts';
import { loadConfig } from '../../server/config.ts';
import { openConnectionStore } from '../../server/connections/connection-store.ts';
import type { Database } from '../../server/database/database.ts';
import { createLiveKeyRing } from '../../server/database/live-key-ring.ts';
import { createKeyRotator, rotateKey } from '../../server/database/rotate-key.ts';
import { generateSecretKey, isSealedWith, type KeyRing } from '../../server/database/sealed-secret.ts';
import { loadSecretKeys, replaceKeyFile, SECRET_KEY_FILE } from '../../server/database/secret-key.ts';
import { quietLog, startEmbedded, temporaryDirectory, type TestDatabases } from '../support/databases.ts';

const NAMES = ['one', 'two', 'three'];
const columns = SEALED_COLUMNS;

let databases: TestDatabases;
let database: Database;
let dataDir: string;

beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
  dataDir = await temporaryDirectory();
});
afterAll(async () => {
  await databases.stop();
  await rm(dataDir, { recursive: true });
});
beforeEach(async () => {
  await database.db.deleteFrom('connections').execute();
});

async function put(ring: KeyRing, names: readonly string[]): Promise<void> {
  const store = await openConnectionStore({ database, ring, log: quietLog });
  for (const name of names)
    await store.put(name, {
      provider: 'purecloud',
      region: 'usw2',
      clientId: 'id',
      clientSecret: `of ${name}`,
    });
  await store.close();
}

/** As an instance that starts with these keys reads them. */
async function readAll(ring: KeyRing): Promise<(string | undefined)[]> {
  const store = await openConnectionStore({ database, ring, log: quietLog });
  const secrets = NAMES.map((name) => store.find(name)?.clientSecret?.reveal());
  await store.close();
  return secrets;
}

const ALL = NAMES.map((name) => `of ${name}`);

describe('the rotation of the key', () => {
  test('goes in steps with BRIDGE_SECRET_KEY, and every step reads all that is stored', async () => {
    const [old, next] = [generateSecretKey(), generateSecretKey()];
    await put({ current: old, previous: [] }, NAMES);
    const steps = [
      { ring: { current: old, previous: [] }, nextStep: 'addKey', resealed: 0 },
      { ring: { current: old, previous: [next] }, nextStep: 'dropOldKeys', resealed: 0 },
      { ring: { current: next, previous: [old] }, nextStep: 'dropOldKeys', resealed: 3 },
      { ring: { current: next, previous: [old] }, nextStep: 'dropOldKeys', resealed: 0 },
      { ring: { current: next, previous: [] }, nextStep: 'addKey', resealed: 0 },
    ];
    for (const { ring, ...result } of steps) {
      const rotation = await rotateKey({ database, columns, ring: createLiveKeyRing(ring) });
      expect(rotation).toEqual({ source: 'variable', ...result });
      expect(await readAll(ring)).toEqual(ALL);
    }
  });

  test('finishes one that was cut off at any point: the key file opens all that is stored', async () => {
    const [first, second] = [generateSecretKey(), generateSecretKey()];
    await put({ current: first, previous: [] }, ['one', 'two']);
    await put({ current: second, previous: [first] }, ['three']);
    await replaceKeyFile(dataDir, { current: second, previous: [first] });
    const ring = createLiveKeyRing(await loadSecretKeys({ dataDir, production: false }));
    expect(await readAll(ring)).toEqual(ALL);
    expect(await rotateKey({ database, columns, ring, keyFileDirectory: dataDir })).toMatchObject({
      resealed: 3,
    });
    const fromFile = await loadSecretKeys({ dataDir, production: false });
    expect(fromFile.previous).toEqual([]);
    expect(await readAll(fromFile)).toEqual(ALL);
    const rows = await database.db.selectFrom('connections').select('secrets').execute();
    expect(rows.every(({ secrets }) => isSealedWith(fromFile.current, secrets.clientSecret!))).toBe(true);
    expect(await readAll(ring)).toEqual(ALL);
  });

  test('keeps both keys in the file where something opens with neither', async () => {
    const [lost, present] = [generateSecretKey(), generateSecretKey()];
    await put({ current: lost, previous: [] }, ['one']);
    await put({ current: present, previous: [] }, ['two']);
    await replaceKeyFile(dataDir, { current: present, previous: [] });
    const ring = createLiveKeyRing({ current: present, previous: [] });
    await expect(rotateKey({ database, columns, ring, keyFileDirectory: dataDir })).rejects.toMatchObject({
      code: 'internal_error',
    });
    const keys = (await readFile(join(dataDir, SECRET_KEY_FILE), 'utf8')).trim().split('\n');
    expect(keys).toEqual([ring.current.key.reveal(), present.key.reveal()]);
  });

  test('leaves a key file alone that other processes have read', async () => {
    const key = generateSecretKey();
    await replaceKeyFile(dataDir, { current: key, previous: [] });
    const ring = createLiveKeyRing({ current: key, previous: [] });
    await expect(
      rotateKey({ database, columns, ring, keyFileDirectory: dataDir, isShared: true }),
    ).rejects.toMatchObject({ code: 'conflict', options: { remedy: expect.stringContaining('--offline') } });
    expect((await loadSecretKeys({ dataDir, production: false })).current.id).toBe(key.id);
  });

  test('finds both keys in BRIDGE_SECRET_KEY, and refuses it where one of them is none', () => {
    const [old, next] = [generateSecretKey(), generateSecretKey()].map(({ key }) => key.reveal());
    const config = loadConfig({ BRIDGE_SECRET_KEY: ` ${old}, ${next}` }, '/');
    expect(config.secretKey?.reveal()).toBe(`${old},${next}`);
    expect(() => loadConfig({ BRIDGE_SECRET_KEY: `${old},tooshort` }, '/')).toThrow(/BRIDGE_SECRET_KEY/);
  });

  test('is one, however many ask for it at once', async () => {
    await replaceKeyFile(dataDir, { current: generateSecretKey(), previous: [] });
    const ring = createLiveKeyRing(await loadSecretKeys({ dataDir, production: false }));
    await put(ring, NAMES);
    const rotate = createKeyRotator({ database, columns, ring, keyFileDirectory: dataDir });
    const before = ring.current.id;
    expect(await Promise.all([rotate(), rotate(), rotate()])).toEqual(
      Array.from({ length: 3 }, () => ({ source: 'file', resealed: 3, nextStep: 'none' })),
    );
    expect(ring.previous.map(({ id }) => id)).toEqual([before]);
  });

  // Answers that are kept for repeated requests live for a day, and one that no longer opens says so: they are left to that.
  test('reaches every column that holds sealed secrets', async () => {
    const { rows } = await sql<{ column: string }>`
      select table_name || '.' || column_name as column from information_schema.columns
      where table_schema = 'public' and table_name <> 'idempotency_keys' and (column_name like '%secret%' or column_name like '%sealed%')
      order by 1`.execute(database.db);
    expect(rows.map(({ column }) => column)).toEqual(
      columns.map(({ table, column }) => `${table}.${column}`).sort(),
    );
  });
});
