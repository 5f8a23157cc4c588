/** The cases that brokers are known to break on, one by one; and the rules of the hand-out. Virtual time throughout. */
import { describe, expect, test } from '@jest/globals';
import { createMemoryTokenStore } from '../../server/tokens/memory-token-store.ts';
import { createBench, faultyStore, NEVER } from './broker-bench.ts';

const HOUR_MS = 3_600_000;
const throttled = (retryAfter?: string) => ({
  kind: 'throttled' as const,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
const refused = { kind: 'refusal', status: 400, error: 'invalid_grant' } as const;
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
    await broker.connectionChanged('crm');
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

describe('when the upstream fails', () => {
  test('case 11: serves the token to the last safe second, then answers with a wait, and never an expired token', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    bench.upstream.answer = () => trouble;
    await bench.passes(1_800_000);
    const codes = new Set<string>();
    for (let second = 1_800; second < 3_700; second += 5) {
      const { value, error } = await bench.ended(broker.getToken('crm'));
      if (value !== undefined) expect(value.expiresInSeconds).toBeGreaterThanOrEqual(5);
      else codes.add(`${error?.code} ${(error?.options.retryAfterSeconds ?? 0) > 0}`);
      if (second < 3_590) expect(value).toBeDefined();
      if (second > 3_600) expect(value).toBeUndefined();
      await bench.passes(5_000);
    }
    expect(codes).toEqual(new Set(['upstream_failure true']));
    bench.upstream.answer = () => bench.token();
    await bench.passes(60_000);
    expect((await bench.get(broker)).generation).toBe(2);
  });

  test('case 12: answers that are no token back off with an alarm and recover with the next good one', async () => {
    const bench = createBench();
    const answers = [
      { kind: 'protocol', reason: 'empty' },
      { kind: 'protocol', reason: 'not_json' },
      { kind: 'protocol', reason: 'no_token' },
      bench.token({ accessToken: '' }),
    ] as const;
    const broker = bench.broker();
    for (const answer of answers) {
      bench.upstream.answer = () => answer;
      expect((await bench.failure(broker)).code).toBe('upstream_failure');
      expect((await bench.failure(broker)).options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      await bench.passes(60_000);
    }
    expect(bench.upstream.calls).toHaveLength(4);
    bench.upstream.answer = () => bench.token();
    expect((await bench.get(broker)).generation).toBe(1);
    expect(bench.logged.filter((line) => line.startsWith('error'))).toHaveLength(4);
  });

  test('case 14: a wrong password is tried once for 1,000 callers in an hour, over a restart too', async () => {
    const bench = createBench();
    bench.upstream.answer = () => refused;
    let broker = bench.broker('first');
    for (let caller = 0; caller < 1_000; caller += 1) {
      if (caller === 500) broker = bench.broker('restarted');
      expect((await bench.failure(broker)).code).toBe('credential_rejected');
      await bench.passes(3_600);
    }
    expect(bench.upstream.calls).toHaveLength(1);
    expect((await broker.state('crm')).failure).toMatchObject({ class: 'credential', isLatched: true });
  });

  test('case 14: a reset or a changed credential ends the latch on all instances, each with one attempt', async () => {
    const bench = createBench();
    bench.upstream.answer = () => refused;
    const [broker, other] = [bench.broker('a'), bench.broker('b')];
    const both = async () => [(await bench.failure(broker)).code, (await bench.failure(other)).code];
    expect(await both()).toEqual(['credential_rejected', 'credential_rejected']);
    await other.reset('crm');
    expect(await both()).toEqual(['credential_rejected', 'credential_rejected']);
    expect(bench.upstream.calls).toHaveLength(2);
    bench.add({ credentialVersion: 2 });
    await other.connectionChanged('crm');
    bench.upstream.answer = () => bench.token();
    expect((await bench.get(broker)).generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(3);
  });

  test.each([
    ['as seconds', '120', 120, 133],
    ['as a date', new Date(Date.parse('2026-03-01T12:02:00Z')).toUTCString(), 118, 133],
    ['as a date in the past', 'Sun, 06 Nov 1994 08:49:37 GMT', 1, 2],
    ['beyond reason', '1000000000', 3_600, 3_600],
    ['absent', undefined, 1, 2],
    ['as nonsense', 'soon', 1, 2],
  ])(
    'case 15: Retry-After %s is kept, and callers are told what is left of it',
    async (_name, retryAfter, least, most) => {
      const bench = createBench();
      bench.upstream.answer = () => throttled(retryAfter);
      const broker = bench.broker();
      const error = await bench.failure(broker);
      expect(error.code).toBe('unavailable');
      const waitSeconds = error.options.retryAfterSeconds!;
      expect(waitSeconds).toBeGreaterThanOrEqual(least);
      expect(waitSeconds).toBeLessThanOrEqual(most);
      await bench.passes((waitSeconds - 1) * 1000 - 100);
      expect((await bench.failure(broker)).options.retryAfterSeconds).toBeLessThanOrEqual(2);
      expect(bench.upstream.calls).toHaveLength(1);
      await bench.passes(1_200);
      await bench.failure(broker);
      expect(bench.upstream.calls).toHaveLength(2);
    },
  );

  test('what the bridge itself forbids is tried once, and told to no other instance', async () => {
    const bench = createBench();
    bench.upstream.answer = () => ({ kind: 'egress_denied' });
    const broker = bench.broker();
    for (let caller = 0; caller < 5; caller += 1) {
      expect((await bench.failure(broker)).code).toBe('egress_denied');
      await bench.passes(HOUR_MS);
    }
    expect(bench.upstream.calls).toHaveLength(1);
    bench.upstream.answer = () => bench.token();
    expect((await bench.get(bench.broker('b'))).generation).toBe(1);
    await broker.reset('crm');
    expect((await bench.get(broker)).generation).toBe(1);
  });

  test('a user signs in at most as often as the budget allows, over all connections and restarts', async () => {
    const bench = createBench({ login: { key: 'user', attemptsPerHourMax: 5 } });
    bench.add({ name: 'crm-2' });
    bench.upstream.answer = () => trouble;
    for (let minute = 0; minute < 60; minute += 1) {
      const broker = bench.broker(`restart-${minute}`);
      await bench.failure(broker, {}, minute % 2 === 0 ? 'crm' : 'crm-2');
      await bench.passes(60_000);
    }
    expect(bench.upstream.calls).toHaveLength(5);
    const error = await bench.failure(bench.broker('last'), {}, 'crm-2');
    if (error.code === 'unavailable') expect(error.message).toContain('sign-ins');
  });
});

describe('rejection', () => {
  test('case 16: 200 callers whose old token got 401 after the next was stored cause no grant', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    expect(await broker.reject('crm', 1)).toEqual({ invalidated: true });
    await bench.get(broker);
    const rejections = await Promise.all(Array.from({ length: 200 }, () => broker.reject('crm', 1)));
    expect(new Set(rejections.map(({ invalidated }) => invalidated))).toEqual(new Set([false]));
    expect(broker.peek('crm')?.generation).toBe(2);
    expect(bench.upstream.calls).toHaveLength(2);
  });

  test('of many callers who report the same token, all together cause one grant, on all instances', async () => {
    const bench = createBench();
    const brokers = [bench.broker('a'), bench.broker('b')];
    for (const broker of brokers) await bench.get(broker);
    const rejections = await Promise.all(
      brokers.flatMap((broker) => Array.from({ length: 50 }, () => broker.reject('crm', 1))),
    );
    expect(rejections.filter(({ invalidated }) => invalidated).length).toBeLessThanOrEqual(2);
    const callers = brokers.flatMap((broker) => Array.from({ length: 50 }, () => broker.getToken('crm')));
    const { value } = await bench.ended(Promise.all(callers));
    expect(new Set(value?.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect(bench.upstream.calls).toHaveLength(2);
  });

  test('a rejection on one instance reaches the others', async () => {
    const bench = createBench();
    const [broker, other] = [bench.broker('a'), bench.broker('b')];
    await bench.get(broker);
    await bench.get(other);
    await broker.reject('crm', 1);
    await bench.passes(10);
    expect(other.peek('crm')).toBeUndefined();
    expect((await bench.get(other)).generation).toBe(2);
  });

  test('a generation that was never given, or is nonsense, changes nothing', async () => {
    const bench = createBench();
    const broker = bench.broker();
    await bench.get(broker);
    for (const generation of [0, -1, 2, 1.5, Number.NaN, 1e300]) {
      expect(await broker.reject('crm', generation)).toEqual({ invalidated: false });
    }
    expect(await broker.reject('unknown', 1)).toEqual({ invalidated: false });
    expect(broker.peek('crm')?.generation).toBe(1);
  });

  test('case 17: a token that is refused for its first 3 s is given up at most once more', async () => {
    const bench = createBench();
    const broker = bench.broker();
    const startMs = bench.time.nowMs();
    while (bench.time.nowMs() < startMs + 3_000) {
      const { generation } = await bench.get(broker);
      await broker.reject('crm', generation);
      await bench.passes(50);
    }
    expect(bench.upstream.calls).toHaveLength(2);
    expect((await broker.reject('crm', 2)).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    await bench.passes(HOUR_MS / 2);
    expect(await broker.reject('crm', 2)).toEqual({ invalidated: true });
  });

  test('an upstream that refuses every token is asked ever more seldom', async () => {
    const bench = createBench();
    const broker = bench.broker();
    for (let second = 0; second < 3_600; second += 1) {
      const { value } = await bench.ended(broker.getToken('crm'));
      if (value !== undefined) await broker.reject('crm', value.generation);
      await bench.passes(900);
    }
    expect(bench.upstream.calls.length).toBeLessThanOrEqual(20);
  });
});

describe('when the store is away', () => {
  test('case 09: the token in memory is served, and the rest is told to wait, each within the time limit', async () => {
    const bench = createBench();
    let isAway = false;
    const store = faultyStore(bench.core, () => (isAway ? NEVER : undefined));
    const broker = bench.broker('a', { store, storeTimeoutMs: 200 });
    bench.add({ name: 'cold' });
    await bench.get(broker);
    isAway = true;
    const startMs = bench.time.nowMs();
    const callers = Array.from({ length: 100 }, () => bench.ended(broker.getToken('cold')));
    const ends = await Promise.all(callers);
    for (const { error, atMs } of ends) {
      expect(error?.code).toBe('unavailable');
      expect(error?.options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(atMs - startMs).toBeLessThanOrEqual(200);
    }
    await bench.passes(600_000);
    expect(broker.peek('crm')?.generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(1);
    expect((await bench.ended(broker.state('crm'))).value?.isStoreReachable).toBe(false);
    isAway = false;
    await bench.passes(1_100);
    expect((await bench.get(broker, {}, 'cold')).generation).toBe(1);
  });

  test('case 09: garbage from the store is an outage, not a token', async () => {
    const bench = createBench();
    const garbage = {
      ...bench.core,
      read: () => Promise.resolve({ generation: 'x', token: { accessToken: '' } } as never),
    };
    expect((await bench.failure(bench.broker('a', { store: garbage }))).code).toBe('unavailable');
    expect(bench.upstream.calls).toHaveLength(0);
  });

  test('a token that could not be written is served here while no other instance can ask, and written later', async () => {
    const bench = createBench();
    let isAway = false;
    const store = faultyStore(bench.core, () => {
      if (isAway) throw new Error('away');
    });
    const broker = bench.broker('a', { store });
    bench.upstream.answer = () => {
      isAway = true;
      return bench.token();
    };
    expect((await bench.get(broker)).generation).toBe(1);
    await bench.passes(10_000);
    expect(broker.peek('crm')?.generation).toBe(1);
    await bench.passes(20_000);
    expect(broker.peek('crm')).toBeUndefined();
    isAway = false;
    await bench.passes(31_000);
    expect(broker.peek('crm')).toMatchObject({ generation: 1 });
    expect((await bench.core.read('crm'))?.generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(1);
  });

  test('a refusal that could not be written holds here, and is written later', async () => {
    const bench = createBench();
    let isAway = false;
    const store = faultyStore(bench.core, () => {
      if (isAway) throw new Error('away');
    });
    const broker = bench.broker('a', { store });
    bench.upstream.answer = () => {
      isAway = true;
      return refused;
    };
    for (let minute = 0; minute < 10; minute += 1) {
      expect((await bench.failure(broker)).code).toBe('credential_rejected');
      await bench.passes(60_000);
    }
    isAway = false;
    await bench.passes(60_000);
    expect((await bench.core.read('crm'))?.failure?.class).toBe('credential');
    expect(bench.upstream.calls).toHaveLength(1);
  });
});

describe('the rest of its life', () => {
  test('a generation never falls, over restarts neither', async () => {
    const bench = createBench();
    const generations: number[] = [];
    for (let start = 0; start < 5; start += 1) {
      const broker = bench.broker(`start-${start}`);
      generations.push((await bench.get(broker)).generation);
      await broker.reject('crm', generations.at(-1)!);
      await bench.passes(HOUR_MS);
    }
    expect(generations).toEqual([1, 2, 3, 4, 5]);
  });

  test('goes on from a generation that it has given, where the store came back older', async () => {
    const bench = createBench();
    let core = bench.core;
    const store = { ...faultyStore(bench.core, () => undefined) };
    for (const method of ['read', 'acquire', 'publish'] as const) {
      Object.assign(store, { [method]: (argument: never) => core[method](argument) });
    }
    const broker = bench.broker('a', { store });
    await bench.get(broker);
    await broker.reject('crm', 1);
    expect((await bench.get(broker)).generation).toBe(2);
    core = createMemoryTokenStore(() => bench.time.nowMs());
    await bench.passes(HOUR_MS);
    expect((await bench.get(broker)).generation).toBe(3);
  });

  test('says nothing of an unknown name, and asks nobody about what cannot be one', async () => {
    const bench = createBench();
    let asked = 0;
    const broker = bench.broker('a', { findConnection: () => ((asked += 1), Promise.resolve(undefined)) });
    expect((await bench.failure(broker, {}, 'nobody')).code).toBe('not_found');
    expect((await bench.failure(broker, {}, '../etc\0')).code).toBe('not_found');
    expect([asked, broker.size()]).toEqual([1, 0]);
  });

  test('close ends what waits, breaks off the grant and gives its lock back', async () => {
    const bench = createBench();
    bench.upstream.answer = () => NEVER;
    const broker = bench.broker();
    const waiting = bench.ended(broker.getToken('crm'));
    await bench.passes(200);
    await bench.ended(broker.close(1_000));
    expect((await waiting).error?.code).toBe('unavailable');
    expect(bench.upstream.calls[0]?.signal.aborted).toBe(true);
    expect((await bench.core.read('crm'))?.lock).toBeUndefined();
    expect((await bench.failure(broker)).code).toBe('unavailable');
    expect(broker.peek('crm')).toBeUndefined();
  });

  test('tells a status page what all instances know', async () => {
    const bench = createBench();
    expect(await bench.broker('b').state('crm')).toEqual({
      generation: 0,
      hasToken: false,
      isGranting: false,
      waitingCallers: 0,
      isStoreReachable: true,
    });
    await bench.get(bench.broker('a'));
    expect(await bench.broker('b').state('crm')).toMatchObject({
      generation: 1,
      hasToken: true,
      expiresInSeconds: 3599,
    });
  });

  test('case 25: neither log, errors nor state hold a token', async () => {
    const bench = createBench();
    bench.upstream.answer = ({ number }) =>
      number === 1 ? bench.token({ accessToken: 'canary', expiresIn: 'x' }) : trouble;
    const broker = bench.broker();
    const handout = await bench.get(broker);
    await broker.reject('crm', 1);
    const error = await bench.failure(broker);
    const written = [bench.logged, handout, error, error.options, await broker.state('crm')].map((each) =>
      JSON.stringify(each),
    );
    expect(written.join()).not.toContain('canary');
  });
});
