import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createUsageStore } from '../../server/telemetry/usage.ts';
import type { Database } from '../../server/database/database.ts';
import { quietLog, startEmbedded, type TestDatabases } from '../support/databases.ts';

let databases: TestDatabases;
let database: Database;
beforeAll(async () => {
  databases = await startEmbedded();
  database = await databases.open();
});
afterAll(() => databases.stop());

const EVENING_MS = Date.parse('2026-05-01T23:59:00Z');
const MORNING_MS = Date.parse('2026-05-02T00:01:00Z');

test('uses are counted by day, over restarts and instances', async () => {
  let nowMs = EVENING_MS;
  const now = () => nowMs;
  const first = createUsageStore({ database, log: quietLog, now });
  first.used('a');
  first.used('a');
  expect((await first.read()).get('a')).toEqual({ usesToday: 2, lastUsedAt: new Date(EVENING_MS) });
  await first.close();
  const second = createUsageStore({ database, log: quietLog, now });
  second.used('a');
  expect((await second.read()).get('a')?.usesToday).toBe(3);
  nowMs = MORNING_MS;
  expect((await second.read()).get('a')).toEqual({ usesToday: 0, lastUsedAt: new Date(EVENING_MS) });
  second.used('a');
  expect((await second.read()).get('a')).toEqual({ usesToday: 1, lastUsedAt: new Date(MORNING_MS) });
  await second.close();
});

test('without the database, what is known here is told, and written once it is back', async () => {
  let isAway = true;
  const db = new Proxy(database.db, {
    get(target, name) {
      if (isAway) throw new Error('away');
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const usage = createUsageStore({ database: { ...database, db }, log: quietLog, now: () => MORNING_MS });
  usage.used('b');
  expect((await usage.read()).get('b')?.usesToday).toBe(1);
  isAway = false;
  await usage.close();
  const again = createUsageStore({ database, log: quietLog, now: () => MORNING_MS });
  expect((await again.read()).get('b')?.usesToday).toBe(1);
  await again.close();
});

test('a use of another instance that was later stays the last one', async () => {
  const late = createUsageStore({ database, log: quietLog, now: () => MORNING_MS });
  late.used('c');
  await late.close();
  const isAway = { value: false };
  const db = new Proxy(database.db, {
    get(target, name) {
      if (isAway.value && name === 'insertInto') throw new Error('away');
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const slow = createUsageStore({
    database: { ...database, db },
    log: quietLog,
    now: () => MORNING_MS - 60_000,
  });
  slow.used('c');
  isAway.value = true;
  expect((await slow.read()).get('c')).toEqual({ usesToday: 2, lastUsedAt: new Date(MORNING_MS) });
  isAway.value = false;
  await slow.close();
});

test('what is used while a batch is being written is written before the store is closed', async () => {
  const store = createUsageStore({ database, log: quietLog, now: () => MORNING_MS });
  store.used('d');
  const reading = store.read();
  store.used('d');
  await Promise.all([reading, store.close()]);
  const again = createUsageStore({ database, log: quietLog, now: () => MORNING_MS });
  expect((await again.read()).get('d')?.usesToday).toBe(2);
  await again.close();
});
