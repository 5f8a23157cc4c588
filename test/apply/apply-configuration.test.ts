/** Configurations applied to real stores on an embedded database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyConfiguration, type ApplyOptions } from '../../server/apply/apply-configuration.ts';
import { revealed, type Configuration } from '../../server/apply/configuration.ts';
import type { PlannedChange } from '../../server/apply/plan.ts';
import { toFileMembers } from '../../server/apply/to-bridge-file.ts';
import { openCallerStore, type CallerStore } from '../../server/callers/caller-store.ts';
import { openConnectionStore, type ConnectionStore } from '../../server/connections/connection-store.ts';
import { openSyncStore, type SyncStore } from '../../server/campaigns/sync-store.ts';
import type { Database } from '../../server/database/database.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { Secret } from '../../server/secret.ts';
import { quietLog, startEmbedded, type TestDatabases } from '../support/databases.ts';

const CANARY = 'canary-8080-do-not-show';
const KEY = 'a-key-of-its-own-0123456789';

let databases: TestDatabases;
let database: Database;
const ring = { current: generateSecretKey(), previous: [] };
let connections: ConnectionStore;
let callers: CallerStore;
let syncs: SyncStore;

beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
  connections = await openConnectionStore({ database, ring, log: quietLog });
  callers = await openCallerStore({ database, log: quietLog });
  syncs = await openSyncStore({ database, ring, log: quietLog });
  await callers.bootstrapAdmin();
});
afterAll(async () => {
  await connections.close();
  await callers.close();
  await syncs.close();
  await databases.stop();
});
beforeEach(async () => {
  for (const { name } of syncs.list()) await syncs.remove(name);
  for (const { name } of connections.list()) await connections.remove(name);
  for (const { name } of callers.list()) if (name !== 'admin') await callers.remove(name);
});

function apply(configuration: Configuration, options: ApplyOptions = {}) {
  return applyConfiguration(configuration, { connections, callers, syncs }, options);
}

function connection(name: string, changes: object = {}) {
  return {
    name,
    members: {
      provider: 'purecloud',
      region: 'usw2',
      clientId: 'id',
      clientSecret: new Secret(CANARY),
      ...changes,
    },
  };
}

const ORG = { name: 'org', members: { permissions: ['read'], key: new Secret(KEY) } };
const BOTH: Configuration = { connections: [connection('one'), connection('two')], callers: [ORG] };

function actions(changes: readonly PlannedChange[]): string[] {
  return changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`);
}

function snapshot(): string {
  return JSON.stringify([connections.list(), callers.list(), syncs.list()]);
}

describe('a configuration', () => {
  test('is applied once, and the second time changes nothing, versions included', async () => {
    const first = await apply(BOTH);
    expect(actions(first.changes)).toEqual(['add connection one', 'add connection two', 'add caller org']);
    const before = snapshot();
    const second = await apply(BOTH);
    expect(second).toMatchObject({ changes: [], unchanged: 3, keys: [] });
    expect(snapshot()).toBe(before);
    expect(callers.authenticate(new Secret(KEY))?.name).toBe('org');
    expect(connections.get('one').clientSecret?.reveal()).toBe(CANARY);
  });

  test('changes nothing in a dry run, and says what a run then does', async () => {
    const before = snapshot();
    const planned = await apply(BOTH, { dryRun: true });
    expect(snapshot()).toBe(before);
    expect((await apply(BOTH, { fingerprint: planned.fingerprint })).changes).toEqual(planned.changes);
  });

  test('shows what changes, old and new, and of a secret only that it does', async () => {
    await apply(BOTH);
    const changed = await apply({
      connections: [
        connection('one', { timeoutSeconds: 20, clientSecret: new Secret('another') }),
        connection('two', { proxyUri: new Secret(`http://u:${CANARY}@proxy.example:1`) }),
      ],
      callers: [
        { name: 'org', members: { permissions: ['read', 'request'], key: new Secret(`${KEY}-new`) } },
      ],
    });
    expect(changed.changes).toEqual([
      {
        kind: 'connection',
        name: 'one',
        action: 'change',
        signsInAnew: true,
        fields: [
          { field: 'timeoutSeconds', secret: false, before: '10', after: '20' },
          { field: 'clientSecret', secret: true },
        ],
      },
      {
        kind: 'connection',
        name: 'two',
        action: 'change',
        signsInAnew: true,
        fields: [{ field: 'proxyUri', secret: false, after: 'http://u:***@proxy.example:1/' }],
      },
      {
        kind: 'caller',
        name: 'org',
        action: 'change',
        signsInAnew: false,
        fields: [
          { field: 'permissions', secret: false, before: '["read"]', after: '["read","request"]' },
          { field: 'key', secret: true },
        ],
      },
    ]);
    expect(JSON.stringify(changed)).not.toContain(CANARY);
    expect(callers.authenticate(new Secret(KEY))).toBeUndefined();
  });

  test('says that a change leaves the sign-in alone where it does', async () => {
    await apply(BOTH);
    const credentialVersion = connections.get('one').credentialVersion;
    const { changes } = await apply({ connections: [connection('one', { requestsPerMinute: 100 })] });
    expect(changes).toMatchObject([{ signsInAnew: false }]);
    expect(connections.get('one').credentialVersion).toBe(credentialVersion);
  });

  test('keeps a stored secret that it does not name', async () => {
    await apply(BOTH);
    const { clientSecret: _, ...members } = connection('one').members;
    expect((await apply({ connections: [{ name: 'one', members }] })).changes).toEqual([]);
    expect(connections.get('one').clientSecret?.reveal()).toBe(CANARY);
  });

  test('writes nothing where one thing in it is wrong, and names all that is', async () => {
    const before = snapshot();
    const { clientSecret: _, ...noSecret } = connection('two').members;
    const wrong: Configuration = {
      connections: [connection('one'), { name: 'two', members: noSecret }],
      callers: [{ name: 'org', members: { permissions: ['fly'] } }],
    };
    await expect(apply(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      options: {
        errors: [
          { field: 'connections.two.clientSecret', detail: 'is required for the grant client_credentials' },
          { field: 'callers.org.permissions[0]', detail: expect.stringContaining('must be admin') },
        ],
      },
    });
    expect(snapshot()).toBe(before);
  });

  test('leaves what it does not hold, and says so; with prune it removes that, in sections it has', async () => {
    await apply({ ...BOTH, callers: [ORG, { name: 'applier', members: { permissions: ['admin'] } }] });
    const smaller: Configuration = { connections: [connection('one')] };
    expect((await apply(smaller)).kept).toEqual([
      { kind: 'connection', name: 'two' },
      { kind: 'caller', name: 'admin' },
      { kind: 'caller', name: 'applier' },
      { kind: 'caller', name: 'org' },
    ]);
    expect(actions((await apply(smaller, { prune: true })).changes)).toEqual(['remove connection two']);
    const none: Configuration = { connections: [], callers: [] };
    const pruned = await apply(none, { prune: true, appliedBy: 'applier' });
    expect(actions(pruned.changes)).toEqual(['remove caller org', 'remove connection one']);
    expect(callers.list().map(({ name }) => name)).toEqual(['admin', 'applier']);
  });

  test('is refused where something has changed since it was shown', async () => {
    await apply(BOTH);
    const change: Configuration = { connections: [connection('one', { timeoutSeconds: 30 })] };
    const { fingerprint } = await apply(change, { dryRun: true });
    await connections.put('one', revealed(connection('one', { timeoutSeconds: 40 }).members));
    await expect(apply(change, { fingerprint })).rejects.toMatchObject({ code: 'conflict' });
    expect(connections.get('one').timeoutSeconds).toBe(40);
  });

  test('is applied by instances that start together, and changes each thing once', async () => {
    await apply(BOTH);
    const others = {
      connections: await openConnectionStore({ database, ring, log: quietLog }),
      callers: await openCallerStore({ database, log: quietLog }),
      syncs,
    };
    const before = connections.get('one').version;
    const newer: Configuration = {
      connections: [connection('one', { timeoutSeconds: 30 }), connection('new')],
      callers: [{ name: 'org', members: { permissions: ['request'] } }],
    };
    await Promise.all([apply(newer), applyConfiguration(newer, others), apply(newer)]);
    // One number for the change, one for the new connection: none was written twice.
    expect(connections.get('one').version).toBe(before + 2);
    expect(connections.get('new').version).toBe(before + 3);
    expect((await apply(newer)).changes).toEqual([]);
    await others.connections.close();
    await others.callers.close();
  });

  test('is finished by the next run where one was cut off', async () => {
    const parts = {
      connections,
      callers,
      syncs,
      onChange: ({ name }: PlannedChange) =>
        name === 'one' ? Promise.reject(new Error('the power went')) : Promise.resolve(),
    };
    await expect(applyConfiguration(BOTH, parts)).rejects.toThrow('the power went');
    expect(connections.list().map(({ name }) => name)).toEqual(['one']);
    const second = await apply(BOTH);
    expect(actions(second.changes)).toEqual(['add connection two', 'add caller org']);
    expect((await apply(BOTH)).changes).toEqual([]);
  });

  test('makes a key for a new caller without one, and gives it once', async () => {
    const configuration: Configuration = { callers: [{ name: 'job', members: { permissions: ['read'] } }] };
    const { keys } = await apply(configuration);
    expect(keys).toEqual([{ caller: 'job', key: expect.any(Secret) }]);
    expect(callers.authenticate(keys[0]!.key)?.name).toBe('job');
    expect((await apply(configuration)).keys).toEqual([]);
  });

  test('names what is there twice', async () => {
    await expect(apply({ callers: [ORG, ORG] })).rejects.toMatchObject({
      options: { errors: [{ field: 'callers.org', detail: 'is there twice' }] },
    });
  });

  const anyName = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((name) => name !== 'admin');
  const anySecret = fc.stringMatching(/^[!-~]{8,20}$/);
  const anyConnection = fc
    .record(
      {
        region: fc.constantFrom('usw2', 'mypurecloud.de', 'Oregon'),
        clientId: fc.stringMatching(/^[a-z0-9${}\\ -]{0,8}[a-z]$/),
        clientSecret: anySecret,
        timeoutSeconds: fc.integer({ min: 1, max: 120 }),
        allowTokenHandout: fc.boolean(),
        credentialsInBody: fc.boolean(),
        scope: fc.constantFrom('a', 'a b', '${x}'),
        requestsPerMinute: fc.integer({ min: 1, max: 500 }),
      },
      { requiredKeys: ['region', 'clientId', 'clientSecret'] },
    )
    .map(({ clientSecret, ...members }) => ({
      provider: 'purecloud',
      ...members,
      clientSecret: new Secret(clientSecret),
    }));
  const anyCaller = fc.record(
    {
      permissions: fc.uniqueArray(fc.constantFrom('read', 'request', 'token:*', 'proxy:one'), {
        maxLength: 3,
      }),
      certificateSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      proxyRules: fc.constant([{ pathPrefix: '/api', methods: ['GET'] }]),
      // No two callers sign in by the same one.
      jwt: fc.uuid().map((subject) => ({
        subject,
        audience: 'a',
        jwksUrl: 'https://x.example/jwks',
        issuer: 'i',
      })),
    },
    { requiredKeys: ['permissions'] },
  );
  const toResources = (section: Record<string, Record<string, unknown>>) =>
    Object.entries(section).map(([name, members]) => ({ name, members }));
  const anyConfiguration = fc.record({
    connections: fc.dictionary(anyName, anyConnection, { maxKeys: 3 }).map(toResources),
    callers: fc.dictionary(anyName, anyCaller, { maxKeys: 3 }).map(toResources),
  });

  test('whatever it holds: twice is once, and what is then shown changes nothing either', async () => {
    await fc.assert(
      fc.asyncProperty(anyConfiguration, async (configuration) => {
        await apply(configuration, { prune: true });
        const before = snapshot();
        expect((await apply(configuration, { prune: true })).changes).toEqual([]);
        const shown = toFileMembers({
          connections: connections.list().map((view) => ({ ...view })),
          callers: callers.list().map((view) => ({ ...view })),
        });
        const unescaped = JSON.parse(JSON.stringify(shown).replaceAll('$${', '${')) as typeof shown;
        const again = await apply(
          {
            connections: toResources(unescaped.connections as Record<string, Record<string, unknown>>),
            callers: toResources(unescaped.callers as Record<string, Record<string, unknown>>),
          },
          { prune: true },
        );
        expect(again.changes).toEqual([]);
        expect(snapshot()).toBe(before);
      }),
      { numRuns: 25 },
    );
  });
});
