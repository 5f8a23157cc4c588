import { afterAll, beforeAll, describe } from '@jest/globals';
import type { BatteryContext } from '../database/battery-context.ts';
import { startEmbedded, startPostgres, type TestDatabases } from '../support/databases.ts';
import { campaignStoresBattery } from './campaign-stores-battery.ts';

describe.each([
  { name: 'embedded', start: startEmbedded },
  { name: 'PostgreSQL server', start: startPostgres },
] as { name: string; start: () => Promise<TestDatabases> }[])('$name', ({ start }) => {
  let databases: TestDatabases;
  let context: BatteryContext;
  beforeAll(async () => {
    databases = await start();
    const database = await databases.open();
    context = { database, other: (await databases.openAgain?.()) ?? database };
  });
  afterAll(async () => {
    await databases.stop();
  });
  campaignStoresBattery(() => context);
});
