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
import { startEmbedded, startPostgres, type TestDatabases } from '../support/databases.ts';
import { describeTokenStore } from './store-battery.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const key = generateSecretKey();
const ring: KeyRing = { current: key, previous: [] };

const memory = createMemoryTokenStore();
describeTokenStore('in memory', { store: () => memory, other: () => memory });

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
describeOn('on a PostgreSQL server', startPostgres);
