/** The one place where parts meet, in the order in which they start; they stop in the reverse order. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Express } from 'express';
import { createBearerTokenRequests, type BearerTokenRequests } from './bearer/execute.ts';
import { createApp, routesOf } from './app.ts';
import type { Config } from './config.ts';
import { createGate, type KeyRegistry } from './http/authenticate.ts';
import { openApiDocument } from './http/openapi.ts';
import { createClientCertificates } from './transport/certificates/client-certificates.ts';
import { createTrustStore } from './transport/certificates/trust-store.ts';
import { verifyPeer } from './transport/certificates/verify-peer.ts';
import { createEgressPolicy, type EgressPolicy } from './transport/egress-policy.ts';
import { createGuardedLookup, resolveWithSystem, type Resolve } from './transport/egress-lookup.ts';
import { proxyFor } from './transport/egress-proxy.ts';
import { parseForwardProxy } from './transport/forward-proxy.ts';
import { createSecureContexts } from './transport/secure-contexts.ts';
import { createTransport, type Transport } from './transport/transport.ts';
import { BridgeError } from './errors.ts';
import { Secret } from './secret.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { VERSION } from './version.ts';

export const systemClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Replaced by tests that need a resolver that misbehaves. */
export interface ComposeOverrides {
  resolve?: Resolve;
}

/** A proxy would dial an address that is written out; ours is the only check it meets. */
function literalDenial(policy: EgressPolicy, address: string): string | undefined {
  const kind = policy.checkAddress(address);
  return kind === undefined ? undefined : `The target is ${kind}, which the bridge may not call.`;
}

function composeTransport(config: Config, { resolve = resolveWithSystem }: ComposeOverrides): Transport {
  const policy = createEgressPolicy(config.egress);
  const guarded = createGuardedLookup(policy, resolve);
  const trust = createTrustStore({ caFile: config.caFile });
  const checkTarget = (host: string, port: number) => {
    const denial = policy.checkHost(host, port);
    const reason = denial ?? (isIP(host) === 0 ? undefined : literalDenial(policy, host));
    if (reason !== undefined)
      throw new BridgeError('egress_denied', { detail: `${reason} Nothing was sent.` });
  };
  return createTransport({
    checkTarget,
    lookupAllowed(host, port, signal) {
      checkTarget(host, port);
      return guarded(host, signal);
    },
    lookupTrusted: (host) => resolve(host),
    secureContext: createSecureContexts(trust),
    verifyPeer: (socket, host, forgiven) => verifyPeer(socket, host, trust, forgiven, new Date()),
    proxyFor(url) {
      const endpoint = proxyFor(url, config.outgoingProxy);
      return endpoint === undefined ? undefined : parseForwardProxy(endpoint.uri.reveal(), true);
    },
  });
}

export interface ComposedRequests extends BearerTokenRequests {
  close(): Promise<void>;
}

/** Bearer token requests alone, for a command that runs one and ends. */
export function composeRequests(config: Config, overrides: ComposeOverrides = {}): ComposedRequests {
  const transport = composeTransport(config, overrides);
  const clientCertificates = createClientCertificates(config.certificatesDir);
  const requests = createBearerTokenRequests({ transport, clientCertificates, clock: systemClock });
  return { execute: requests.execute, close: () => transport.close() };
}

export interface ComposedBridge {
  app: Express;
  log: Log;
  adminKey?: Secret;
  /** From now on new requests are refused and the bridge is not ready. */
  beginStopping(): void;
  close(): Promise<void>;
}

// eslint-disable-next-line @typescript-eslint/require-await -- stores are opened here
export async function composeBridge(
  config: Config,
  overrides: ComposeOverrides = {},
): Promise<ComposedBridge> {
  const log = createLog({ level: config.logLevel });
  const requests = composeRequests(config, overrides);
  let stopping = false;
  const { registry, generated } = adminOnly(config.adminKey);
  const app = createApp({
    log,
    version: VERSION,
    gate: createGate(registry, (permissions) => permissions.includes('admin')),
    bearerTokenRequests: requests,
    readiness: [{ name: 'process', check: () => (stopping ? 'the bridge is shutting down' : undefined) }],
    isStopping: () => stopping,
    monotonicMs: systemClock.monotonicMs,
    secure: false,
  });
  return {
    app,
    log,
    ...(generated === undefined ? {} : { adminKey: generated }),
    beginStopping: () => (stopping = true),
    close: () => requests.close(),
  };
}

function adminOnly(given: Secret | undefined): { registry: KeyRegistry; generated?: Secret } {
  const key = given ?? new Secret(`pcb_${randomBytes(32).toString('base64url')}`);
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const expected = hash(key.reveal());
  const registry: KeyRegistry = {
    callerOfKey: (presented) =>
      timingSafeEqual(hash(presented), expected) ? { name: 'admin', permissions: ['admin'] } : undefined,
  };
  return given === undefined ? { registry, generated: key } : { registry };
}

/** The OpenAPI document without a running bridge: no handler of these routes is ever called. */
export function describeApi(): object {
  const never = () => Promise.reject(new Error('described, not served'));
  return openApiDocument(routesOf({ bearerTokenRequests: { execute: never }, readiness: [] }), {
    version: VERSION,
  });
}
