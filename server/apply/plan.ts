/** What would change: the configuration that is to be, compared with what is stored. Pure; secrets are compared and never told. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Caller, CallerSettings } from '../callers/caller.ts';
import { parseCallerInput } from '../callers/caller.ts';
import {
  compareConnections,
  SECRET_FIELDS,
  type ConnectionContent,
  type ConnectionSecrets,
} from '../connections/connection.ts';
import { parseConnectionInput } from '../connections/connection-input.ts';
import { maskProxyUri } from '../connections/proxy-password.ts';
import { parseSyncInput } from '../campaigns/sync-input.ts';
import type { Sync, SyncSettings } from '../campaigns/sync.ts';
import { BridgeError, type FieldError } from '../errors.ts';
import type { ExtraRegion } from '../regions.ts';
import type { Secret } from '../secret.ts';
import { invalidRequest } from '../validation.ts';
import {
  RESOURCE_KINDS,
  revealed,
  SECTION_OF,
  type Configuration,
  type NamedMembers,
  type ResourceKind,
} from './configuration.ts';

import { syncReferenceErrors } from './plan-syncs.ts';

export interface FieldChange {
  field: string;
  /** True: values are not told. */
  secret: boolean;
  /** As text, for people: a text as it is, all else as JSON. Absent: there was, or will be, none. */
  before?: string | undefined;
  after?: string | undefined;
}

export interface PlannedChange {
  kind: ResourceKind;
  name: string;
  action: 'add' | 'change' | 'remove';
  fields: FieldChange[];
  /** Its token is void after the change: the next use signs in anew. */
  signsInAnew: boolean;
}

export interface Plan {
  changes: PlannedChange[];
  unchanged: number;
  /** What the configuration does not hold and the plan leaves as it is. */
  kept: { kind: ResourceKind; name: string }[];
  /** Names this plan over what is stored now: carried out later, it is refused when that has changed. */
  fingerprint: string;
  /** Version of each thing that the plan changes, for the moment it is carried out. */
  versions: ReadonlyMap<string, number>;
}

export interface PresentConnection extends ConnectionContent {
  name: string;
  version: number;
}

export interface Present {
  connections: readonly PresentConnection[];
  callers: readonly Caller[];
  syncs: readonly Sync[];
  /** Whether this key works for the caller now. */
  holdsKey(caller: string, key: Secret): boolean;
  extraRegions: readonly ExtraRegion[];
}

export interface PlanOptions {
  /** Remove what a section of the configuration does not name. */
  prune: boolean;
  /** Never removed: the caller admin, and who applies. */
  neverRemove: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldChanges(before: Values, after: Values): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({
      field,
      secret: false,
      ...(before[field] === undefined ? {} : { before: shown(before[field]) }),
      ...(after[field] === undefined ? {} : { after: shown(after[field]) }),
    }));
}

function secretChanges(before: ConnectionSecrets, after: ConnectionSecrets): FieldChange[] {
  return SECRET_FIELDS.filter((field) => before[field]?.reveal() !== after[field]?.reveal()).map((field) => ({
    field,
    secret: true,
  }));
}

/** The password in the address changes like a secret, and the rest of the address is shown. */
function proxyChange(before: string | undefined, after: string | undefined): FieldChange[] {
  if (before === after) return [];
  const [old, present] = [before, after].map((uri) => (uri === undefined ? undefined : maskProxyUri(uri)));
  if (old === present) return [{ field: 'proxyUri', secret: true }];
  return [
    {
      field: 'proxyUri',
      secret: false,
      ...(old === undefined ? {} : { before: old }),
      ...(present === undefined ? {} : { after: present }),
    },
  ];
}

function connectionChanges(before: ConnectionContent | undefined, after: ConnectionContent): FieldChange[] {
  const { proxyUri: oldProxy, ...old } = before?.settings ?? ({} as Partial<ConnectionContent['settings']>);
  const { proxyUri, ...settings } = after.settings;
  return [
    ...fieldChanges(old, settings),
    ...proxyChange(oldProxy, proxyUri),
    ...secretChanges(before?.secrets ?? {}, after.secrets),
  ];
}

/** Only what was written of a new thing: its defaults are in the manual. */
function written(fields: FieldChange[], members: Values): FieldChange[] {
  return fields.filter(({ field }) => field in members);
}

interface Judged {
  change?: PlannedChange;
}

function judgeConnection({ name, members }: NamedMembers, present: Present): Judged {
  const stored = present.connections.find((connection) => connection.name === name);
  const parsed = parseConnectionInput(revealed(members), {
    name,
    extraRegions: present.extraRegions,
    ...(stored === undefined ? {} : { stored }),
  });
  const fields = connectionChanges(stored, parsed);
  const common = { kind: 'connection' as const, name };
  if (stored === undefined)
    return { change: { ...common, action: 'add', fields: written(fields, members), signsInAnew: false } };
  if (fields.length === 0) return {};
  const { credentialChanged } = compareConnections(stored, parsed);
  return { change: { ...common, action: 'change', fields, signsInAnew: credentialChanged } };
}

function settingsOf(caller: Caller): CallerSettings {
  const { name: _name, version: _version, createdAt: _made, updatedAt: _changed, ...settings } = caller;
  return settings;
}

function judgeCaller({ name, members }: NamedMembers, present: Present): Judged {
  const stored = present.callers.find((caller) => caller.name === name);
  const { settings, key } = parseCallerInput(name, revealed(members));
  const keyChanges = key !== undefined && !present.holdsKey(name, key);
  const fields = [
    ...fieldChanges({ ...(stored === undefined ? {} : settingsOf(stored)) }, { ...settings }),
    ...(keyChanges ? [{ field: 'key', secret: true }] : []),
  ];
  const common = { kind: 'caller' as const, name, fields, signsInAnew: false };
  if (stored === undefined) return { change: { ...common, action: 'add' } };
  return fields.length === 0 ? {} : { change: { ...common, action: 'change' } };
}

function syncSettingsOf(sync: Sync): SyncSettings {
  const { name: _name, version: _version, createdAt: _made, updatedAt: _changed, ...settings } = sync;
  return settings;
}

function judgeSync({ name, members }: NamedMembers, present: Present): Judged {
  const stored = present.syncs.find((sync) => sync.name === name);
  const { settings } = parseSyncInput(name, revealed(members));
  const before = stored === undefined ? {} : syncSettingsOf(stored);
  const fields = fieldChanges({ ...before }, { ...settings });
  const common = { kind: 'sync' as const, name, signsInAnew: false };
  if (stored === undefined) return { change: { ...common, action: 'add', fields: written(fields, members) } };
  return fields.length === 0 ? {} : { change: { ...common, action: 'change', fields } };
}

const JUDGES = { connection: judgeConnection, caller: judgeCaller, sync: judgeSync } as const;

function presentOf(kind: ResourceKind, present: Present): readonly { name: string; version: number }[] {
  return present[SECTION_OF[kind]];
}

function judge(kind: ResourceKind, resource: NamedMembers, present: Present, errors: FieldError[]): Judged {
  try {
    return JUDGES[kind](resource, present);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.options.errors === undefined) throw error;
    const prefix = `${SECTION_OF[kind]}.${resource.name}`;
    errors.push(
      ...error.options.errors.map(({ field, detail }) => ({
        field: field === 'name' ? prefix : `${prefix}.${field}`,
        detail,
      })),
    );
    return {};
  }
}

interface PlanOfKind extends Pick<Plan, 'changes' | 'unchanged' | 'kept'> {
  versions: [string, number][];
  errors: FieldError[];
}

function keyOf(kind: ResourceKind, name: string): string {
  return `${kind} ${name}`;
}

function twiceNamed(kind: ResourceKind, resources: readonly NamedMembers[]): FieldError[] {
  const names = resources.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => ({ field: `${SECTION_OF[kind]}.${name}`, detail: 'is there twice' }));
}

function planKind(
  kind: ResourceKind,
  resources: readonly NamedMembers[] | undefined,
  present: Present,
  { prune, neverRemove }: PlanOptions,
): PlanOfKind {
  const stored = presentOf(kind, present);
  const errors = twiceNamed(kind, resources ?? []);
  const judged = (resources ?? []).map((resource) => judge(kind, resource, present, errors));
  const named = new Set(resources?.map(({ name }) => name));
  const others = stored.filter(({ name }) => !named.has(name));
  const goes = ({ name }: { name: string }) =>
    prune && resources !== undefined && !(kind === 'caller' && neverRemove.includes(name));
  const removed = others.filter(goes);
  const changes = judged.flatMap(({ change }) => (change === undefined ? [] : [change]));
  return {
    changes: [
      ...changes,
      ...removed.map(({ name }) => ({
        kind,
        name,
        action: 'remove' as const,
        fields: [],
        signsInAnew: false,
      })),
    ],
    unchanged: judged.length - changes.length,
    kept: others.filter((other) => !goes(other)).map(({ name }) => ({ kind, name })),
    versions: stored
      .filter(({ name }) => named.has(name) || removed.some((gone) => gone.name === name))
      .map(({ name, version }) => [keyOf(kind, name), version]),
    errors,
  };
}

/** Syncs and callers before connections when things go, and the other way round when they come: nothing points at what is not there. */
function inOrder(changes: readonly PlannedChange[]): PlannedChange[] {
  const goes = changes.filter(({ action }) => action === 'remove').reverse();
  return [...changes.filter(({ action }) => action !== 'remove'), ...goes];
}

function fingerprintOf(changes: readonly PlannedChange[], versions: readonly [string, number][]): string {
  return createHash('sha256')
    .update(JSON.stringify([changes, versions]))
    .digest('hex')
    .slice(0, 32);
}

/** Version under which the plan saw a thing; undefined: it was not there. */
export function plannedVersion(plan: Plan, { kind, name }: PlannedChange): number | undefined {
  return plan.versions.get(keyOf(kind, name));
}

/** @throws BridgeError `invalid_request` with every fault of every resource, as `connections.genesys.clientSecret`. */
export function planConfiguration(
  configuration: Configuration,
  present: Present,
  options: PlanOptions,
): Plan {
  const plans = RESOURCE_KINDS.map((kind) =>
    planKind(kind, configuration[SECTION_OF[kind]], present, options),
  );
  const removedOf = (kind: ResourceKind) =>
    new Set(
      plans
        .flatMap((plan) => plan.changes)
        .filter((change) => change.kind === kind && change.action === 'remove')
        .map(({ name }) => name),
    );
  const references = syncReferenceErrors({
    configuration,
    present: {
      syncs: present.syncs,
      connections: present.connections.map(({ name, settings }) => ({ name, provider: settings.provider })),
    },
    removed: { connections: removedOf('connection'), syncs: removedOf('sync') },
  });
  const errors = [...plans.flatMap((plan) => plan.errors), ...references];
  if (errors.length > 0) throw invalidRequest(errors);
  const changes = inOrder(plans.flatMap((plan) => plan.changes));
  const versions = plans.flatMap((plan) => plan.versions);
  return {
    changes,
    unchanged: plans.reduce((sum, plan) => sum + plan.unchanged, 0),
    kept: plans.flatMap((plan) => plan.kept),
    versions: new Map(versions),
    fingerprint: fingerprintOf(changes, versions),
  };
}
