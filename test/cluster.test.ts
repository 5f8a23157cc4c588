import { expect, test } from '@jest/globals';
import { replaceAfterMs } from '../server/cluster.ts';

test('a process that dies again and again is replaced ever later, and never later than half a minute', () => {
  expect([0, 1, 2, 6, 7, 50].map(replaceAfterMs)).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000]);
});
