import { expect, test } from '@jest/globals';
import { leftAfterSignIn } from '../server/bridge-timeout.ts';

test.each([
  { waitMs: 8_000, signInMs: undefined, left: 8_000 },
  { waitMs: 8_000, signInMs: 1_500, left: 6_500 },
  { waitMs: 8_000, signInMs: 7_900, left: 1_000 },
  { waitMs: 1_000, signInMs: 900, left: 1_000 },
])('of $waitMs ms, $left are left after $signInMs of signing in', ({ waitMs, signInMs, left }) => {
  expect(leftAfterSignIn(waitMs, signInMs)).toBe(left);
});
