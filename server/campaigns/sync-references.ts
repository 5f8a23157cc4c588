/** Whether the connections that a sync names are there, and are of the right kind. Pure. */
import type { FieldError } from '../errors.ts';
import { didYouMean } from '../validation.ts';
import type { SyncSettings } from './sync.ts';

export interface ReferredConnection {
  name: string;
  provider: string;
}

const WANTED = { salesforceConnection: 'salesforce', purecloudConnection: 'purecloud' } as const;
type Reference = keyof typeof WANTED;
const REFERENCES = Object.keys(WANTED) as Reference[];

function faultOf(name: string, wanted: string, connections: readonly ReferredConnection[]) {
  const found = connections.find((connection) => connection.name === name);
  if (found?.provider === wanted) return undefined;
  const fitting = connections.filter(({ provider }) => provider === wanted).map((one) => one.name);
  if (found !== undefined) {
    const others = fitting.length === 0 ? '' : `: ${fitting.slice(0, 10).join(', ')}`;
    return `is a connection of the provider "${found.provider}"; name one of "${wanted}"${others}`;
  }
  const meant = didYouMean(name, fitting);
  return meant === undefined
    ? 'is not a connection; save the connection first'
    : `is not a connection; did you mean "${meant}"?`;
}

export function referenceFaults(
  settings: Pick<SyncSettings, Reference>,
  connections: readonly ReferredConnection[],
): FieldError[] {
  return REFERENCES.flatMap((field) => {
    const detail = faultOf(settings[field], WANTED[field], connections);
    return detail === undefined ? [] : [{ field, detail }];
  });
}

/** Names of the syncs that use the connection. */
export function syncsUsing(
  connection: string,
  syncs: readonly ({ name: string } & Pick<SyncSettings, Reference>)[],
): string[] {
  return syncs
    .filter((sync) => REFERENCES.some((field) => sync[field] === connection))
    .map(({ name }) => name);
}
