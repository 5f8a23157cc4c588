import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  freshnessOf,
  grantIntervalMs,
  jitterOf,
  longestAskMs,
  readLifetime,
  refreshAtMs,
  refreshWindowMs,
} from '../../server/tokens/token-lifetime.ts';

describe('readLifetime', () => {
  test.each([
    ['3600', 3600, 'answer'],
    [3600.0, 3600, 'answer'],
    [86_399, 86_399, 'answer'],
    ['3600.0', 3600, 'answer'],
    [0.5, 1800, 'assumed'],
    [0, 1800, 'assumed'],
    [-5, 1800, 'assumed'],
    [null, 1800, 'assumed'],
    [undefined, 1800, 'assumed'],
    ['', 1800, 'assumed'],
    ['abc', 1800, 'assumed'],
    ['1e3', 1800, 'assumed'],
    ['0x10', 1800, 'assumed'],
    [' 60 ', 1800, 'assumed'],
    [true, 1800, 'assumed'],
    [[60], 1800, 'assumed'],
    [Number.POSITIVE_INFINITY, 1800, 'assumed'],
    [3_600_000, 172_800, 'capped'],
    [2 ** 40, 172_800, 'capped'],
  ])('case 02: reads %p as %p s, from %s', (expiresIn, seconds, source) => {
    expect(readLifetime(expiresIn)).toEqual({ seconds, source });
  });

  test('takes the configured life where the answer tells none', () => {
    expect(readLifetime(undefined, 7200)).toEqual({ seconds: 7200, source: 'assumed' });
  });

  test('is a whole number of seconds within bounds, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (expiresIn) => {
        const { seconds } = readLifetime(expiresIn);
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 172_800).toBe(true);
      }),
    );
  });
});

describe('the refresh window', () => {
  test.each([
    [30, 15],
    [60, 30],
    [299, 30],
    [600, 60],
    [1800, 180],
    [3600, 300],
    [86_400, 300],
  ])('of a life of %i s is %i s', (lifeSeconds, windowSeconds) => {
    expect(refreshWindowMs(lifeSeconds * 1000)).toBe(windowSeconds * 1000);
  });

  const lives = fc.integer({ min: 1_000, max: 172_800_000 });

  test('is entered inside its bounds, at a moment that is fixed for the token', () => {
    fc.assert(
      fc.property(lives, fc.nat(), fc.nat(), (lifeMs, seed, generation) => {
        const times = {
          expiresAtMs: lifeMs,
          lifeMs,
          grantNotBeforeMs: 0,
          jitter: jitterOf(seed, 'crm', generation),
        };
        const atMs = refreshAtMs(times);
        const window = refreshWindowMs(lifeMs);
        expect(atMs).toBeGreaterThanOrEqual(lifeMs - window);
        expect(atMs).toBeLessThanOrEqual(lifeMs - window * 0.8 + 1e-6);
        expect(jitterOf(seed, 'crm', generation)).toBe(times.jitter);
      }),
    );
  });

  test('is entered at different moments by a thousand connections', () => {
    const draws = Array.from({ length: 1000 }, (_, index) => jitterOf(7, `connection-${index}`, 1));
    const tenths = new Set(draws.map((draw) => Math.floor(draw * 10)));
    expect(new Set(draws).size).toBeGreaterThan(990);
    expect(tenths.size).toBe(10);
  });

  test('never comes back: fresh, then to refresh, then not to be handed out', () => {
    const order = ['fresh', 'shouldRefresh', 'mustRefresh'];
    fc.assert(
      fc.property(
        lives,
        fc.integer({ min: 0, max: 200_000_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (lifeMs, nowMs, laterMs) => {
          const token = { expiresAtMs: lifeMs, refreshAtMs: lifeMs - refreshWindowMs(lifeMs), lifeMs };
          const [first, second] = [freshnessOf(token, nowMs, 0), freshnessOf(token, nowMs + laterMs, 0)];
          expect(order.indexOf(second)).toBeGreaterThanOrEqual(order.indexOf(first));
          if (nowMs >= lifeMs) expect(first).toBe('mustRefresh');
        },
      ),
    );
  });
});

test.each([
  [3_600_000, false, 10_000],
  [8_000, false, 4_000],
  [3_600_000, true, 1_800_000],
  [12_000, true, 10_000],
])(
  'case 18: after a token with %i ms left (the same as before: %p), the next grant is %i ms away',
  (leftMs, isSame, waitMs) => {
    expect(grantIntervalMs(leftMs, isSame)).toBe(waitMs);
  },
);

test('a caller may ask for all of a life but its refresh window', () => {
  expect([longestAskMs(3_600_000), longestAskMs(30_000)]).toEqual([3_300_000, 15_000]);
});
