import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPermitStore } from '../../server/purecloud/permit-store.ts';
import { createRequestBudget } from '../../server/purecloud/request-budget.ts';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import { startEmbedded, startPostgres, type PostgresServer } from '../support/databases.ts';
import { busiestWindow, SILENT } from './budget-fixtures.ts';

const WINDOW_MS = 2_000; // a minute, shortened
const CONNECTION = { name: 'purecloud', requestsPerMinute: 240 };

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

test('three instances on one database keep to the limit together, and use it', async () => {
  const databases = [await server.open(), await server.openAgain!(), await server.openAgain!()];
  const clock = createSystemClock();
  const times: number[] = [];
  const budgets = databases.map((database, index) =>
    createRequestBudget({
      store: createPermitStore(database, WINDOW_MS),
      clock,
      owner: `instance-${index}`,
      log: SILENT,
      windowMs: WINDOW_MS,
    }),
  );
  const load = async (index: number, priority: 'interactive' | 'sync') => {
    for (;;) {
      await budgets[index]!.acquire(CONNECTION, { caller: `caller-${index}`, priority });
      times.push(clock.monotonicMs());
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const startedAtMs = clock.monotonicMs();
  const loads = [0, 1, 2].flatMap((index) =>
    Array.from({ length: 15 }, (_, at) =>
      load(index, at % 3 === 0 ? 'sync' : 'interactive').catch(() => undefined),
    ),
  );
  // Two windows to settle in, three to measure.
  await new Promise((resolve) => setTimeout(resolve, 5 * WINDOW_MS));
  const state = await budgets[0]!.state(CONNECTION);
  budgets.forEach((budget) => budget.close());
  await Promise.all(loads);
  expect(state).toMatchObject({ limitPerMinute: 240, isShared: true });
  const measured = times.filter(
    (atMs) => atMs >= startedAtMs + 2 * WINDOW_MS && atMs < startedAtMs + 5 * WINDOW_MS,
  );
  expect(busiestWindow(times, WINDOW_MS)).toBeLessThanOrEqual(240 * 1.075);
  expect(measured.length).toBeGreaterThanOrEqual(3 * 240 * 0.95);
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
