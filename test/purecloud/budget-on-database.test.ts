import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPermitStore, type PermitStore } from '../../server/purecloud/permit-store.ts';
import { createRequestBudget } from '../../server/purecloud/request-budget.ts';
import { startEmbedded, startPostgres, type PostgresServer } from '../support/databases.ts';
import { createChance, createVirtualTime, type VirtualTime } from '../tokens/simulation/virtual-time.ts';
import { busiestWindow, SILENT } from './budget-fixtures.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 50;
const CONNECTION = { name: 'purecloud', requestsPerMinute: 120 };

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Lets virtual time stand still while the real database is asked, so that no load of the machine changes the outcome. */
function createPatientRun(time: VirtualTime) {
  const asked = new Set<Promise<unknown>>();
  const watched = (store: PermitStore): PermitStore => ({
    ...store,
    async lease(connection, request) {
      const lease = store.lease(connection, request);
      asked.add(lease);
      return await lease.finally(() => asked.delete(lease));
    },
  });
  const run = async (untilMs: number) => {
    while (time.nowMs() < untilMs) {
      await time.run(time.nowMs() + STEP_MS);
      while (asked.size > 0) {
        await Promise.all(asked);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  return { watched, run };
}

test('three instances on one database keep to the limit together, and use it', async () => {
  const time = createVirtualTime(createChance(1), 2_000_000);
  const { watched, run } = createPatientRun(time);
  const databases = [await server.open(), await server.openAgain!(), await server.openAgain!()];
  const clock = { monotonicMs: time.nowMs, setTimer: time.after };
  const budgets = databases.map((database, index) =>
    createRequestBudget({
      store: watched(createPermitStore(database, time.nowMs)),
      clock,
      owner: `instance-${index}`,
      log: SILENT,
    }),
  );
  const times: number[] = [];
  const load = async (index: number, priority: 'interactive' | 'sync') => {
    for (;;) {
      await budgets[index]!.acquire(CONNECTION, { caller: `caller-${index}`, priority });
      times.push(time.nowMs());
      await time.sleep(20);
    }
  };
  for (const index of [0, 1, 2]) {
    for (let at = 0; at < 12; at += 1)
      load(index, at % 3 === 0 ? 'sync' : 'interactive').catch(() => undefined);
  }
  await run(3 * MINUTE_MS);
  const measured = times.filter((atMs) => atMs >= MINUTE_MS);
  budgets.forEach((budget) => budget.close());
  expect(busiestWindow(times, MINUTE_MS)).toBeLessThanOrEqual(CONNECTION.requestsPerMinute * 1.075);
  expect(measured.length).toBeGreaterThanOrEqual(2 * CONNECTION.requestsPerMinute * 0.95);
});

test('the embedded database keeps the permits over a restart of the bridge', async () => {
  const embedded = await startEmbedded();
  const store = createPermitStore(await embedded.open());
  const first = await store.lease('purecloud', { owner: 'before', limit: 10, interactive: 5, sync: 0 });
  const second = await store.lease('purecloud', { owner: 'after', limit: 10, interactive: 0, sync: 0 });
  await store.forget('purecloud');
  const third = await store.lease('purecloud', { owner: 'after', limit: 10, interactive: 0, sync: 0 });
  await embedded.stop();
  expect([first.interactive, first.used, second.used, third.used]).toEqual([1, 1, 1, 0]);
});
