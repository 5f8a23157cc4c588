import { describe, expect, test } from '@jest/globals';
import { BridgeError } from '../../server/errors.ts';
import type { RequestBudget } from '../../server/purecloud/request-budget.ts';
import { busiestWindow, createWorld } from './budget-fixtures.ts';

const CONNECTION = { name: 'purecloud', requestsPerMinute: 300 };
const MINUTE_MS = 60_000;

type World = ReturnType<typeof createWorld>;

/** Calls without end, `atOnce` at a time, each taking 20 ms upstream. */
function load(
  { time }: World,
  budget: RequestBudget,
  request: { caller: string; priority: 'interactive' | 'sync' },
  atOnce: number,
  times: number[],
): void {
  const again = async (): Promise<void> => {
    for (;;) {
      await budget.acquire(CONNECTION, request);
      times.push(time.nowMs());
      await time.sleep(20);
    }
  };
  for (let index = 0; index < atOnce; index += 1) again().catch(() => undefined);
}

function settled(promise: Promise<void>): () => string | undefined {
  let state: string | undefined;
  promise.then(
    () => (state = 'served'),
    (error: unknown) => (state = error instanceof BridgeError ? error.code : (error as Error).name),
  );
  return () => state;
}

describe('the request budget', () => {
  test('asks for nothing where the connection has no limit', async () => {
    const world = createWorld();
    await world.instance('a').acquire({ name: 'org' }, { caller: 'x', priority: 'sync' });
    expect(world.shared.leases).toBe(0);
  });

  test.each([
    { name: 'interactive', priority: 'interactive' as const },
    { name: 'sync', priority: 'sync' as const },
  ])(
    'three instances under $name load use 95 % of the limit, and no minute has more than the margin above it',
    async ({ priority }) => {
      const world = createWorld();
      const times: number[] = [];
      const budgets = ['a', 'b', 'c'].map((owner) => world.instance(owner));
      budgets.forEach((budget, index) =>
        load(world, budget, { caller: `caller-${index}`, priority }, 40, times),
      );
      await world.time.run(4 * MINUTE_MS);
      budgets.forEach((budget) => budget.close());
      const inSteadyState = times.filter((atMs) => atMs >= MINUTE_MS).length;
      expect(inSteadyState).toBeGreaterThanOrEqual(3 * 300 * 0.95);
      // 2.5 % an instance, as documented.
      expect(busiestWindow(times, MINUTE_MS)).toBeLessThanOrEqual(300 * 1.075);
    },
  );

  test.each([1, 2, 3, 5, 8])(
    'one run that sends %i requests at a time uses 95 % of the limit, and asks the database less than once for each',
    async (atOnce) => {
      const world = createWorld();
      const times: number[] = [];
      const budget = world.instance('a');
      load(world, budget, { caller: 'run', priority: 'sync' }, atOnce, times);
      await world.time.run(4 * MINUTE_MS);
      budget.close();
      expect(times.filter((atMs) => atMs >= MINUTE_MS).length).toBeGreaterThanOrEqual(3 * 300 * 0.95);
      expect(busiestWindow(times, MINUTE_MS)).toBeLessThanOrEqual(300 * 1.025);
      expect(world.shared.leases).toBeLessThan(times.length);
    },
  );

  test('serves an interactive call at once while syncs of two instances take all they can', async () => {
    const world = createWorld();
    const [a, b] = [world.instance('a'), world.instance('b')];
    load(world, a, { caller: 'run-1', priority: 'sync' }, 50, []);
    load(world, b, { caller: 'run-2', priority: 'sync' }, 50, []);
    await world.time.run(3 * MINUTE_MS);
    for (const budget of [a, b, a, b]) {
      const askedAtMs = world.time.nowMs();
      let servedAtMs = Number.POSITIVE_INFINITY;
      void budget
        .acquire(CONNECTION, { caller: 'person', priority: 'interactive' })
        .then(() => (servedAtMs = world.time.nowMs()));
      await world.time.run(askedAtMs + 2_000);
      expect(servedAtMs - askedAtMs).toBeLessThanOrEqual(50);
    }
    [a, b].forEach((budget) => budget.close());
  });

  test('gives callers the same share, whatever each of them asks for', async () => {
    const world = createWorld();
    const budget = world.instance('a');
    const [greedy, modest]: [number[], number[]] = [[], []];
    load(world, budget, { caller: 'greedy', priority: 'interactive' }, 200, greedy);
    load(world, budget, { caller: 'modest', priority: 'interactive' }, 5, modest);
    await world.time.run(3 * MINUTE_MS);
    budget.close();
    expect(modest.length / (greedy.length + modest.length)).toBeGreaterThan(0.4);
  });

  test('does far fewer database calls than requests on a busy connection', async () => {
    const world = createWorld();
    const budget = world.instance('a');
    const connection = { name: 'purecloud', requestsPerMinute: 3_000 };
    let served = 0;
    const calls = async () => {
      for (; served < 1_200; served += 1) {
        await budget.acquire(connection, { caller: 'x', priority: 'interactive' });
        await world.time.sleep(25);
      }
    };
    void calls();
    await world.time.run(MINUTE_MS);
    expect(served).toBe(1_200);
    expect(world.shared.leases).toBeLessThan(served / 5);
  });

  test('keeps to its share of the limit while the database is away, and comes back to it', async () => {
    const world = createWorld();
    const times: number[] = [];
    const budgets = ['a', 'b', 'c'].map((owner) => world.instance(owner));
    budgets.forEach((budget, index) =>
      load(world, budget, { caller: `c${index}`, priority: 'interactive' }, 20, times),
    );
    await world.time.run(MINUTE_MS);
    world.shared.isAway = true;
    await world.time.run(4 * MINUTE_MS);
    expect(
      await Promise.all(budgets.map(async (budget) => (await stateOf(world, budget))?.isShared)),
    ).toEqual([false, false, false]);
    const away = times.filter((atMs) => atMs >= 2 * MINUTE_MS);
    expect(busiestWindow(away, MINUTE_MS)).toBeLessThanOrEqual(300 * 1.075);
    expect(away.length).toBeGreaterThanOrEqual(2 * 300 * 0.9);
    world.shared.isAway = false;
    await world.time.run(5 * MINUTE_MS);
    expect((await stateOf(world, budgets[0]!))?.isShared).toBe(true);
    budgets.forEach((budget) => budget.close());
  });

  test('tells the shared account, when it is back, what was given without it', async () => {
    const world = createWorld();
    const times: number[] = [];
    const alone = world.instance('alone');
    load(world, alone, { caller: 'x', priority: 'interactive' }, 40, times);
    await world.time.run(1_000);
    world.shared.isAway = true;
    await world.time.run(80_000);
    world.shared.isAway = false;
    await world.time.run(82_000);
    // One that has just started knows of nothing but the shared account.
    const fresh = world.instance('fresh');
    load(world, fresh, { caller: 'y', priority: 'interactive' }, 40, times);
    await world.time.run(4 * MINUTE_MS);
    [alone, fresh].forEach((budget) => budget.close());
    expect(busiestWindow(times, MINUTE_MS)).toBeLessThanOrEqual(300 * 1.05);
    const later = times.filter((atMs) => atMs >= 2 * MINUTE_MS).length;
    expect(later).toBeGreaterThanOrEqual(2 * 300 * 0.9);
  });

  test('remembers over a restart what was used', async () => {
    const world = createWorld();
    const before = world.instance('before');
    const times: number[] = [];
    load(world, before, { caller: 'x', priority: 'interactive' }, 100, times);
    await world.time.run(10_000);
    before.close();
    const after = world.instance('after');
    load(world, after, { caller: 'x', priority: 'interactive' }, 100, times);
    await world.time.run(2 * MINUTE_MS);
    after.close();
    expect(busiestWindow(times, MINUTE_MS)).toBeLessThanOrEqual(300 * 1.05);
  });

  test('tells the other instances of a 429, and nobody sends before its end', async () => {
    const world = createWorld();
    const [a, b] = [world.instance('a'), world.instance('b')];
    const times: number[] = [];
    for (const budget of [a, b]) load(world, budget, { caller: 'x', priority: 'interactive' }, 1, times);
    await world.time.run(5_000);
    a.report(CONNECTION, { status: 429, headers: { 'retry-after': '20' } });
    await world.time.run(40_000);
    [a, b].forEach((budget) => budget.close());
    // The other instance may use what it held when the answer came.
    expect(times.filter((atMs) => atMs > 5_000 && atMs < 25_000).length).toBeLessThanOrEqual(5);
    expect(times.filter((atMs) => atMs >= 25_000).length).toBeGreaterThan(0);
  });

  test('slows down to what the upstream says that it allows', async () => {
    const world = createWorld();
    const budget = world.instance('a');
    const times: number[] = [];
    load(world, budget, { caller: 'x', priority: 'interactive' }, 20, times);
    const headers = {
      'inin-ratelimit-count': '1',
      'inin-ratelimit-allowed': '60',
      'inin-ratelimit-reset': '60',
    };
    for (let atMs = 1; atMs < 5 * MINUTE_MS; atMs += 10_000) {
      world.time.after(atMs, () => budget.report(CONNECTION, { status: 200, headers }));
    }
    await world.time.run(5 * MINUTE_MS);
    budget.close();
    const later = times.filter((atMs) => atMs >= 2 * MINUTE_MS);
    expect(busiestWindow(later, MINUTE_MS)).toBeLessThanOrEqual(62);
    expect(later.length).toBeGreaterThan(2 * 60 * 0.9);
  });
});

async function stateOf(world: World, budget: RequestBudget) {
  const state = budget.state(CONNECTION);
  await world.time.run(world.time.nowMs() + 3_000);
  return state;
}

describe('a caller that cannot wait', () => {
  async function usedUp() {
    const world = createWorld();
    const budget = world.instance('a');
    for (let index = 0; index < 300; index += 1) {
      budget.acquire(CONNECTION, { caller: 'early', priority: 'interactive' }).catch(() => undefined);
    }
    await world.time.run(35_000);
    return { world, budget };
  }

  test('is told when to come back, at its own deadline', async () => {
    const { world, budget } = await usedUp();
    const refused = budget
      .acquire(CONNECTION, { caller: 'late', priority: 'interactive', deadlineMs: 8_000 })
      .catch((error: unknown) => error);
    await world.time.run(43_100);
    expect(await refused).toMatchObject({
      code: 'rate_limited',
      options: { retryAfterSeconds: expect.any(Number) },
    });
  });

  test('is told at once where the upstream asked for a longer pause', async () => {
    const { world, budget } = await usedUp();
    budget.report(CONNECTION, { status: 429, headers: { 'retry-after': '600' } });
    const askedAtMs = world.time.nowMs();
    const refused = await budget
      .acquire(CONNECTION, { caller: 'late', priority: 'sync' })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rate_limited', options: { retryAfterSeconds: 600 } });
    expect(world.time.nowMs()).toBe(askedAtMs);
    budget.close();
  });

  test('leaves with its own reason, and its permit goes to the next', async () => {
    const { world, budget } = await usedUp();
    const leaving = new AbortController();
    const state = settled(
      budget.acquire(CONNECTION, { caller: 'a', priority: 'interactive', signal: leaving.signal }),
    );
    const next = settled(budget.acquire(CONNECTION, { caller: 'b', priority: 'interactive' }));
    await world.time.run(37_000);
    leaving.abort();
    await world.time.run(70_000);
    expect([state(), next()]).toEqual(['AbortError', 'served']);
    expect((await stateOf(world, budget))?.waitingInteractive).toBe(0);
  });

  test('is turned away when too many wait, the longest queue first', async () => {
    const { budget } = await usedUp();
    const waiting = Array.from({ length: 1_000 }, () =>
      settled(budget.acquire(CONNECTION, { caller: 'flood', priority: 'sync' })),
    );
    const other = settled(budget.acquire(CONNECTION, { caller: 'other', priority: 'sync' }));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting.at(-1)!()).toBe('rate_limited');
    expect(other()).toBeUndefined();
    budget.close();
  });

  test('is told that the bridge shuts down', async () => {
    const { budget } = await usedUp();
    const waiting = budget.acquire(CONNECTION, { caller: 'x', priority: 'sync' });
    budget.close();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(budget.acquire(CONNECTION, { caller: 'x', priority: 'sync' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
