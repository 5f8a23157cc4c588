/** Who may know of a sync, and who may use it: for routes that have to look it up first. */
import type { RunRecord } from '../campaigns/run-record.ts';
import type { RunStore } from '../campaigns/run-store.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import type { Sync } from '../campaigns/sync.ts';
import { mayCaller, mayKnow, requirePermission } from '../callers/permissions.ts';
import { BridgeError } from '../errors.ts';
import type { AuthenticatedCaller } from './route.ts';

export const MAY_KNOW_SYNC = 'read, or sync:{sync}';
export const MAY_USE_SYNC = 'sync:{sync}';

export function noSync(name: string): BridgeError {
  return new BridgeError('not_found', { detail: `There is no sync "${name}" that this caller may see` });
}

function noRun(id: string): BridgeError {
  return new BridgeError('not_found', { detail: `There is no run "${id}" that this caller may see` });
}

/** @throws BridgeError `not_found`, also where the caller may not know of it. */
export function knownSync(syncs: Pick<SyncStore, 'find'>, caller: AuthenticatedCaller, name: string): Sync {
  const sync = mayKnow(caller.permissions, 'sync', name) ? syncs.find(name) : undefined;
  if (sync === undefined) throw noSync(name);
  return sync;
}

/** @throws BridgeError `not_found`, also where the caller may not know of its sync. */
export async function knownRun(
  runs: Pick<RunStore, 'find'>,
  caller: AuthenticatedCaller,
  id: string,
): Promise<RunRecord> {
  const run = await runs.find(id);
  if (run === undefined || !mayKnow(caller.permissions, 'sync', run.sync)) throw noRun(id);
  return run;
}

/** @throws BridgeError also `caller_forbidden`. */
export async function usableRun(
  runs: Pick<RunStore, 'find'>,
  caller: AuthenticatedCaller,
  id: string,
): Promise<RunRecord> {
  const run = await knownRun(runs, caller, id);
  requirePermission(caller.permissions, `sync:${run.sync}`);
  return run;
}

/** Those of the syncs that the caller may know of. @throws BridgeError `caller_forbidden` where no permission of it is about syncs. */
export function knownSyncs(syncs: Pick<SyncStore, 'list'>, caller: AuthenticatedCaller): Sync[] {
  const isAboutSyncs = caller.permissions.some((permission) => permission.startsWith('sync:'));
  if (!isAboutSyncs && !mayCaller(caller.permissions, 'read')) requirePermission(caller.permissions, 'read');
  return syncs.list().filter(({ name }) => mayKnow(caller.permissions, 'sync', name));
}
