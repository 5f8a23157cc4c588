import { beforeAll, describe } from '@jest/globals';
import { callerStoreBattery } from '../callers/caller-store-battery.ts';
import { connectionStoreBattery } from '../connections/connection-store-battery.ts';
import type { TestDatabases } from '../support/databases.ts';
import { activityBattery } from '../telemetry/activity-battery.ts';
import type { BatteryContext } from './battery-context.ts';
import { databaseBattery } from './database-battery.ts';
import { rotationBattery } from './rotation-battery.ts';

/** What every store guarantees, on one kind of database. */
export function batteryOfTests(name: string, factory: () => TestDatabases): void {
  describe(name, () => {
    let context: BatteryContext;
    beforeAll(async () => {
      const databases = factory();
      const database = await databases.open();
      context = { database, other: (await databases.openAgain?.()) ?? database };
    });
    const contextOf = () => context;
    databaseBattery(contextOf);
    connectionStoreBattery(contextOf);
    callerStoreBattery(contextOf);
    activityBattery(contextOf);
    rotationBattery(contextOf);
  });
}
