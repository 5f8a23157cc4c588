/** Who is asking: the API key of a request -> its caller. */
import type { Request } from 'express';
import { BridgeError } from '../errors.ts';
import type { CallerGate } from './mount-routes.ts';
import { Secret } from '../secret.ts';
import type { CallerStore } from '../callers/caller-store.ts';

export interface PresentedKey {
  key: string;
  /** Name that came with the key in a Basic header; it must then be the key's own caller. */
  name?: string;
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

export function createGate(callers: Pick<CallerStore, 'authenticate'>): CallerGate {
  return {
    authenticate(request: Request) {
      const presented = presentedKey(request.headers.authorization);
      if (presented === undefined) throw unauthenticated('The request carries no API key of the bridge');
      const caller = callers.authenticate(new Secret(presented.key), presented.name);
      if (caller === undefined) throw unauthenticated('The API key is not known, or no longer valid');
      return caller;
    },
  };
}
