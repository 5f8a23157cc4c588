/** The jobs over a real database: a fake world of members and contacts, and nothing else that is not the real part. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PgBoss } from 'pg-boss';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createCampaignJobs,
  type CampaignJobs,
  type CampaignJobsOptions,
} from '../../../server/campaigns/jobs/campaign-jobs.ts';
import { openBoss } from '../../../server/campaigns/jobs/open-boss.ts';
import { createNotify, type NotifyAddresses } from '../../../server/campaigns/notify.ts';
import type { RunRecord } from '../../../server/campaigns/run-record.ts';
import { createRunStore, type RunStore } from '../../../server/campaigns/run-store.ts';
import { createSyncNotices } from '../../../server/campaigns/sync-notices.ts';
import { openSyncStore, type SyncStore } from '../../../server/campaigns/sync-store.ts';
import type { Database } from '../../../server/database/database.ts';
import { generateSecretKey } from '../../../server/database/sealed-secret.ts';
import { BridgeError } from '../../../server/errors.ts';
import { Secret } from '../../../server/secret.ts';
import { loopbackTransport } from '../../proxy/support/start-proxy.ts';
import { quietLog, startEmbedded, type TestDatabases } from '../../support/databases.ts';
import { syncBody } from '../support/campaign-fixtures.ts';
import { createWorld, portsOfWorld, type World } from '../support/fake-world.ts';

const ended: RunRecord[] = [];
const received: { path: string; body: Record<string, unknown> }[] = [];
const transport = loopbackTransport();

let databases: TestDatabases;
let database: Database;
let syncs: SyncStore;
let runs: RunStore;
let boss: PgBoss;
let receiver: Server;
let instances: CampaignJobs[];
let world: World;
/** What the clients throw, while there is something. */
let fault: Error | undefined;
let refusals = 0;

function instance(addresses: NotifyAddresses, more: Partial<CampaignJobsOptions> = {}): CampaignJobs {
  return createCampaignJobs({
    database,
    runs,
    syncs,
    openPorts() {
      if (fault !== undefined) throw fault;
      return { ...portsOfWorld(world), close: () => Promise.resolve() };
    },
    log: quietLog,
    onRunBegun: () => undefined,
    onRunEnded: (run) => ended.push(run),
    notices: {
      channels: ['webhook', 'slack'],
      ...createSyncNotices({ database, syncs }),
      deliver: createNotify({ addresses, transport, log: quietLog }),
    },
    ...more,
  });
}

async function answer(request: IncomingMessage): Promise<number> {
  if (refusals > 0) {
    refusals -= 1;
    return 503;
  }
  received.push({ path: request.url!, body: JSON.parse(await text(request)) as Record<string, unknown> });
  return 200;
}

beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
  const ring = { current: generateSecretKey(), previous: [] };
  syncs = await openSyncStore({ database, ring, log: quietLog });
  runs = createRunStore(database);
  receiver = createServer((request, response) => {
    void answer(request).then((status) => response.writeHead(status).end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => receiver.once('listening', resolve));
  const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const url = (path: string) => new Secret(`${origin}${path}`);
  instances = [0, 1].map(() =>
    instance({ webhook: { url: url('/webhook') }, slack: { url: url('/slack') } }),
  );
  for (const jobs of instances) jobs.start();
  await Promise.all(instances.map((jobs) => jobs.ready()));
  boss = await openBoss(database, quietLog);
});

afterAll(async () => {
  await Promise.all(instances.map((jobs) => jobs.stop()));
  await boss.stop({ graceful: false });
  await syncs.close();
  await databases.stop();
  receiver.close();
  await transport.close();
});

beforeEach(() => {
  world = createWorld({ members: 25 });
  fault = undefined;
  received.length = 0;
});

async function until<Value>(read: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const endOf = (id: string) =>
  until(async () => {
    const run = await runs.get(id);
    return run.finishedAt === undefined ? undefined : run;
  });

/** What was put off is due now, and the workers are told. */
async function hurry(queue: string): Promise<void> {
  await sql`update bridge_jobs.job set start_after = now() where name = ${queue} and state = 'retry'`.execute(
    database.db,
  );
  await sql`select pg_notify('pgboss_' || left(encode(sha224('bridge_jobs'::bytea), 'hex'), 24), ${queue})`.execute(
    database.db,
  );
}

async function tick(sync: string): Promise<string> {
  const id = await boss.send('campaign-schedule', { version: 1, sync });
  await until(async () => {
    const [job] = await boss.findJobs('campaign-schedule', { id: id! });
    return job?.state === 'completed' ? job : undefined;
  });
  return id!;
}

test('an instance whose runs would all fail begins none, until it may', async () => {
  const begun: string[] = [];
  let mayWork = false;
  let asked = Promise.withResolvers<void>();
  const jobs = instance(
    {},
    {
      mayWork() {
        asked.resolve();
        return mayWork;
      },
      onRunBegun: ({ id }) => begun.push(id),
      startAgainMs: 5,
    },
  );
  jobs.start();
  for (const time of [1, 2, 3]) {
    await asked.promise;
    expect([time, begun]).toEqual([time, []]);
    asked = Promise.withResolvers<void>();
  }
  mayWork = true;
  await jobs.ready();
  // A call that comes to it once it may not again is made good by the others.
  mayWork = false;
  await syncs.put('taken', syncBody());
  for (let time = 0; time < 4; time += 1) {
    const { id } = await runs.create({ sync: 'taken', startedBy: 'ann', dryRun: true });
    await instances[0]!.enqueue(id);
    await until(async () => {
      await instances[1]!.sweep();
      return (await runs.get(id)).finishedAt;
    });
  }
  expect(begun).toEqual([]);
  await jobs.stop();
});

describe('a schedule', () => {
  const scheduleOf = async (sync: string) => (await boss.getSchedules('campaign-schedule', sync))[0];

  test('is kept with its zone, follows the sync, and goes with a pause', async () => {
    await syncs.put('timed', syncBody({ schedule: '0 6 * * *', timeZone: 'Europe/Berlin' }));
    await instances[0]!.sweep();
    expect(await scheduleOf('timed')).toMatchObject({ cron: '0 6 * * *', timezone: 'Europe/Berlin' });
    await syncs.put('timed', syncBody({ schedule: '30 6 * * *', timeZone: 'Asia/Tokyo' }));
    await instances[0]!.sweep();
    expect(await scheduleOf('timed')).toMatchObject({ cron: '30 6 * * *', timezone: 'Asia/Tokyo' });
    await syncs.setPaused('timed', true);
    await instances[1]!.sweep();
    expect(await scheduleOf('timed')).toBeUndefined();
  });

  test('starts one run a tick, whoever answers it and however often', async () => {
    await syncs.put('ticking', syncBody());
    const id = await tick('ticking');
    expect(await endOf(id)).toMatchObject({ startedBy: 'schedule', status: 'Healthy' });
    expect(world.contacts.size).toBe(25);
    // The same tick once more: the process was killed before it could say that it was done.
    await sql`update bridge_jobs.job set state = 'created', completed_on = null where id = ${id}::uuid`.execute(
      database.db,
    );
    await until(async () => {
      await hurry('campaign-schedule');
      const [job] = await boss.findJobs('campaign-schedule', { id });
      return job?.state === 'completed' ? job : undefined;
    });
    expect((await runs.list({ sync: 'ticking' })).runs.map((run) => run.id)).toEqual([id]);
  }, 40_000);

  test('is left out quietly while a run is open, and for a sync that is paused or gone', async () => {
    await syncs.put('busy', syncBody());
    const open = await runs.create({ sync: 'busy', startedBy: 'ann' });
    await runs.pause(open.id);
    await tick('busy');
    await syncs.put('resting', syncBody({ paused: true }));
    await tick('resting');
    await tick('never-was');
    expect((await runs.list({ sync: 'busy' })).runs).toHaveLength(1);
    expect((await runs.list({ sync: 'resting' })).runs).toEqual([]);
  });

  test('follows the sync as it is saved, and not as its instance remembers it', async () => {
    await syncs.put('overslept', syncBody());
    // The message of the change was lost.
    await sql`update syncs set settings = settings || '{"paused": true}', version = nextval('sync_version')
      where name = 'overslept'`.execute(database.db);
    await tick('overslept');
    expect((await runs.list({ sync: 'overslept' })).runs).toEqual([]);
  });
});

describe('a queue that breaks off while it starts', () => {
  /** The first schedule is refused; whoever listens is counted. */
  function breakingDatabase() {
    if (database.raw.kind !== 'embedded') throw new Error('this test is for the embedded one');
    const { pglite } = database.raw;
    const seen = { listening: 0, refused: 0 };
    const breaking = new Proxy(pglite, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          if (seen.refused === 0 && String(given[0]).includes('.schedule (name')) {
            seen.refused += 1;
            return Promise.reject(new Error('gone'));
          }
          return value.apply(target, given) as unknown;
        };
      },
    });
    const listen: Database['listen'] = async (...given) => {
      const close = await database.listen(...given);
      seen.listening += 1;
      return async () => {
        seen.listening -= 1;
        await close();
      };
    };
    return { seen, database: { ...database, listen, raw: { ...database.raw, pglite: breaking } } };
  }

  test('is stopped before another is started', async () => {
    const { seen, database: broken } = breakingDatabase();
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const jobs = createCampaignJobs({
      database: broken,
      runs,
      syncs,
      openPorts: () => ({ ...portsOfWorld(world), close: () => Promise.resolve() }),
      log: { ...quietLog, warn: (_facts, message) => message.includes('could not be started') && resolve() },
      onRunBegun: () => undefined,
      onRunEnded: () => undefined,
    });
    jobs.start();
    try {
      await failed;
      expect(seen).toEqual({ listening: 0, refused: 1 });
    } finally {
      await jobs.stop();
    }
  });
});

test('a look that fails keeps no other from being taken', async () => {
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  const jobs = createCampaignJobs({
    database,
    runs,
    syncs,
    openPorts: () => ({ ...portsOfWorld(world), close: () => Promise.resolve() }),
    log: quietLog,
    onRunBegun: () => undefined,
    onRunEnded: () => undefined,
    syncsWithResults: () => Promise.reject(new Error('not now')),
    notices: { channels: [], look: async () => resolve(), deliver: () => Promise.resolve() },
  });
  jobs.start();
  try {
    await looked;
  } finally {
    await jobs.stop();
  }
});

test('a run that failed waits, shows why, is nobody’s meanwhile, and then goes on by itself', async () => {
  await syncs.put('shaky', syncBody());
  fault = new BridgeError('connection_failure');
  const { id } = await runs.create({ sync: 'shaky', startedBy: 'ann' });
  await instances[0]!.enqueue(id);
  const waiting = await until(async () => {
    const run = await runs.get(id);
    return run.retryAt === undefined ? undefined : run;
  });
  expect(waiting).toMatchObject({ status: 'Running', retries: 1, failure: { code: 'connection_failure' } });
  expect(await runs.abandoned()).not.toContain(id);
  expect(await runs.claim(id, { owner: 'eager', ttlMs: 1_000 })).toBeUndefined();
  fault = undefined;
  const run = await endOf(id);
  expect(run).toMatchObject({ status: 'Healthy' });
  expect(run).not.toHaveProperty('failure');
}, 60_000);

test('each change is told once to each channel, whichever instance sees it, though a receiver is away at first', async () => {
  await syncs.put('told', syncBody());
  const lookEverywhere = () => Promise.all(instances.map((jobs) => jobs.sweep()));
  const told = () => received.filter(({ body }) => String(body.text).includes('told'));
  fault = new BridgeError('credential_rejected');
  refusals = 1;
  for (let time = 0; time < 2; time += 1) {
    const { id } = await runs.create({ sync: 'told', startedBy: 'ann' });
    await instances[time]!.enqueue(id);
    await endOf(id);
    await lookEverywhere();
  }
  fault = undefined;
  const { id } = await runs.create({ sync: 'told', startedBy: 'ann' });
  await instances[0]!.enqueue(id);
  await endOf(id);
  await lookEverywhere();
  await until(async () => {
    await hurry('campaign-notification');
    return told().length >= 4 ? true : undefined;
  });
  await lookEverywhere();
  const events = told().flatMap(({ path, body }) => (path === '/webhook' ? [body.event] : []));
  expect(events.sort()).toEqual(['failed', 'recovered']);
  expect(told().filter(({ path }) => path === '/slack')).toHaveLength(2);
  const failed = told().find(({ body }) => body.event === 'failed')!.body;
  expect(failed).toMatchObject({ sync: 'told', failure: { code: 'credential_rejected' } });
  expect(JSON.stringify(received)).not.toMatch(/\+1650|Ada/);
}, 60_000);
