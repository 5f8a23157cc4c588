/** A process that can no longer know whether the run is its own says nothing more to either side: another may have newer members in hand. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { inResultTurn } from '../../server/campaigns/result-turns.ts';
import type { OpenedPorts } from '../../server/campaigns/sync-ports.ts';
import { executeRun, LEASE_MS } from '../../server/campaigns/run/execute-run.ts';
import { holdLease } from '../../server/campaigns/run/run-lease.ts';
import { createRunStore, type RunStore } from '../../server/campaigns/run-store.ts';
import { openSyncStore, type SyncStore } from '../../server/campaigns/sync-store.ts';
import type { Database } from '../../server/database/database.ts';
import { generateSecretKey } from '../../server/database/sealed-secret.ts';
import { quietLog, startEmbedded, type TestDatabases } from '../support/databases.ts';
import { syncBody } from './support/campaign-fixtures.ts';
import { createWorld, portsOfWorld, type World } from './support/fake-world.ts';

let databases: TestDatabases;
let database: Database;
let syncs: SyncStore;
let runs: RunStore;

beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
  const ring = { current: generateSecretKey(), previous: [] };
  syncs = await openSyncStore({ database, ring, log: quietLog });
  runs = createRunStore(database);
});
afterAll(async () => {
  await syncs.close();
  await databases.stop();
});

interface Stage {
  world: World;
  run: string;
  /** Resolves when the first request to PureCloud is under way; it is answered only when it is broken off. */
  sending: Promise<void>;
  ended: ReturnType<typeof executeRun>;
  /** Lets the clock of the process go on, and the timer of the lease with it. */
  pass(ms: number): Promise<void>;
}

async function stage(sync: string, given: Partial<RunStore> = {}): Promise<Stage> {
  await syncs.put(sync, syncBody());
  const run = await runs.create({ sync, startedBy: 'ann' });
  const world = createWorld({ members: 4 });
  const ports = portsOfWorld(world);
  const { promise: sending, resolve } = Promise.withResolvers<void>();
  let nowMs = 0;
  let timer: { intervalMs: number; tick: () => void } | undefined;
  const ended = executeRun(
    {
      database,
      runs: { ...runs, ...given },
      syncs,
      openPorts: (_sync, { signal } = {}): OpenedPorts => ({
        ...ports,
        contacts: {
          ...ports.contacts,
          upsert: () =>
            new Promise((_, reject) => {
              signal?.addEventListener('abort', () => reject(new Error('broken off')));
              resolve();
            }),
        },
        close: () => Promise.resolve(),
      }),
      log: { warn: () => undefined, error: () => undefined },
      every: (intervalMs, tick) => {
        timer = { intervalMs, tick };
        return () => (timer = undefined);
      },
      monotonicMs: () => nowMs,
    },
    run.id,
  );
  async function pass(ms: number): Promise<void> {
    for (const untilMs = nowMs + ms; nowMs < untilMs && timer !== undefined;) {
      nowMs += timer.intervalMs;
      timer.tick();
      await runs.get(run.id);
    }
  }
  return { world, run: run.id, sending, ended, pass };
}

test('a run whose lease another instance has is broken off where it is', async () => {
  const { world, run, sending, ended, pass } = await stage('taken-over');
  await sending;
  await sql`update runs set lease_owner = 'another' where id = ${run}::uuid`.execute(database.db);
  await pass(LEASE_MS / 2);
  expect(await ended).toBeUndefined();
  expect(world.contacts.size).toBe(0);
  const { rows } = await sql`select lease_owner from runs where id = ${run}::uuid`.execute(database.db);
  expect(rows).toEqual([{ lease_owner: 'another' }]);
});

test('a run is broken off before its lease can be over while the database is away', async () => {
  const away = () => Promise.reject(new Error('the database is away'));
  const { run, sending, ended, pass } = await stage('cut-off', { renew: away });
  await sending;
  await pass(LEASE_MS * 0.8);
  expect(await ended).toBeUndefined();
  // The database was there again: nobody has to wait for the end of the lease.
  expect(await runs.abandoned()).toContain(run);
});

test('a lease is given up with the third renewal that is due, also where the timer is a little early', () => {
  let nowMs = 0.5;
  let tick = () => undefined as void;
  const { lost } = holdLease({
    renew: () => Promise.reject(new Error('the database is away')),
    every: (_intervalMs, run) => {
      tick = run;
      return () => undefined;
    },
    leaseMs: LEASE_MS,
    monotonicMs: () => nowMs,
    claimedAtMs: nowMs,
    onFailure: () => undefined,
  });
  const isLost = [15_000, 30_000, 45_000].map((atMs) => {
    nowMs = atMs;
    tick();
    return lost.aborted;
  });
  expect(isLost).toEqual([false, false, true]);
});

test('a run that was suspended is broken off as soon as it wakes', async () => {
  const { sending, ended, pass } = await stage('suspended', { renew: () => new Promise(() => undefined) });
  await sending;
  await pass(LEASE_MS);
  expect(await ended).toBeUndefined();
});

test('a run whose database answers goes on', async () => {
  const { run, sending, ended, pass } = await stage('long');
  await sending;
  await pass(LEASE_MS * 3);
  expect(await runs.renew({ run, owner: 'another' }, 1)).toBe(false);
  expect(await runs.abandoned()).not.toContain(run);
  await sql`update runs set lease_owner = 'another' where id = ${run}::uuid`.execute(database.db);
  await pass(LEASE_MS);
  expect(await ended).toBeUndefined();
});

test('a run ends when its sync is changed under it', async () => {
  await syncs.put('changing', syncBody());
  const { id } = await runs.create({ sync: 'changing', startedBy: 'ann' });
  const world = createWorld({ members: 9 });
  const { contacts, ...others } = portsOfWorld(world);
  const run = await executeRun(
    {
      database,
      runs,
      syncs,
      openPorts: () => ({
        ...others,
        contacts: {
          ...contacts,
          async upsert(...sent) {
            await syncs.put('changing', syncBody({ memberStatuses: ['Responded'] }));
            return await contacts.upsert(...sent);
          },
        },
        close: () => Promise.resolve(),
      }),
      log: { warn: () => undefined, error: () => undefined },
      every: () => () => undefined,
      limits: { pageSize: 3, sliceSize: 2 },
    },
    id,
  );
  expect(run).toMatchObject({ status: 'Action needed', failure: { code: 'sync_changed' } });
  expect(world.contacts.size).toBe(2);
});

test('a turn to write results is given up as soon as it is another’s, and before it can be', async () => {
  const { db } = database;
  const taken = () =>
    sql`update result_turns set owner = gen_random_uuid() where sync = 'turning'`.execute(db);
  const untilLost = (begin: () => Promise<unknown>, queries = db) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = async () => void (await begin(), await promise);
    return inResultTurn(queries, 'turning', work, { onLost: resolve, heldMs: 300 });
  };
  await untilLost(taken);
  await sql`delete from result_turns`.execute(db);
  let isAway = false;
  const cutOff = new Proxy(db, {
    get(target, name) {
      if (isAway) throw new Error('the database is away');
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  await untilLost(() => Promise.resolve((isAway = true)), cutOff);
  // Both have come to an end, which they only do when they are told.
  expect(isAway).toBe(true);
});

test('a run that is to leave waits for no turn', async () => {
  const results = [{ result: 'Sold', memberStatus: 'Responded' }];
  await syncs.put('leaving', syncBody({ results }));
  const { id } = await runs.create({ sync: 'leaving', startedBy: 'ann' });
  const { contacts, ...others } = portsOfWorld(createWorld({ members: 1 }));
  const leave = new AbortController();
  const over = Promise.withResolvers<void>();
  const turn = inResultTurn(database.db, 'leaving', () => over.promise);
  const run = executeRun(
    {
      database,
      runs,
      syncs,
      openPorts: () => ({
        ...others,
        contacts: {
          ...contacts,
          async readResults(query) {
            leave.abort();
            return await contacts.readResults(query);
          },
        },
        close: () => Promise.resolve(),
      }),
      log: { warn: () => undefined, error: () => undefined },
      every: () => () => undefined,
      leave: leave.signal,
    },
    id,
  );
  try {
    expect(await run).toBeUndefined();
    expect(await runs.abandoned()).toContain(id);
  } finally {
    over.resolve();
    await turn;
  }
}, 10_000);

test('a turn that was given back is free, also where a renewal was still on its way', async () => {
  const { db } = database;
  const late = Promise.withResolvers<void>();
  const due = Promise.withResolvers<void>();
  const renewed = Promise.withResolvers<void>();
  let queries = 0;
  const executor = db.getExecutor();
  const slow = {
    getExecutor: () =>
      new Proxy(executor, {
        get(target, name) {
          if (name !== 'executeQuery') {
            const value = Reflect.get(target, name) as unknown;
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          }
          return async (query: Parameters<typeof target.executeQuery>[0]) => {
            if ((queries += 1) !== 2) return await target.executeQuery(query);
            due.resolve();
            await late.promise;
            return await target.executeQuery(query).finally(() => renewed.resolve());
          };
        },
      }),
  };
  await inResultTurn(slow as typeof db, 'late', () => due.promise, { heldMs: 3_000 });
  late.resolve();
  await renewed.promise;
  const { rows } = await sql`select 1 from result_turns where sync = 'late'`.execute(db);
  expect(rows).toEqual([]);
});
