/** What a battery of guarantees needs of the database it runs on: each battery runs on both kinds. */
import type { Database } from '../../server/database/database.ts';

export interface BatteryContext {
  database: Database;
  /** What another instance of the bridge has: a connection of its own where that is possible. */
  other: Database;
}

/** Known only after beforeAll. */
export type ContextOf = () => BatteryContext;
