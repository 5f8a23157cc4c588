/** Syncs in configurations: references in both directions, plans, pruning. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { applyConfiguration, type ApplyOptions } from '../../server/apply/apply-configuration.ts';
import type { Configuration, NamedMembers } from '../../server/apply/configuration.ts';
import { parseBridgeFile } from '../../server/apply/read-bridge-file.ts';
import { toFileMembers } from '../../server/apply/to-bridge-file.ts';
import { openCallerStore, type CallerStore } from '../../server/callers/caller-store.ts';
import { openSyncStore, type SyncStore } from '../../server/campaigns/sync-store.ts';
import { openConnectionStore, type ConnectionStore } from '../../server/connections/connection-store.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import type { BridgeError } from '../../server/errors.ts';
import { Secret } from '../../server/secret.ts';
import { syncBody } from '../campaigns/support/campaign-fixtures.ts';
import { quietLog, startEmbedded, type TestDatabases } from '../support/databases.ts';

let databases: TestDatabases;
let connections: ConnectionStore;
let callers: CallerStore;
let syncs: SyncStore;

beforeAll(async () => {
  databases = await startEmbedded();
  const options = {
    database: await databases.open(),
    ring: { current: generateSecretKey(), previous: [] },
    log: quietLog,
  };
  connections = await openConnectionStore(options);
  callers = await openCallerStore(options);
  syncs = await openSyncStore(options);
});
afterAll(async () => {
  await Promise.all([connections.close(), callers.close(), syncs.close()]);
  await databases.stop();
});
beforeEach(async () => {
  for (const { name } of syncs.list()) await syncs.remove(name);
  for (const { name } of connections.list()) await connections.remove(name);
});

const DIALLER = {
  name: 'dialler',
  members: { provider: 'purecloud', region: 'usw2', clientId: 'id', clientSecret: new Secret('s') },
};
const CRM = {
  name: 'crm',
  members: {
    provider: 'salesforce',
    url: 'https://acme.my.salesforce.com/services/oauth2/token',
    clientId: 'id',
    clientSecret: new Secret('s'),
  },
};
const sync = (changes: Record<string, unknown> = {}, name = 'spring'): NamedMembers => ({
  name,
  members: syncBody(changes),
});
const ALL: Configuration = { connections: [DIALLER, CRM], syncs: [sync()] };

const apply = (configuration: Configuration, options: ApplyOptions = {}) =>
  applyConfiguration(configuration, { connections, callers, syncs }, options);

async function faultsOf(configuration: Configuration, options: ApplyOptions = {}): Promise<string[]> {
  const error = await apply(configuration, options).then(
    () => undefined,
    (thrown: BridgeError) => thrown,
  );
  return (error?.options.errors ?? []).map(({ field, detail }) => `${field} ${detail}`);
}

test('a sync is added after its connections, and the second time changes nothing', async () => {
  const { changes } = await apply(ALL);
  expect(changes.map(({ kind, name, action }) => `${action} ${kind} ${name}`)).toEqual([
    'add connection dialler',
    'add connection crm',
    'add sync spring',
  ]);
  const { version } = syncs.get('spring');
  expect((await apply(ALL)).changes).toEqual([]);
  expect(syncs.get('spring').version).toBe(version);
});

test('a plan shows what of a sync would change, and a dry run changes nothing', async () => {
  await apply(ALL);
  const plan = await apply({ syncs: [sync({ schedule: '0 6 * * *', paused: true })] }, { dryRun: true });
  expect(plan.changes).toEqual([
    expect.objectContaining({
      kind: 'sync',
      action: 'change',
      fields: [
        { field: 'paused', secret: false, before: 'false', after: 'true' },
        { field: 'schedule', secret: false, after: '0 6 * * *' },
      ],
    }),
  ]);
  expect(syncs.get('spring').paused).toBe(false);
});

test('a sync must name connections that will be there, of the right kind', async () => {
  const wrong = sync({ salesforceConnection: 'dialler', purecloudConnection: 'dialer' });
  expect(await faultsOf({ connections: [DIALLER, CRM], syncs: [wrong] })).toEqual([
    'syncs.spring.salesforceConnection is a connection of the provider "purecloud"; name one of "salesforce": crm',
    'syncs.spring.purecloudConnection is not a connection; did you mean "dialler"?',
  ]);
  expect(connections.list()).toEqual([]);
  expect(await faultsOf({ syncs: [sync()] })).toHaveLength(2);
});

test('every fault of every sync is told at once, by its name', async () => {
  const faults = await faultsOf({
    ...ALL,
    syncs: [sync({ colums: [] }), sync({ schedule: 'daily' }, 'autumn')],
  });
  expect(faults).toEqual([
    'syncs.spring.colums is not known; did you mean "columns"?',
    expect.stringMatching(/^syncs\.autumn\.schedule must be a cron expression/),
  ]);
});

test('a connection that a sync uses is neither pruned nor made another kind, unless the sync goes with it', async () => {
  await apply(ALL);
  expect(await faultsOf({ connections: [DIALLER] }, { prune: true })).toEqual([
    'connections.crm cannot be removed: the sync spring uses it',
  ]);
  const other = { name: 'crm', members: { ...DIALLER.members } };
  expect(await faultsOf({ connections: [DIALLER, other] })).toEqual([
    'connections.crm.provider cannot change: the sync spring uses it',
  ]);
  const { changes } = await apply({ connections: [], syncs: [] }, { prune: true });
  expect(changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'sync spring',
    'connection dialler',
    'connection crm',
  ]);
  expect([connections.list(), syncs.list()]).toEqual([[], []]);
});

test('a section that is absent prunes nothing', async () => {
  await apply(ALL);
  const { changes, kept } = await apply({ connections: [DIALLER, CRM] }, { prune: true });
  expect([changes, kept]).toEqual([[], [{ kind: 'sync', name: 'spring' }]]);
});

test('what the bridge shows of a sync is a file that changes nothing', async () => {
  await apply({ ...ALL, syncs: [sync({ results: [{ result: '${x}', memberStatus: 'Sent' }] })] });
  const shown = toFileMembers({
    connections: [],
    callers: [],
    syncs: syncs.list().map((one) => ({ ...one })),
  });
  const file = await parseBridgeFile('bridge.yaml', JSON.stringify({ syncs: shown.syncs }), {
    env: {},
    directory: '/',
  });
  expect((await apply(file.configuration)).changes).toEqual([]);
});

test('a file tells the line of what is wrong with a sync', async () => {
  const text = ['syncs:', '  spring:', '    salesforceConnection: crm', '    campaignID: x'].join('\n');
  const error = await parseBridgeFile('bridge.yaml', text, { env: {}, directory: '/' }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error?.message).toContain(
    'bridge.yaml:4:5  syncs.spring.campaignID is not known; did you mean "campaignId"?',
  );
});
