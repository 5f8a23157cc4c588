/** Brings the stores to what a configuration says: everything is checked before the first write, and what is there already is left alone. */
import { ADMIN_CALLER } from '../callers/caller.ts';
import type { SyncStore } from '../campaigns/sync-store.ts';
import type { CallerStore } from '../callers/caller-store.ts';
import { connectionShape, SECRET_FIELDS, type ConnectionSettings } from '../connections/connection.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import { BridgeError } from '../errors.ts';
import type { ExtraRegion } from '../regions.ts';
import type { Secret } from '../secret.ts';
import { revealed, SECTION_OF, type Configuration } from './configuration.ts';
import {
  planConfiguration,
  plannedVersion,
  type Plan,
  type PlannedChange,
  type Present,
  type PresentConnection,
} from './plan.ts';
import { settingsIn } from './to-bridge-file.ts';

export interface ApplyParts {
  connections: ConnectionStore;
  callers: CallerStore;
  syncs: SyncStore;
  /** Regions that the bridge knows beyond its table. */
  extraRegions?: readonly ExtraRegion[];
  /** Called after each change that was made; the next one waits for it. */
  onChange?: (change: PlannedChange) => Promise<void>;
}

export interface ApplyOptions {
  /** Remove what a section of the configuration does not name. Default false. */
  prune?: boolean;
  /** Plan only. */
  dryRun?: boolean;
  /** Of the plan that someone has agreed to; refused with `conflict` where it would be another one now. Absent: what is to be is to be. */
  fingerprint?: string;
  /** The caller who applies: it is not removed. */
  appliedBy?: string;
}

export interface Applied extends Pick<Plan, 'changes' | 'unchanged' | 'kept' | 'fingerprint'> {
  dryRun: boolean;
  /** Keys that were made for new callers; not shown again. */
  keys: { caller: string; key: Secret }[];
}

/** Secrets that cannot be opened count as absent: whoever writes then has to give them again. */
function presentConnection(connections: ConnectionStore, name: string): PresentConnection | undefined {
  const view = connections.view(name);
  if (view === undefined) return undefined;
  const isSecret = (field: string) => (SECRET_FIELDS as readonly string[]).includes(field);
  const entries = Object.entries(
    settingsIn({ ...(findReadable(connections, name) ?? view) }, connectionShape),
  );
  return {
    name,
    version: view.version,
    settings: Object.fromEntries(
      entries.filter(([field]) => !isSecret(field)),
    ) as unknown as ConnectionSettings,
    secrets: Object.fromEntries(entries.filter(([field]) => isSecret(field))),
  };
}

function findReadable(connections: ConnectionStore, name: string) {
  try {
    return connections.find(name);
  } catch (error) {
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}

function presentOf({ connections, callers, syncs, extraRegions = [] }: ApplyParts): Present {
  return {
    connections: connections.list().flatMap(({ name }) => presentConnection(connections, name) ?? []),
    callers: callers.list().flatMap(({ name }) => callers.find(name) ?? []),
    syncs: syncs.list(),
    holdsKey: (caller, key) => callers.authenticate(key, caller) !== undefined,
    extraRegions,
  };
}

function assertAgreed(plan: Plan, fingerprint: string | undefined): void {
  if (fingerprint === undefined || fingerprint === plan.fingerprint) return;
  throw new BridgeError('conflict', {
    detail: 'What is stored has changed since the changes were shown.',
    remedy: 'Look at the changes again, and apply them then.',
  });
}

/**
 * @param version Refused with `conflict` where it is no longer the present one; undefined: written whatever is there.
 * @returns the key that was made, where one was.
 */
async function carryOut(
  { kind, name, action }: PlannedChange,
  version: number | undefined,
  configuration: Configuration,
  { connections, callers, syncs }: ApplyParts,
): Promise<Secret | undefined> {
  if (action === 'remove') {
    await { connection: connections, caller: callers, sync: syncs }[kind].remove(name);
    return undefined;
  }
  const { members } = configuration[SECTION_OF[kind]]!.find((resource) => resource.name === name)!;
  const body = { ...(revealed(members) as object), ...(version === undefined ? {} : { version }) };
  if (kind === 'caller') return (await callers.put(name, body)).key;
  await (kind === 'connection' ? connections : syncs).put(name, body);
  return undefined;
}

/**
 * Plans, and carries the plan out. Cut off in between, it is repeated and does the rest.
 * @throws BridgeError `invalid_request` before anything is written; `conflict` where someone else writes at the same time.
 */
export async function applyConfiguration(
  configuration: Configuration,
  parts: ApplyParts,
  options: ApplyOptions = {},
): Promise<Applied> {
  const { prune = false, dryRun = false, fingerprint, appliedBy } = options;
  const neverRemove = [ADMIN_CALLER, ...(appliedBy === undefined ? [] : [appliedBy])];
  const plan = planConfiguration(configuration, presentOf(parts), { prune, neverRemove });
  const { changes, unchanged, kept } = plan;
  const applied: Applied = { dryRun, changes, unchanged, kept, fingerprint: plan.fingerprint, keys: [] };
  if (dryRun) return applied;
  assertAgreed(plan, fingerprint);
  for (const change of changes) {
    // Instances that start together apply the same file together, and none of them may be refused for it.
    const version = fingerprint === undefined ? undefined : plannedVersion(plan, change);
    const key = await carryOut(change, version, configuration, parts);
    if (key !== undefined) applied.keys.push({ caller: change.name, key });
    await parts.onChange?.(change);
  }
  return applied;
}
