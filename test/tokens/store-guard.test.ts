import { expect, test } from '@jest/globals';
import { createSystemClock } from '../../server/tokens/broker-clock.ts';
import { createStoreGuard, StoreAway } from '../../server/tokens/store-guard.ts';

test.each([
  ['53100', 'The disk of the database is full, and no token is at hand.', /Free space/],
  ['53200', 'The database has no memory left, and no token is at hand.', /memory/],
  ['25006', 'The database takes no writes, and no token is at hand.', /take writes/],
  ['ECONNREFUSED', 'The database of the bridge is away, and no token is at hand.', undefined],
])('a store that fails with %s is told as what it is, also while it rests', async (code, detail, remedy) => {
  const guard = createStoreGuard({ clock: createSystemClock(), onChange: () => undefined });
  const fails = () => Promise.reject(Object.assign(new Error('failed'), { code }));
  await expect(guard.call(fails)).rejects.toThrow(StoreAway);
  const resting: unknown = await guard.call(fails).catch((error: unknown) => error);
  const { message, options } = guard.error(resting);
  expect(message).toBe(detail);
  if (remedy === undefined) expect(options.remedy).toBeUndefined();
  else expect(options.remedy).toMatch(remedy);
});
