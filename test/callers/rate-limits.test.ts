/** The limits on calls and on failed sign-ins, under a clock of the test's own. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBoundedMap } from '../../server/callers/bounded-map.ts';
import { createCallLimit, REQUESTS_PER_MINUTE_DEFAULT } from '../../server/callers/call-limit.ts';
import { createFailedSignIns, networkOf, TRIES_WHILE_WAITING } from '../../server/callers/failed-sign-ins.ts';
import { fullBucket, takeToken, untilTokenMs } from '../../server/callers/token-bucket.ts';

const ADDRESS = '192.0.2.1';

function withClock<Part>(create: (monotonicMs: () => number) => Part) {
  const clock = { ms: 1_000_000 };
  return { clock, part: create(() => clock.ms) };
}

describe('a token bucket', () => {
  const rate = fc.record({
    burst: fc.integer({ min: 1, max: 50 }),
    perMinute: fc.integer({ min: 1, max: 6_000 }),
  });

  test('never gives more in any span than its burst and what flows in', () => {
    fc.assert(
      fc.property(rate, fc.array(fc.nat(5_000), { maxLength: 300 }), (given, pauses) => {
        const bucket = fullBucket(given, 0);
        const takenAtMs: number[] = [];
        let nowMs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (takeToken(bucket, given, nowMs)) takenAtMs.push(nowMs);
        }
        for (const [from, startMs] of takenAtMs.entries()) {
          for (const [to, endMs] of takenAtMs.entries()) {
            if (to < from) continue;
            const allowed = given.burst + ((endMs - startMs) * given.perMinute) / 60_000;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('has a token after exactly the wait that it names', () => {
    fc.assert(
      fc.property(rate, fc.nat(1_000), (given, spent) => {
        const bucket = fullBucket(given, 0);
        for (let taken = 0; taken < spent; taken += 1) takeToken(bucket, given, 0);
        const waitMs = untilTokenMs(bucket, given, 0);
        expect(takeToken({ ...bucket }, given, waitMs + 0.001)).toBe(true);
        if (waitMs > 1) expect(takeToken({ ...bucket }, given, waitMs - 1)).toBe(false);
      }),
    );
  });

  test('gives nothing for a clock that went back', () => {
    const given = { burst: 1, perMinute: 60 };
    const bucket = fullBucket(given, 10_000);
    expect(takeToken(bucket, given, 10_000)).toBe(true);
    expect(takeToken(bucket, given, 0)).toBe(false);
  });
});

describe('the limit on calls', () => {
  const take = (limit: ReturnType<typeof createCallLimit>, caller: object, times: number) => {
    for (let taken = 0; taken < times; taken += 1) limit.take({ name: 'job', ...caller });
  };

  test('lets a caller use a minute at once, and then says how long to wait', () => {
    const { clock, part: limit } = withClock(createCallLimit);
    const slow = { requestsPerMinute: 6 };
    take(limit, slow, 6);
    expect(() => take(limit, slow, 1)).toThrow(
      expect.objectContaining({
        code: 'rate_limited',
        options: expect.objectContaining({ retryAfterSeconds: 10 }),
      }),
    );
    clock.ms += 10_000;
    take(limit, slow, 1);
    expect(() => take(limit, slow, 1)).toThrow();
  });

  test('counts each caller for itself', () => {
    const { part: limit } = withClock(createCallLimit);
    take(limit, { requestsPerMinute: 1 }, 1);
    take(limit, { name: 'other', requestsPerMinute: 1 }, 1);
    expect(() => take(limit, { requestsPerMinute: 1 }, 1)).toThrow();
  });

  test('is wide where nothing is said, and follows a change at once', () => {
    const { part: limit } = withClock(createCallLimit);
    take(limit, {}, REQUESTS_PER_MINUTE_DEFAULT);
    expect(() => take(limit, {}, 1)).toThrow();
    take(limit, { requestsPerMinute: 2 }, 2);
    expect(() => take(limit, { requestsPerMinute: 2 }, 1)).toThrow();
  });
});

describe('failed sign-ins', () => {
  const fail = (
    { part }: { part: ReturnType<typeof createFailedSignIns> },
    times: number,
    address = ADDRESS,
  ) => {
    for (let failed = 0; failed < times; failed += 1) part.failed(address);
  };

  test('make an address wait after twenty in a minute, and no other', () => {
    const world = withClock(createFailedSignIns);
    fail(world, 19);
    expect(world.part.waitMs(ADDRESS)).toBe(0);
    fail(world, 1);
    expect(world.part.waitMs(ADDRESS)).toBe(3_000);
    expect(world.part.waitMs('192.0.2.2')).toBe(0);
  });

  test('make it wait twice as long each time, a quarter of an hour at most', () => {
    const world = withClock(createFailedSignIns);
    fail(world, 19);
    const waits = Array.from({ length: 12 }, () => {
      // A wait fills the bucket as time does: whoever goes on, empties it and is stopped again.
      while (world.part.waitMs(ADDRESS) === 0) fail(world, 1);
      const waitMs = world.part.waitMs(ADDRESS);
      world.clock.ms += waitMs;
      return waitMs / 1000;
    });
    expect(waits).toEqual([3, 6, 12, 24, 48, 96, 192, 384, 768, 900, 900, 900]);
  });

  test('are at most a hundred an hour for whoever never stops', () => {
    const world = withClock(createFailedSignIns);
    let tries = 0;
    const endMs = world.clock.ms + 24 * 3_600_000;
    while (world.clock.ms < endMs) {
      world.clock.ms += world.part.waitMs(ADDRESS);
      fail(world, 1);
      tries += 1;
    }
    expect(tries).toBeLessThan(2_400);
  });

  test('are forgiven after half an hour without one', () => {
    const world = withClock(createFailedSignIns);
    fail(world, 20);
    world.clock.ms += 31 * 60_000;
    fail(world, 20);
    expect(world.part.waitMs(ADDRESS)).toBe(3_000);
  });

  test('do not stop a slow job with an old key from being told so', () => {
    const world = withClock(createFailedSignIns);
    for (let minutes = 0; minutes < 600; minutes += 1) {
      expect(world.part.waitMs(ADDRESS)).toBe(0);
      fail(world, 10);
      world.clock.ms += 60_000;
    }
  });

  test('remember who signed in from where', () => {
    const { part } = withClock(createFailedSignIns);
    part.succeeded(ADDRESS, 'job');
    expect(part.isKnown(ADDRESS, 'job')).toBe(true);
    expect([part.isKnown(ADDRESS, 'other'), part.isKnown('192.0.2.2', 'job')]).toEqual([false, false]);
  });

  test('leave the credentials alone that signed in from there before, and cap what else is tried', () => {
    const world = withClock(createFailedSignIns);
    const { part, clock } = world;
    part.succeeded(ADDRESS, 'job', () => 'hash-of-job');
    fail(world, 20);
    const tried = (hash: (index: number) => string | undefined, times = 10_000) =>
      Array.from({ length: times }, (_, index) => part.mayTry(ADDRESS, hash(index))).filter(Boolean).length;
    expect(tried((index) => `guess-${index}`)).toBe(TRIES_WHILE_WAITING.key.burst);
    expect(tried(() => undefined)).toBe(TRIES_WHILE_WAITING.jwt.burst);
    expect(tried(() => 'hash-of-job')).toBe(10_000);
    clock.ms += 1_000;
    part.succeeded(ADDRESS, 'job', () => 'hash-of-rotated-key');
    expect(tried(() => 'hash-of-rotated-key', 100)).toBe(100);
    expect(part.mayTry('192.0.2.2', 'hash-of-job')).toBe(true);
  });

  test('ask for the hash of a key where it is new, and not for every request', () => {
    const { part } = withClock(createFailedSignIns);
    let hashed = 0;
    for (let requests = 0; requests < 100; requests += 1) part.succeeded(ADDRESS, 'job', () => `${++hashed}`);
    expect(hashed).toBe(1);
  });

  test('of a million addresses take no more room than those of ten thousand', () => {
    const map = createBoundedMap<number, number>(3);
    for (const key of [1, 2, 3]) map.set(key, key);
    map.get(1);
    map.set(4, 4);
    expect([1, 2, 3, 4].map((key) => map.get(key))).toEqual([1, undefined, 3, 4]);
    expect(map.size).toBe(3);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of %s count for %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
