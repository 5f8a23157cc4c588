/** Counters and budgets. */
import { createPermitStore } from '../purecloud/permit-store.ts';
import { createRequestBudget, type RequestBudget } from '../purecloud/request-budget.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createUsageStore, type UsageStore } from '../telemetry/usage.ts';
import { VERSION } from '../version.ts';
import type { Stores } from './compose-stores.ts';
import type { Upstream } from './compose-upstream.ts';

/** What counts, and what is counted against: every call of a connection passes here. */
export interface Meters {
  metrics: Metrics;
  usage: UsageStore;
  budget: RequestBudget;
}

export function composeMeters(
  { connections, database }: Stores,
  { clock }: Upstream,
  log: Log,
  owner: string,
): Meters {
  const isConnection = (name: string) => connections.view(name) !== undefined;
  const metrics = createMetrics({ version: VERSION, isConnection });
  const usage = createUsageStore({ database, log });
  const budget = createRequestBudget({ store: createPermitStore(database), clock, owner, log });
  connections.onChange((name) => {
    if (isConnection(name)) return;
    metrics.forget(name);
    budget.forget(name);
  });
  return { metrics, usage, budget };
}
