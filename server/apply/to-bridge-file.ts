/** What the API shows -> a configuration file that says the same. Pure. */
import { ADMIN_CALLER, callerShape } from '../callers/caller.ts';
import { syncShape } from '../campaigns/sync.ts';
import { connectionShape } from '../connections/connection.ts';

type Members = Readonly<Record<string, unknown>>;
type Named = Members & { readonly name: string };

/** `${` begins a reference in a file. */
function escaped(value: unknown): unknown {
  // By a function: in a replacement text `$$` would stand for one `$`.
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escaped(member)]));
}

/** What an answer says beside the settings is left out. */
export function settingsIn(members: Members, shape: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([field]) => field in shape));
}

function section(resources: readonly Named[], shape: object): Record<string, unknown> {
  return Object.fromEntries(
    resources.map((resource) => [resource.name, escaped(settingsIn(resource, shape))]),
  );
}

/** The caller admin is left out: it is always there. */
export function toFileMembers({
  connections,
  callers,
  syncs,
}: {
  connections: readonly Named[];
  callers: readonly Named[];
  syncs?: readonly Named[];
}): Partial<Record<'syncs', Record<string, unknown>>> &
  Record<'connections' | 'callers', Record<string, unknown>> {
  return {
    connections: section(connections, connectionShape),
    callers: section(
      callers.filter(({ name }) => name !== ADMIN_CALLER),
      callerShape,
    ),
    ...(syncs === undefined ? {} : { syncs: section(syncs, syncShape) }),
  };
}
