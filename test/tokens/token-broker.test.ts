/** The cases that brokers are known to break on: the life of a token, and one grant at a time. Virtual time throughout. */
import { describe, expect, test } from '@jest/globals';
import { createBench, faultyStore, NEVER } from './broker-bench.ts';

const HOUR_MS = 3_600_000;
const trouble = { kind: 'refusal', status: 503 } as const;

describe('life of a token', () => {
  test('case 01: 10,000 calls in two hours sign in once where the answer tells no life and two hours are configured', async () => {
    const bench = createBench({ tokenLifetimeSeconds: 7_200 });
    bench.upstream.answer = () => bench.token({ expiresIn: undefined });
    const broker = bench.broker();
    for (let call = 0; call < 10_000; call += 1) {
      await bench.get(broker);
      await bench.passes((7_200_000 - 300_000) / 10_000);
    }
    expect(bench.upstream.calls).toHaveLength(1);
    await bench.passes(300_000);
    await bench.get(broker);
    expect(bench.upstream.calls).toHaveLength(2);
  });

  test.each(['0', -5, null, '', 'abc', '1e3', Number.NaN, {}])(
    'case 02: expires_in %p is the default life, with a warning',
    async (expiresIn) => {
      const bench = createBench();
      bench.upstream.answer = () => bench.token({ expiresIn });
      const corrected: string[] = [];
      const broker = bench.broker('a', {
        metrics: { lifetimeCorrected: (_name, source) => corrected.push(source) },
      });
      expect((await bench.get(broker)).expiresInSeconds).toBe(1799);
      expect(corrected).toEqual(['assumed']);
    },
  );

  test('case 03: a token of 30 s is fetched about every 15 s and not on every call', async () => {
    const bench = createBench();
    bench.upstream.answer = ({ number }) => bench.token({ accessToken: `t${number}`, expiresIn: 30 });
    const broker = bench.broker();
    for (let second = 0; second < 150; second += 1) {
      await bench.get(broker);
      await bench.passes(1_000);
    }
    expect(bench.upstream.calls.length).toBeGreaterThanOrEqual(6);
    expect(bench.upstream.calls.length).toBeLessThanOrEqual(11);
  });

  test('case 18: an upstream that repeats the same token with what is left of it is never asked in a loop', async () => {
    const bench = createBench();
    const lifeMs = 3_600_000;
    bench.upstream.answer = ({ atMs, number }) =>
      atMs < lifeMs - 30_000
        ? bench.token({ accessToken: 'same', expiresIn: Math.floor((lifeMs - atMs) / 1000) })
        : bench.token({ accessToken: `new-${number}` });
    const broker = bench.broker();
    for (let second = 0; second < 3_600; second += 1) {
      await bench.ended(broker.getToken('crm'));
      await bench.passes(1_000);
    }
    const times = bench.upstream.calls.map(({ atMs }) => atMs);
    const waits = times
      .slice(1)
      .map((atMs, index) => ({ waitMs: atMs - times[index]!, leftMs: lifeMs - times[index]! }));
    expect(times.length).toBeLessThan(10);
    for (const { waitMs, leftMs } of waits.slice(1))
      expect(waitMs).toBeGreaterThanOrEqual(Math.max(10_000, leftMs / 2 - 1_000));
    expect((await bench.get(broker)).accessToken.reveal()).toMatch(/^new/);
  });

  test('case 21: a jump of the wall clock by an hour either way changes neither the token nor its life', async () => {
    const bench = createBench();
    const broker = bench.broker();
    const before = await bench.get(broker);
    for (const jumpMs of [HOUR_MS, -2 * HOUR_MS]) {
      bench.clock.wallOffsetMs += jumpMs;
      const after = await bench.get(broker);
      expect(after.generation).toBe(before.generation);
      expect(after.expiresInSeconds).toBe(before.expiresInSeconds);
      expect(Date.parse(after.expiresAt)).toBe(
        bench.time.nowMs() + bench.clock.wallOffsetMs + 3_600_000 - 100,
      );
    }
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('case 21: the life of a token counts from the request, not from an answer that took 8 s', async () => {
    const bench = createBench();
    bench.upstream.delayMs = 7_900;
    bench.upstream.answer = () =>
      bench.token({ expiresIn: 60, date: new Date(bench.clock.wallOffsetMs + 300_000).toUTCString() });
    const skews: number[] = [];
    const broker = bench.broker('a', { metrics: { clockSkewMs: (_name, skewMs) => skews.push(skewMs) } });
    expect((await bench.get(broker)).expiresInSeconds).toBe(52);
    expect(Math.round(skews[0]! / 1000)).toBe(292);
  });

  test('never hands out a token past its expiry less what was asked', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    await bench.passes(3_000_000);
    expect(broker.peek('crm', 599)).toBeDefined();
    expect(broker.peek('crm', 600)).toBeUndefined();
    expect((await bench.get(broker, { minimumLifetimeSeconds: 600 })).generation).toBe(2);
  });

  test('says so at once where no token of the connection lives as long as was asked', async () => {
    const bench = createBench();
    const broker = bench.broker();
    const error = await bench.failure(broker, { minimumLifetimeSeconds: 7_200 });
    expect(error.code).toBe('invalid_request');
    expect(error.options.errors?.[0]?.detail).toContain('ask for at most 3300 s');
    expect(bench.upstream.calls).toHaveLength(1);
  });
});

describe('one grant at a time', () => {
  test('case 04: 10,000 callers at once with an empty cache make one request, and all have its token', async () => {
    const bench = createBench();
    bench.upstream.delayMs = 2_000;
    const broker = bench.broker();
    const callers = Array.from({ length: 10_000 }, () => broker.getToken('crm'));
    const { value, atMs } = await bench.ended(Promise.all(callers));
    expect(bench.upstream.calls).toHaveLength(1);
    expect(new Set(value?.map(({ generation }) => generation))).toEqual(new Set([1]));
    expect(value?.[9_999]?.source).toBe('upstream');
    expect(atMs).toBeLessThanOrEqual(2_250);
  });

  test('case 05: in the refresh window nobody waits, and one request goes out in the background', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    await bench.passes(3_400_000);
    for (let caller = 0; caller < 10_000; caller += 1) expect(broker.peek('crm')?.generation).toBe(1);
    await bench.passes(1_000);
    expect(bench.upstream.calls).toHaveLength(2);
    expect(broker.peek('crm')).toMatchObject({ generation: 2, source: 'cache' });
  });

  test('case 06: three instances with a thousand callers each make one request', async () => {
    const bench = createBench();
    bench.upstream.delayMs = 2_000;
    const brokers = ['a', 'b', 'c'].map((owner) => bench.broker(owner));
    const callers = brokers.flatMap((broker) => Array.from({ length: 1_000 }, () => broker.getToken('crm')));
    const { value, atMs } = await bench.ended(Promise.all(callers));
    expect(bench.upstream.calls).toHaveLength(1);
    expect(new Set(value?.map(({ accessToken }) => accessToken.reveal()))).toEqual(new Set(['token-1']));
    expect(atMs).toBeLessThanOrEqual(2_250);
  });

  test('case 07: a holder that comes back after its lock ran out writes nothing, and the newest token wins', async () => {
    const bench = createBench();
    const stalled = bench.broker('stalled', {
      store: faultyStore(bench.core, () =>
        bench.time.nowMs() < 60_000 && bench.upstream.calls.length === 1 ? NEVER : undefined,
      ),
    });
    const first = bench.ended(stalled.getToken('crm', { waitMs: 500 }));
    await bench.passes(30_000);
    const other = bench.broker('other');
    const newest = await bench.get(other);
    expect(newest.accessToken.reveal()).toBe('token-2');
    await first;
    await bench.passes(60_000);
    const record = await bench.core.read('crm');
    expect(record?.token?.accessToken.reveal()).toBe('token-2');
    expect((await bench.get(stalled)).accessToken.reveal()).toBe('token-2');
    expect(newest.generation).toBe(2);
    expect(bench.logged.join()).toContain('too late');
  });

  test('case 08: when the holder fails, 500 callers of another instance learn it within 100 ms', async () => {
    const bench = createBench();
    bench.upstream.delayMs = 1_000;
    bench.upstream.answer = () => trouble;
    const holder = bench
      .broker('holder')
      .getToken('crm')
      .catch(() => undefined);
    await bench.passes(50);
    const waiting = bench.broker('waiting');
    const ends = Array.from({ length: 500 }, () => bench.ended(waiting.getToken('crm')));
    await bench.time.run(1_100);
    await holder;
    const all = await Promise.all(ends);
    expect(all.every(({ error, atMs }) => error?.code === 'upstream_failure' && atMs <= 1_100)).toBe(true);
    expect(all[0]?.error?.options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('case 10: a caller that leaves stops nothing for the others', async () => {
    const bench = createBench();
    bench.upstream.delayMs = 2_000;
    const broker = bench.broker();
    const leaving = new AbortController();
    const first = bench.ended(broker.getToken('crm', { signal: leaving.signal }));
    const second = bench.ended(broker.getToken('crm', { waitMs: 500 }));
    const third = bench.ended(broker.getToken('crm'));
    bench.time.after(100, () => leaving.abort(new Error('gone')));
    expect((await first).error?.message).toBe('gone');
    const timedOut = await second;
    expect(timedOut.error?.code).toBe('upstream_timeout');
    expect(timedOut.atMs).toBeLessThanOrEqual(600);
    expect((await third).value?.generation).toBe(1);
    expect(bench.upstream.calls[0]?.signal.aborted).toBe(false);
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('answers a caller who says nothing of time before Apex gives up, and goes on with the grant', async () => {
    const bench = createBench({ timeoutSeconds: 20 });
    bench.upstream.delayMs = 15_000;
    const broker = bench.broker();
    const { error, atMs } = await bench.ended(broker.getToken('crm'));
    expect(error?.code).toBe('upstream_timeout');
    expect(atMs).toBe(8_000);
    await bench.passes(8_000);
    expect((await bench.get(broker)).generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('breaks off a grant that hangs at its own deadline', async () => {
    const bench = createBench({ timeoutSeconds: 5 });
    bench.upstream.answer = () => NEVER;
    const error = await bench.failure(bench.broker(), { waitMs: 20_000 });
    expect(error.code).toBe('upstream_timeout');
    expect(bench.time.nowMs()).toBeLessThanOrEqual(6_200);
    expect(bench.upstream.calls[0]?.signal.aborted).toBe(true);
  });

  test('case 22: every connection has a token of its own, and a changed credential never serves the old one', async () => {
    const bench = createBench();
    bench.add({ name: 'crm-2' });
    const [broker, other] = [bench.broker('a'), bench.broker('b')];
    const tokens = [await bench.get(broker), await bench.get(broker, {}, 'crm-2')];
    expect(tokens.map(({ accessToken }) => accessToken.reveal())).toEqual(['token-1', 'token-2']);
    await bench.get(other);
    bench.add({ credentialVersion: 2 });
    await broker.connectionChanged('crm');
    expect([broker.peek('crm'), other.peek('crm')]).toEqual([undefined, undefined]);
    const renewed = [await bench.get(broker), await bench.get(other)];
    expect(renewed.map(({ accessToken }) => accessToken.reveal())).toEqual(['token-3', 'token-3']);
    expect(broker.peek('crm-2')?.accessToken.reveal()).toBe('token-2');
  });

  test('forgets a connection that was removed', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    bench.connections.delete('crm');
    await broker.connectionChanged('crm', 1);
    expect((await bench.failure(broker)).code).toBe('not_found');
    expect(broker.size()).toBe(0);
    expect((await bench.core.read('crm'))?.token).toBeUndefined();
  });

  test('keeps no more connections in memory than it may, and those that are used', async () => {
    const bench = createBench();
    const broker = bench.broker('a', { connectionsMax: 10 });
    for (let index = 0; index < 50; index += 1) {
      bench.add({ name: `c-${index}` });
      await bench.get(broker, {}, `c-${index}`);
      await bench.get(broker, {}, 'c-0');
    }
    expect(broker.size()).toBe(10);
    expect(broker.peek('c-0')).toBeDefined();
    expect(bench.upstream.calls).toHaveLength(50);
  });
});
