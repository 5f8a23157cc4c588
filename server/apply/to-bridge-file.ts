/** What the API shows -> a configuration file that says the same. Pure. */
import { ADMIN_CALLER } from '../callers/caller.ts';
import { SECRET_FIELDS } from '../connections/connection.ts';

type Members = Readonly<Record<string, unknown>>;
type Named = Members & { readonly name: string };

/** What an answer says beside the settings. */
const SAID_ONLY: ReadonlySet<string> = new Set([
  'name',
  'version',
  'credentialVersion',
  'createdAt',
  'updatedAt',
  'keys',
  ...SECRET_FIELDS.map((field) => `${field}Set`),
]);

/** `${` begins a reference in a file. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', '$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escaped(member)]));
}

function section(resources: readonly Named[]): Record<string, unknown> {
  return Object.fromEntries(
    resources.map(({ name, ...members }) => [
      name,
      escaped(Object.fromEntries(Object.entries(members).filter(([field]) => !SAID_ONLY.has(field)))),
    ]),
  );
}

/** The caller admin is left out: it is always there. */
export function toFileMembers({
  connections,
  callers,
}: {
  connections: readonly Named[];
  callers: readonly Named[];
}): Record<'connections' | 'callers', Record<string, unknown>> {
  return {
    connections: section(connections),
    callers: section(callers.filter(({ name }) => name !== ADMIN_CALLER)),
  };
}
