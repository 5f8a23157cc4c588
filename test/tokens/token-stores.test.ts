/** The stores, held to one battery: in memory, on the embedded database, and on a PostgreSQL server with two instances. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../server/database/database.ts';
import { rotateSecrets } from '../../server/database/rotate-secrets.ts';
import { generateSecretKey, type KeyRing } from '../../server/database/sealed-secret.ts';
import { Secret } from '../../server/secret.ts';
import { createMemoryTokenStore } from '../../server/tokens/memory-token-store.ts';
import { openPostgresTokenStore, TOKEN_SECRETS } from '../../server/tokens/postgres-token-store.ts';
import type { TokenStore } from '../../server/tokens/token-store.ts';
import {
  startEmbedded,
  startPostgres,
  type PostgresServer,
  type TestDatabases,
} from '../support/databases.ts';
import { describeTokenStore } from './store-battery.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const key = generateSecretKey();
const ring: KeyRing = { current: key, previous: [] };

const memory = createMemoryTokenStore();
describeTokenStore('in memory', { store: () => memory, other: () => memory });

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

function describeOn(title: string, start: () => Promise<TestDatabases>): void {
  describe(title, () => {
    let databases: TestDatabases;
    let database: Database;
    let store: TokenStore;
    let other: TokenStore;

    beforeAll(async () => {
      databases = await start();
      database = await databases.open();
      store = await openPostgresTokenStore(database, ring, quiet);
      other = databases.openAgain
        ? await openPostgresTokenStore(await databases.openAgain(), ring, quiet)
        : store;
    }, 60_000);

    afterAll(async () => {
      await store.close();
      await other.close();
      await databases.stop();
    });

    describeTokenStore('holds to the battery', { store: () => store, other: () => other });

    async function holdToken(name: string): Promise<void> {
      await store.acquire({ name, owner: 'a', credentialVersion: 1, expectedEpoch: 0, ttlMs: 1_000 });
      const accessToken = new Secret('canary-in-the-database');
      const times = {
        expiresInMs: 60_000,
        lifeMs: 60_000,
        grantNotBeforeInMs: 0,
        rejectionsInARow: 0,
        generationFloor: 0,
      };
      const result = { kind: 'token', accessToken, tokenType: 'Bearer', ...times } as const;
      await store.publish({ name, owner: 'a', epoch: 1, credentialVersion: 1, result });
    }

    test('case 25: a token is sealed in the database, and one that was tampered with counts as absent', async () => {
      await holdToken('sealed');
      const { rows } = await sql<{
        row: string;
      }>`select to_json(t)::text as row from connection_tokens t`.execute(database.db);
      expect(JSON.stringify(rows)).not.toContain('canary-in-the-database');
      await sql`update connection_tokens set secrets = jsonb_set(secrets, '{accessToken}',
        to_jsonb(overlay(secrets->>'accessToken' placing 'AAAA' from 60 for 4))) where connection = 'sealed'`.execute(
        database.db,
      );
      const record = await store.read('sealed');
      expect(record?.generation).toBe(1);
      expect(record?.token).toBeUndefined();
    });

    test('opens a token of one connection in no other', async () => {
      await holdToken('mine');
      await holdToken('yours');
      await sql`update connection_tokens set secrets = (select secrets from connection_tokens where connection = 'yours')
        where connection = 'mine'`.execute(database.db);
      expect((await store.read('mine'))?.token).toBeUndefined();
    });

    test('keeps its tokens when the key is rotated', async () => {
      await sql`delete from connection_tokens`.execute(database.db);
      await holdToken('rotated');
      const next = generateSecretKey();
      await rotateSecrets(database, { from: key, to: next, columns: [TOKEN_SECRETS] });
      const reopened = await openPostgresTokenStore(database, { current: next, previous: [] }, quiet);
      expect((await reopened.read('rotated'))?.token?.accessToken.reveal()).toBe('canary-in-the-database');
      await reopened.close();
    });
  });
}

describeOn('on the embedded database', startEmbedded);
describeOn('on a PostgreSQL server', () => Promise.resolve({ ...server, stop: () => Promise.resolve() }));

describe('the presence of an owner on a PostgreSQL server', () => {
  let database: Database;
  let nowMs = 0;
  const stores: TokenStore[] = [];
  const openStore = async () => {
    const store = await openPostgresTokenStore(await server.openAgain!(), ring, quiet, () => nowMs);
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    database = await server.open();
    // A server that has just started is not believed about who is missing; the others have used most of that time.
    await sql`select pg_sleep(greatest(0, 5.1 - extract(epoch from clock_timestamp() - pg_postmaster_start_time())))`.execute(
      database.db,
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });

  const endPresence = () =>
    sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where application_name = 'purecloud-bridge-presence'`.execute(database.db);
  const acquire = (store: TokenStore, owner: string, expectedEpoch: number, name: string) =>
    store.acquire({ name, owner, credentialVersion: 1, expectedEpoch, ttlMs: 26_000 });
  const holders = async (owner: string) =>
    (
      await sql`select 1 from pg_locks where locktype = 'advisory' and granted
        and (classid::bigint << 32) | objid::bigint = hashtextextended(${owner}, 0)`.execute(database.db)
    ).rows.length;

  test('a living one that lost its session keeps its lock', async () => {
    const [holder, other] = [await openStore(), await openStore()];
    expect(await acquire(holder, 'living', 0, 'flap')).toMatchObject({ outcome: 'acquired' });
    await endPresence();
    expect((await other.read('flap'))?.lock?.remainingMs).toBeGreaterThan(0);
    expect(await acquire(other, 'other', 1, 'flap')).toEqual({ outcome: 'changed' });
  });

  test('one that is gone loses its lock after two seconds of looking, and not before', async () => {
    const [holder, other] = [await openStore(), await openStore()];
    await acquire(holder, 'dying', 0, 'gone');
    await holder.close();
    const remaining = async (afterMs: number) => {
      nowMs += afterMs;
      return (await other.read('gone'))?.lock?.remainingMs;
    };
    expect(await remaining(0)).toBeGreaterThan(0);
    expect(await remaining(1_000)).toBeGreaterThan(0);
    expect(await acquire(other, 'heir', 1, 'gone')).toEqual({ outcome: 'changed' });
    expect(await remaining(1_000)).toBe(0);
    expect(await acquire(other, 'heir', 1, 'gone')).toMatchObject({ outcome: 'acquired', epoch: 2 });
  });

  test('nobody gets a lock who is not seen to be alive in the same moment', async () => {
    const store = await openStore();
    for (let epoch = 0; epoch < 5; epoch += 1) {
      await endPresence();
      expect(await acquire(store, 'cut-off', epoch, 'same-moment')).toMatchObject({ outcome: 'acquired' });
      expect(await holders('cut-off')).toBeGreaterThan(0);
    }
  });
});
