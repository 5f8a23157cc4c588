import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashApiKey } from '../../server/callers/api-key.ts';
import { openCallerStore, type CallerStore } from '../../server/callers/caller-store.ts';
import { Secret } from '../../server/secret.ts';
import type { ContextOf } from '../database/battery-context.ts';
import { quietLog } from '../support/databases.ts';

export function callerStoreBattery(contextOf: ContextOf): void {
  describe('caller store', () => {
    let nowMs = Date.parse('2026-03-01T12:00:00Z');
    let store: CallerStore;
    let elsewhere: CallerStore;

    beforeAll(async () => {
      const now = () => nowMs;
      store = await openCallerStore({ database: contextOf().database, log: quietLog, now });
      elsewhere = await openCallerStore({ database: contextOf().other, log: quietLog, now });
    });
    afterAll(async () => {
      await store.close();
      await elsewhere.close();
    });

    function seenElsewhere(name: string): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = elsewhere.onChange((changed) => {
        if (changed !== name) return;
        stop();
        resolve();
      });
      return promise;
    }

    test('makes an admin at the first start only, and takes the key that it is given', async () => {
      const { key } = await store.bootstrapAdmin();
      expect(store.authenticate(key!)).toMatchObject({ name: 'admin', permissions: ['admin'] });
      expect(await store.bootstrapAdmin()).toEqual({});
      expect(await store.bootstrapAdmin(new Secret('chosen'))).toEqual({});
      expect(store.authenticate(new Secret('chosen'))?.name).toBe('admin');
      expect(store.authenticate(key!)).toBeUndefined();
      expect(await store.bootstrapAdmin(new Secret('chosen'))).toEqual({});
    });

    test('never lets go of the admin', async () => {
      await store.bootstrapAdmin();
      await expect(store.remove('admin')).rejects.toMatchObject({ code: 'conflict' });
      await expect(store.put('admin', { permissions: ['read'] })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });

    test('makes a key that is shown once and stored as its hash', async () => {
      const { key, caller, outcome } = await store.put('org', { permissions: ['token:crm'] });
      expect(outcome).toBe('created');
      expect(key?.reveal()).toMatch(/^pcb_[\w-]{49}$/);
      const { db } = contextOf().database;
      const rows = [
        await db.selectFrom('callers').selectAll().execute(),
        await db.selectFrom('caller_keys').selectAll().execute(),
      ];
      expect(JSON.stringify(rows)).not.toContain(key!.reveal());
      expect(JSON.stringify(rows)).toContain(hashApiKey(key!));
      expect(JSON.stringify([caller, store.list()])).not.toContain(hashApiKey(key!));
      expect((await store.put('org', { permissions: ['token:crm', 'read'] })).key).toBeUndefined();
      expect(store.authenticate(key!)?.permissions).toEqual(['token:crm', 'read']);
    });

    test('knows a key only with its own name, where a name is given', async () => {
      const { key } = await store.put('named', { permissions: ['read'] });
      expect(store.authenticate(key!, 'named')?.name).toBe('named');
      expect(store.authenticate(key!, 'admin')).toBeUndefined();
      expect(store.authenticate(new Secret(`${key!.reveal()}x`))).toBeUndefined();
      expect(store.authenticate(new Secret(''))).toBeUndefined();
    });

    test('lets the old key work for the overlap of a rotation, and not a millisecond longer', async () => {
      const first = (await store.put('rotated', { permissions: ['read'] })).key!;
      const { key: second, caller } = await store.rotate('rotated', { overlapSeconds: 60 });
      expect(caller.keys).toHaveLength(2);
      nowMs += 59_999;
      expect(store.authenticate(first)?.name).toBe('rotated');
      nowMs += 1;
      expect(store.authenticate(first)).toBeUndefined();
      expect(store.authenticate(second)?.name).toBe('rotated');
      expect(store.view('rotated')?.keys).toHaveLength(1);
    });

    test('ends the old key at once without an overlap, and an older one never lives longer for a rotation', async () => {
      const first = (await store.put('strict', { permissions: ['read'] })).key!;
      const second = (await store.rotate('strict', { overlapSeconds: 10 })).key;
      const third = (await store.rotate('strict', { overlapSeconds: 1000 })).key;
      nowMs += 10_000;
      expect(store.authenticate(first)).toBeUndefined();
      expect(store.authenticate(second)?.name).toBe('strict');
      const fourth = (await store.rotate('strict')).key;
      expect([second, third].map((key) => store.authenticate(key))).toEqual([undefined, undefined]);
      expect(store.authenticate(fourth)?.name).toBe('strict');
    });

    test.each([-1, 1.5, 604_801, Number.NaN])('refuses an overlap of %p seconds', async (overlapSeconds) => {
      await expect(store.rotate('strict', { overlapSeconds })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });

    test('takes a chosen key, changes nothing by the same one, and refuses that of another caller', async () => {
      const key = 'a-key-that-someone-chose-4711';
      expect(await store.put('chosen', { permissions: ['read'], key })).toMatchObject({ outcome: 'created' });
      expect((await store.put('chosen', { permissions: ['read'], key })).outcome).toBe('unchanged');
      expect(store.authenticate(new Secret(key))?.name).toBe('chosen');
      await expect(store.put('thief', { permissions: ['read'], key })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(store.find('thief')).toBeUndefined();
    });

    test('lets another instance authenticate a new key, and refuse it when the caller is gone', async () => {
      const created = seenElsewhere('roaming');
      const { key } = await store.put('roaming', { permissions: ['read'] });
      await created;
      expect(elsewhere.authenticate(key!)?.name).toBe('roaming');
      const removed = seenElsewhere('roaming');
      expect(await store.remove('roaming')).toBe(true);
      expect(store.authenticate(key!)).toBeUndefined();
      await removed;
      expect(elsewhere.authenticate(key!)).toBeUndefined();
      expect(await store.remove('roaming')).toBe(false);
    });

    test('authenticates without the database', async () => {
      const { key } = await store.put('offline', { permissions: ['read'] });
      const { db } = contextOf().database;
      const blocker = Promise.withResolvers<void>();
      const held = db.transaction().execute(() => blocker.promise);
      expect(store.authenticate(key!)?.name).toBe('offline');
      blocker.resolve();
      await held;
    });

    test('finds a caller by certificate and by issuer', async () => {
      const fingerprint = 'AB:'.repeat(31) + 'CD';
      await store.put('tls', { permissions: ['read'], certificateSha256: fingerprint });
      await store.put('jwt', {
        permissions: ['read'],
        jwt: { issuer: 'https://org.example', audience: 'bridge', jwksUrl: 'https://org.example/keys' },
      });
      expect(store.byCertificate('ab'.repeat(31) + 'cd')?.name).toBe('tls');
      expect(store.byJwtIssuer('https://org.example').map(({ name }) => name)).toEqual(['jwt']);
      expect([store.byCertificate('00'), store.byJwtIssuer('x')]).toEqual([undefined, []]);
    });

    test('no two callers sign in by the same JWT', async () => {
      const jwt = { issuer: 'https://idp.test', audience: 'bridge', jwksUrl: 'https://idp.test/keys' };
      await store.put('jwt-holder', { permissions: ['read'], jwt });
      await expect(store.put('jwt-double', { permissions: ['admin'], jwt })).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('jwt-holder'),
      });
      await store.put('jwt-holder', { permissions: ['read', 'request'], jwt });
      await store.put('jwt-other', { permissions: ['admin'], jwt: { ...jwt, subject: 'job' } });
      expect(store.byJwtIssuer(jwt.issuer).map(({ name }) => name)).toEqual(['jwt-holder', 'jwt-other']);
    });

    test('refuses the certificate of another caller, and takes one’s own again', async () => {
      const certificateSha256 = 'cd'.repeat(32);
      await store.put('holder', { permissions: ['read'], certificateSha256 });
      await expect(store.put('double', { permissions: ['admin'], certificateSha256 })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(store.byCertificate(certificateSha256)?.name).toBe('holder');
      await store.put('holder', { permissions: ['read', 'request'], certificateSha256 });
      await store.remove('holder');
      await store.put('heir', { permissions: ['read'], certificateSha256 });
      expect(store.byCertificate(certificateSha256)?.name).toBe('heir');
    });

    test('refuses a change of what has changed since it was read', async () => {
      const { caller } = await store.put('contested', { permissions: ['read'] });
      await store.put('contested', { permissions: ['request'] });
      await expect(store.put('contested', { ...caller })).rejects.toMatchObject({ code: 'conflict' });
    });
  });
}
