/** Who is asking: the API key of a request -> its caller. */
import type { Request } from 'express';
import { BridgeError } from '../errors.ts';
import type { CallerGate } from './mount-routes.ts';
import type { AuthenticatedCaller } from './route.ts';

export interface PresentedKey {
  key: string;
  /** Name that came with the key in a Basic header; it must then be the key's own caller. */
  name?: string;
}

export interface KeyRegistry {
  /** The caller that holds this key now; compared by hash, in constant time. */
  callerOfKey(key: string): AuthenticatedCaller | undefined;
}

/** `Authorization: Bearer KEY` or Basic `name:KEY` (contract §5); undefined for none, or one of another form. */
export function presentedKey(authorization: string | undefined): PresentedKey | undefined {
  const [, scheme = '', value = ''] = /^(bearer|basic) +([^\s]+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { key: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { name: pair.slice(0, colon), key: pair.slice(colon + 1) };
}

function unauthenticated(detail: string): BridgeError {
  return new BridgeError('caller_unauthenticated', { detail });
}

export function createGate(registry: KeyRegistry, mayCaller: CallerGate['mayCaller']): CallerGate {
  return {
    mayCaller,
    authenticate(request: Request) {
      const presented = presentedKey(request.headers.authorization);
      if (presented === undefined) throw unauthenticated('The request carries no API key of the bridge');
      const caller = registry.callerOfKey(presented.key);
      if (caller === undefined || (presented.name !== undefined && presented.name !== caller.name)) {
        throw unauthenticated('The API key is not known, or no longer valid');
      }
      return caller;
    },
  };
}
