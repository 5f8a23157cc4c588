/** Syncs in a configuration: what would change, and whether every connection that a sync names is there afterwards. Pure. */
import { parseSyncInput } from '../campaigns/sync-input.ts';
import { referenceFaults, syncsUsing, type ReferredConnection } from '../campaigns/sync-references.ts';
import type { Sync, SyncSettings } from '../campaigns/sync.ts';
import { BridgeError, type FieldError } from '../errors.ts';
import { revealed, type Configuration, type NamedMembers } from './configuration.ts';

/** What was parsed without a fault; those with one are told of elsewhere. */
function parsedSyncs(given: readonly NamedMembers[]): ({ name: string } & SyncSettings)[] {
  return given.flatMap(({ name, members }) => {
    try {
      return [{ name, ...parseSyncInput(name, revealed(members)).settings }];
    } catch (error) {
      if (error instanceof BridgeError) return [];
      throw error;
    }
  });
}

export interface SyncSurroundings {
  configuration: Configuration;
  present: { connections: readonly ReferredConnection[]; syncs: readonly Sync[] };
  /** Names of what the plan removes. */
  removed: { connections: ReadonlySet<string>; syncs: ReadonlySet<string> };
}

/** Connections as they will be. */
function connectionsAfter({ configuration, present, removed }: SyncSurroundings): ReferredConnection[] {
  const planned = (configuration.connections ?? []).map(({ name, members }) => ({
    name,
    provider: typeof members.provider === 'string' ? members.provider : '',
  }));
  const names = new Set(planned.map(({ name }) => name));
  const kept = present.connections.filter(({ name }) => !names.has(name) && !removed.connections.has(name));
  return [...planned, ...kept];
}

/** @returns what is wrong with references in either direction: `syncs.spring.salesforceConnection`, or `connections.crm` that may not go. */
export function syncReferenceErrors(surroundings: SyncSurroundings): FieldError[] {
  const { configuration, present, removed } = surroundings;
  const connections = connectionsAfter(surroundings);
  const given = parsedSyncs(configuration.syncs ?? []);
  const named = new Set((configuration.syncs ?? []).map(({ name }) => name));
  const staying = present.syncs.filter(({ name }) => !named.has(name) && !removed.syncs.has(name));
  const dangling = given.flatMap((sync) =>
    referenceFaults(sync, connections).map(({ field, detail }) => ({
      field: `syncs.${sync.name}.${field}`,
      detail,
    })),
  );
  const inUse = present.connections.flatMap(({ name, provider }) => {
    const after = connections.find((connection) => connection.name === name);
    const users = after?.provider === provider ? [] : syncsUsing(name, staying);
    if (users.length === 0) return [];
    const [first] = users;
    return after === undefined
      ? [{ field: `connections.${name}`, detail: `cannot be removed: the sync ${first} uses it` }]
      : [{ field: `connections.${name}.provider`, detail: `cannot change: the sync ${first} uses it` }];
  });
  return [...dangling, ...inUse];
}
