/** What is to be: connections, callers and syncs as a file or a request names them, secrets filled in and still sealed from sight. */
import { Secret } from '../secret.ts';

export interface NamedMembers {
  name: string;
  /** Members as the API takes them; secrets are `Secret`. */
  members: Readonly<Record<string, unknown>>;
}

/** A section that is absent says nothing about what there is; one that is empty says that there is nothing. */
export interface Configuration {
  connections?: readonly NamedMembers[];
  callers?: readonly NamedMembers[];
  syncs?: readonly NamedMembers[];
}

export const RESOURCE_KINDS = ['connection', 'caller', 'sync'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

export const SECTION_OF = {
  connection: 'connections',
  caller: 'callers',
  sync: 'syncs',
} as const satisfies Record<ResourceKind, keyof Configuration>;

/** For the one moment at which a parser or a request body needs them in plain. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revealed(member)]));
}

/** The body of `POST /v1/configuration`. */
export function toRequestBody({ connections, callers, syncs }: Configuration): Record<string, unknown> {
  const bodies = (resources: readonly NamedMembers[]) =>
    resources.map(({ name, members }) => ({ ...(revealed(members) as object), name }));
  return {
    ...(connections === undefined ? {} : { connections: bodies(connections) }),
    ...(callers === undefined ? {} : { callers: bodies(callers) }),
    ...(syncs === undefined ? {} : { syncs: bodies(syncs) }),
  };
}
