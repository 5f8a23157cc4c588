/** The cases that brokers are known to break on: an upstream that fails, and tokens that are refused. Virtual time throughout. */
import { describe, expect, test } from '@jest/globals';
import { createBench } from './broker-bench.ts';

const HOUR_MS = 3_600_000;
const throttled = (retryAfter?: string) => ({
  kind: 'throttled' as const,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
const refused = { kind: 'refusal', status: 400, error: 'invalid_grant' } as const;
const trouble = { kind: 'refusal', status: 503 } as const;

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
      bench.token({ accessToken: 'a line\r\nand: another' }),
      bench.token({ accessToken: 'tökèn' }),
    ] as const;
    const broker = bench.broker();
    for (const answer of answers) {
      bench.upstream.answer = () => answer;
      expect((await bench.failure(broker)).code).toBe('upstream_failure');
      expect((await bench.failure(broker)).options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      await bench.passes(60_000);
    }
    expect(bench.upstream.calls).toHaveLength(answers.length);
    bench.upstream.answer = () => bench.token();
    expect((await bench.get(broker)).generation).toBe(1);
    expect(bench.logged.filter((line) => line.startsWith('error'))).toHaveLength(answers.length);
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

  test.each([
    {
      name: 'a scope that is none',
      outcome: { kind: 'refusal', status: 400, error: 'invalid_scope' } as const,
    },
    { name: 'an address where nothing is', outcome: { kind: 'refusal', status: 404 } as const },
  ])('$name is tried once, and shown as stopped until a person has acted', async ({ outcome }) => {
    const bench = createBench();
    bench.upstream.answer = () => outcome;
    const broker = bench.broker();
    for (let caller = 0; caller < 10; caller += 1) {
      expect((await bench.failure(broker)).code).toBe('credential_rejected');
      await bench.passes(360_000);
    }
    expect(bench.upstream.calls).toHaveLength(1);
    expect((await broker.state('crm')).failure).toMatchObject({ class: 'config', isLatched: true });
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
    for (const each of [broker, other]) expect((await each.state('crm')).failure).toBeUndefined();
    bench.upstream.answer = () => bench.token();
    expect((await bench.get(broker)).generation).toBe(1);
    expect(bench.upstream.calls).toHaveLength(3);
  });

  test('the refusal of a credential that was corrected meanwhile is told to nobody who waits', async () => {
    const bench = createBench();
    const corrected = Promise.withResolvers<void>();
    bench.upstream.answer = ({ connection }) =>
      connection.credentialVersion === 1 ? corrected.promise.then(() => refused) : bench.token();
    const broker = bench.broker();
    const before = broker.getToken('crm');
    await bench.passes(100);
    bench.add({ credentialVersion: 2 });
    await broker.connectionChanged('crm');
    const after = broker.getToken('crm');
    corrected.resolve();
    const { value: tokens } = await bench.ended(Promise.all([before, after]));
    expect(tokens!.map(({ credentialVersion }) => credentialVersion)).toEqual([2, 2]);
    expect(bench.upstream.calls).toHaveLength(2);
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
