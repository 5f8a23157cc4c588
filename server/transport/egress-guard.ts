/** The egress policy at the doors of the transport: asked before a name is looked up and before an address is dialled. */
import { isIP } from 'node:net';
import { BridgeError } from '../errors.ts';
import { normaliseHost } from './egress-host.ts';
import {
  createGuardedLookup,
  resolveWithSystem,
  type AllowedAddress,
  type Resolve,
} from './egress-lookup.ts';
import type { EgressPolicy } from './egress-policy.ts';

export interface EgressGuard {
  /**
   * Judges host, port and every address; returns the addresses to dial, as they are.
   * @throws BridgeError `egress_denied` | TransportError of the name look-up | the signal's reason
   */
  lookupAllowed(host: string, port: number, signal?: AbortSignal): Promise<readonly AllowedAddress[]>;
  /**
   * Judges a target that a forward proxy will resolve: host and port, and the address where the host is one. What a name resolves to
   * on the far side of the proxy is the proxy's to judge: nobody here can see it.
   * @throws BridgeError `egress_denied`
   */
  checkTarget(host: string, port: number): void;
  /** Addresses of a host that the operator configured, such as HTTPS_PROXY: no policy, which is for what callers name. */
  lookupTrusted(host: string, signal?: AbortSignal): Promise<readonly AllowedAddress[]>;
}

const TRUST_ALL: EgressPolicy = { checkHost: () => undefined, checkAddress: () => undefined };

export function createEgressGuard(policy: EgressPolicy, resolve: Resolve = resolveWithSystem): EgressGuard {
  const lookup = createGuardedLookup(policy, resolve);
  return {
    async lookupAllowed(host, port, signal) {
      refuseUnless(policy.checkHost(host, port));
      return lookup(host, signal);
    },
    checkTarget(host, port) {
      refuseUnless(policy.checkHost(host, port));
      const name = normaliseHost(host);
      if (name === undefined || isIP(name) === 0) return;
      const kind = policy.checkAddress(name);
      refuseUnless(
        kind === undefined ? undefined : `The host ${name} is ${kind}, which the bridge may not call.`,
      );
    },
    lookupTrusted: createGuardedLookup(TRUST_ALL, resolve),
  };
}

function refuseUnless(denial: string | undefined): void {
  if (denial !== undefined) throw new BridgeError('egress_denied', { detail: `${denial} Nothing was sent.` });
}
