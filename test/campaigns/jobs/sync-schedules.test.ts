import { describe, expect, test } from '@jest/globals';
import { planSchedules, wantedSchedules } from '../../../server/campaigns/jobs/sync-schedules.ts';
import type { Sync } from '../../../server/campaigns/sync.ts';
import { settingsWith } from '../support/campaign-fixtures.ts';

function sync(name: string, changes: Record<string, unknown> = {}): Sync {
  const at = new Date(0);
  return { ...settingsWith(changes), name, version: 1, createdAt: at, updatedAt: at };
}

const known = (key: string, cron = '0 * * * *', timezone = 'UTC') => ({ key, cron, timezone });
const wanted = (name: string, cron = '0 * * * *', timeZone = 'UTC') => ({ sync: name, cron, timeZone });

describe('the schedules', () => {
  test('are those of syncs that have one and are not paused, each in its zone', () => {
    const found = wantedSchedules([
      sync('hourly', { schedule: '0 * * * *', timeZone: 'Europe/Berlin' }),
      sync('paused', { schedule: '0 * * * *', paused: true }),
      sync('by-hand'),
    ]);
    expect(found).toEqual([wanted('hourly', '0 * * * *', 'Europe/Berlin')]);
  });

  test.each([
    ['one that is new is put', [wanted('a')], [], ['a'], []],
    ['one that is the same is left alone', [wanted('a')], [known('a')], [], []],
    ['another time is put', [wanted('a', '5 * * * *')], [known('a')], ['a'], []],
    ['another zone is put', [wanted('a', '0 * * * *', 'Asia/Tokyo')], [known('a')], ['a'], []],
    ['one that is gone is removed', [], [known('a')], [], ['a']],
  ])('%s', (_name, want, have, put, remove) => {
    const plan = planSchedules(want, have);
    expect([plan.put.map(({ sync: name }) => name), plan.remove]).toEqual([put, remove]);
  });
});
