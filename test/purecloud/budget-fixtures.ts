/** Budgets on virtual time over one row in memory, which may be away; and what a load looks like afterwards. */
import { createRequestBudget, type RequestBudget } from '../../server/purecloud/request-budget.ts';
import { decideLease, EMPTY_ROW, type PermitRow } from '../../server/purecloud/permit-window.ts';
import type { PermitStore } from '../../server/purecloud/permit-store.ts';
import { createChance, createVirtualTime, type VirtualTime } from '../tokens/simulation/virtual-time.ts';

export const SILENT = { info: () => undefined, warn: () => undefined };

export interface SharedRow {
  store: PermitStore;
  isAway: boolean;
  leases: number;
}

export function createSharedRow(time: VirtualTime, answerMs = 2): SharedRow {
  const rows = new Map<string, PermitRow>();
  const shared: SharedRow = {
    isAway: false,
    leases: 0,
    store: {
      async lease(connection, request) {
        shared.leases += 1;
        await time.sleep(answerMs);
        if (shared.isAway) throw new Error('away');
        const { row, lease } = decideLease(rows.get(connection) ?? EMPTY_ROW, time.nowMs(), request);
        rows.set(connection, row);
        await time.sleep(answerMs);
        return lease;
      },
      forget: async (connection) => void rows.delete(connection),
    },
  };
  return shared;
}

export function createWorld(seed = 1) {
  const time = createVirtualTime(createChance(seed), 2_000_000);
  const shared = createSharedRow(time);
  const clock = {
    monotonicMs: () => time.nowMs(),
    setTimer: (ms: number, run: () => void) => time.after(ms, run),
  };
  const instance = (owner: string): RequestBudget =>
    createRequestBudget({ store: shared.store, clock, owner, log: SILENT });
  return { time, shared, instance };
}

/** The most permits in any window; `times` ascending. */
export function busiestWindow(times: readonly number[], windowMs: number): number {
  let first = 0;
  let most = 0;
  for (let last = 0; last < times.length; last += 1) {
    while (times[first]! <= times[last]! - windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
