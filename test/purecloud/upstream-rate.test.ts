import { expect, test } from '@jest/globals';
import { readRate } from '../../server/purecloud/upstream-rate.ts';

function rateHeaders(count: string, allowed: string, reset: string) {
  return { 'inin-ratelimit-count': count, 'inin-ratelimit-allowed': allowed, 'inin-ratelimit-reset': reset };
}

test.each([
  { name: 'nothing in an answer that says nothing', status: 200, headers: {}, says: {} },
  { name: 'a pause in 429', status: 429, headers: { 'retry-after': '42' }, says: { pauseMs: 42_000 } },
  { name: 'three seconds in a 429 without Retry-After', status: 429, headers: {}, says: { pauseMs: 3_000 } },
  { name: 'an hour at most', status: 429, headers: { 'retry-after': '86400' }, says: { pauseMs: 3_600_000 } },
  { name: 'a second at least', status: 429, headers: { 'retry-after': '0' }, says: { pauseMs: 1_000 } },
  {
    name: 'the reset where a 429 has nothing else',
    status: 429,
    headers: rateHeaders('301', '300', '7'),
    says: { allowed: 300, pauseMs: 7_000 },
  },
  { name: 'what is allowed', status: 200, headers: rateHeaders('10', '180', '60'), says: { allowed: 180 } },
  {
    name: 'a pause once all is used up',
    status: 200,
    headers: rateHeaders('180', '180', '12'),
    says: { allowed: 180, pauseMs: 12_000 },
  },
  {
    name: 'a pause for syncs when little is left',
    status: 200,
    headers: rateHeaders('175', '180', '12'),
    says: { allowed: 180, syncPauseMs: 12_000 },
  },
  { name: 'nothing in nonsense', status: 200, headers: rateHeaders('-1', 'many', '1e9'), says: {} },
])('reads $name', ({ status, headers, says }) => {
  expect(readRate({ status, headers })).toEqual(says);
});
