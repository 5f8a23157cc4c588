import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openConnectionStore, type ConnectionStore } from '../../server/connections/connection-store.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import type { ContextOf } from '../database/battery-context.ts';
import { quietLog } from '../support/databases.ts';

const CANARY = 'canary-4711-do-not-show';

function pureCloud(changes: Record<string, unknown> = {}) {
  return { provider: 'purecloud', region: 'us-west-2', clientId: 'an-id', clientSecret: CANARY, ...changes };
}

export function connectionStoreBattery(contextOf: ContextOf): void {
  describe('connection store', () => {
    const ring = { current: generateSecretKey(), previous: [] };
    let store: ConnectionStore;
    let elsewhere: ConnectionStore;

    beforeAll(async () => {
      store = await openConnectionStore({ database: contextOf().database, ring, log: quietLog });
      elsewhere = await openConnectionStore({ database: contextOf().other, ring, log: quietLog });
    });
    afterAll(async () => {
      await store.close();
      await elsewhere.close();
    });

    /** Resolves when the other instance has seen a change of this connection. */
    function seenElsewhere(name: string): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = elsewhere.onChange((changed) => {
        if (changed !== name) return;
        stop();
        resolve();
      });
      return promise;
    }

    test('reads its own write at once, completed with region and defaults', async () => {
      const { connection, outcome } = await store.put('complete', pureCloud());
      expect(outcome).toBe('created');
      expect(connection).toMatchObject({
        name: 'complete',
        region: 'us_west_2',
        url: 'https://login.usw2.pure.cloud/oauth/token',
        apiUrl: 'https://api.usw2.pure.cloud',
        grantType: 'client_credentials',
        credentialsInBody: false,
        requestsPerMinute: 300,
        tokenLifetimeSeconds: 1800,
        allowTokenHandout: true,
        clientSecretSet: true,
      });
      expect(store.get('complete').clientSecret?.reveal()).toBe(CANARY);
    });

    test('shows a secret nowhere: not in a view, not in the connection printed, not in the database', async () => {
      await store.put('hidden', pureCloud({ proxyUri: `http://user:${CANARY}@proxy.example:3128` }));
      const rows = await contextOf().database.db.selectFrom('connections').selectAll().execute();
      expect(JSON.stringify([store.list(), store.view('hidden'), rows])).not.toContain(CANARY);
      expect(store.view('hidden')?.proxyUri).toBe('http://user:***@proxy.example:3128/');
      expect(store.get('hidden').proxyUri).toBe(`http://user:${CANARY}@proxy.example:3128/`);
    });

    test('takes back what it showed, and changes nothing by it', async () => {
      await store.put('again', pureCloud({ proxyUri: 'http://user:word@proxy.example:3128' }));
      const shown = store.view('again')!;
      const { connection, outcome } = await store.put('again', JSON.parse(JSON.stringify(shown)));
      expect(outcome).toBe('unchanged');
      expect(connection).toEqual(shown);
      expect(store.get('again').proxyUri).toBe('http://user:word@proxy.example:3128/');
    });

    test('follows a changed region although the old addresses are sent back with it', async () => {
      await store.put('moves', pureCloud());
      const { connection } = await store.put('moves', { ...store.view('moves'), region: 'mypurecloud.de' });
      expect(connection.url).toBe('https://login.mypurecloud.de/oauth/token');
      expect(connection.apiUrl).toBe('https://api.mypurecloud.de');
    });

    test('keeps an absent secret, and replaces one that is sent', async () => {
      await store.put('keeps', pureCloud());
      await store.put('keeps', pureCloud({ clientSecret: undefined, timeoutSeconds: 20 }));
      expect(store.get('keeps').clientSecret?.reveal()).toBe(CANARY);
      await store.put('keeps', pureCloud({ clientSecret: 'another' }));
      expect(store.get('keeps').clientSecret?.reveal()).toBe('another');
    });

    test('raises the credential version by what signs in, and by nothing else', async () => {
      const first = (await store.put('versions', pureCloud())).connection;
      const rate = (await store.put('versions', pureCloud({ requestsPerMinute: 10 }))).connection;
      expect(rate.version).toBeGreaterThan(first.version);
      expect(rate.credentialVersion).toBe(first.credentialVersion);
      for (const change of [
        { clientSecret: 'new' },
        { clientId: 'new' },
        { scope: 'a b' },
        { region: 'usw2', contentType: 'application/json' },
        { region: 'mypurecloud.com' },
        { ignoreCertificateNameMismatch: true },
      ]) {
        const before = store.get('versions').credentialVersion;
        const after = (await store.put('versions', pureCloud(change))).connection.credentialVersion;
        expect({ change, rose: after > before }).toEqual({ change, rose: true });
      }
    });

    test('never repeats a version, not even of a connection that was removed and made again', async () => {
      const before = (await store.put('phoenix', pureCloud())).connection;
      expect(await store.remove('phoenix')).toBe(true);
      const after = (await store.put('phoenix', pureCloud())).connection;
      expect(after.credentialVersion).toBeGreaterThan(before.version);
    });

    test('refuses a change of what has changed since it was read', async () => {
      const { connection } = await store.put('contested', pureCloud());
      await store.put('contested', pureCloud({ timeoutSeconds: 30 }));
      await expect(store.put('contested', { ...connection, timeoutSeconds: 40 })).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(
        store.put('contested', pureCloud(), { expectedVersion: connection.version }),
      ).rejects.toMatchObject({ code: 'conflict' });
      expect(store.get('contested').timeoutSeconds).toBe(30);
    });

    test('creates at version 0 and replaces nothing, also of two who do so at once', async () => {
      const both = await Promise.allSettled(
        [store, elsewhere].map((each) => each.put('fresh', { ...pureCloud(), version: 0 })),
      );
      const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      expect(refused).toMatchObject([
        { code: 'conflict', options: { errors: [{ field: 'name', detail: 'is taken already' }] } },
      ]);
      await store.put('fresh', pureCloud({ timeoutSeconds: 30 }));
      await expect(store.put('fresh', { ...pureCloud(), version: 0 })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(store.get('fresh').timeoutSeconds).toBe(30);
    });

    test('gives each of many writers at once a version of its own, and loses none of them', async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? store : elsewhere).put('crowded', pureCloud({ timeoutSeconds: index + 1 })),
        ),
      );
      expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      const last = await contextOf()
        .database.db.selectFrom('connections')
        .select('version')
        .where('name', '=', 'crowded')
        .executeTakeFirstOrThrow();
      const created = results.find(({ outcome }) => outcome === 'created')!;
      expect(last.version).toBeGreaterThan(created.connection.version - 1);
      await store.put('crowded', pureCloud({ timeoutSeconds: 99 }));
      expect(store.get('crowded').timeoutSeconds).toBe(99);
    });

    test('lets another instance see a change and a removal', async () => {
      const created = seenElsewhere('shared');
      await store.put('shared', pureCloud());
      await created;
      expect(elsewhere.get('shared').clientSecret?.reveal()).toBe(CANARY);
      const removed = seenElsewhere('shared');
      expect(await store.remove('shared')).toBe(true);
      await removed;
      expect(elsewhere.find('shared')).toBeUndefined();
      expect(await store.remove('shared')).toBe(false);
    });

    test('says so where a secret is of another key, and still shows and lists the connection', async () => {
      await store.put('foreign-key', pureCloud());
      const stranger = await openConnectionStore({
        database: contextOf().other,
        ring: { current: generateSecretKey(), previous: [] },
        log: quietLog,
      });
      expect(() => stranger.get('foreign-key')).toThrow(
        /connection\|foreign-key\|clientSecret cannot be read/,
      );
      expect(stranger.view('foreign-key')).toMatchObject({ clientSecretSet: true });
      await expect(stranger.put('foreign-key', pureCloud({ clientSecret: undefined }))).rejects.toMatchObject(
        {
          code: 'invalid_request',
        },
      );
      await stranger.put('foreign-key', pureCloud({ clientSecret: 'entered again' }));
      expect(stranger.get('foreign-key').clientSecret?.reveal()).toBe('entered again');
      await stranger.close();
      await contextOf().database.db.deleteFrom('connections').where('name', '=', 'foreign-key').execute();
    });

    test('does not open a secret that was moved to another connection', async () => {
      await store.put('mine', pureCloud());
      await store.put('thine', pureCloud({ clientSecret: 'other' }));
      const { db } = contextOf().database;
      const { secrets } = await db
        .selectFrom('connections')
        .select('secrets')
        .where('name', '=', 'mine')
        .executeTakeFirstOrThrow();
      await db
        .updateTable('connections')
        .set({ secrets: JSON.stringify(secrets) })
        .where('name', '=', 'thine')
        .execute();
      const fresh = await openConnectionStore({ database: contextOf().database, ring, log: quietLog });
      expect(() => fresh.get('thine')).toThrow(/cannot be read/);
      await fresh.close();
      await store.remove('thine');
    });

    test('answers a name that is not there', () => {
      expect(store.find('absent')).toBeUndefined();
      expect(() => store.get('absent')).toThrow(expect.objectContaining({ code: 'not_found' }));
    });

    test('lists by name', async () => {
      await store.put('zz', pureCloud());
      await store.put('aa', pureCloud());
      const names = store.list().map(({ name }) => name);
      expect(names).toEqual([...names].sort());
      expect(names).toEqual(expect.arrayContaining(['aa', 'zz']));
    });
  });
}
