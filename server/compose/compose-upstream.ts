/** The way out: egress policy, certificates, transport, and bearer token requests over them. */
import { createBearerTokenRequests, type BearerTokenRequests } from '../bearer/execute.ts';
import type { Environment } from '../config-fault.ts';
import type { Config } from '../config.ts';
import type { ExtraRegion } from '../regions.ts';
import type { Secret } from '../secret.ts';
import { createSystemClock, type BrokerClock } from '../tokens/broker-clock.ts';
import {
  createClientCertificates,
  type ClientCertificates,
} from '../transport/certificates/client-certificates.ts';
import { createTrustStore } from '../transport/certificates/trust-store.ts';
import { verifyPeer } from '../transport/certificates/verify-peer.ts';
import { DEFAULT_EGRESS_ALLOW } from '../transport/egress-default-hosts.ts';
import { createEgressGuard } from '../transport/egress-guard.ts';
import { resolveWithSystem, type Resolve } from '../transport/egress-lookup.ts';
import { createEgressPolicy } from '../transport/egress-policy.ts';
import { proxyFor } from '../transport/egress-proxy.ts';
import { parseForwardProxy, type ForwardProxy } from '../transport/forward-proxy.ts';
import type { SocketParts } from '../transport/open-socket.ts';
import { createSecureContexts } from '../transport/secure-contexts.ts';
import { createTransport, type Transport } from '../transport/transport.ts';

export interface ComposeOverrides {
  /** Replaced by tests that need a resolver that misbehaves. */
  resolve?: Resolve;
  /** What BRIDGE_CONFIG refers to with `${env:NAME}`. Default: that of the process. */
  env?: Environment;
  /** Gets the key of the caller admin as soon as it is made at the first start: what fails after that would take it away for good. */
  showAdminKey?: (key: Secret) => void;
}

function egressOf({ egress }: Config, extraRegions: readonly ExtraRegion[]): Config['egress'] {
  if (egress.allow !== undefined || extraRegions.length === 0) return egress;
  const hosts = [...DEFAULT_EGRESS_ALLOW, ...extraRegions.map(({ env }) => `*.${env}`)];
  return { ...egress, allow: hosts.join(',') };
}

export function composeSockets(
  config: Config,
  { resolve = resolveWithSystem }: ComposeOverrides,
  extraRegions: readonly ExtraRegion[],
): Upstream['sockets'] {
  const guard = createEgressGuard(createEgressPolicy(egressOf(config, extraRegions)), resolve);
  const trust = createTrustStore({ caFile: config.caFile });
  return {
    ...guard,
    secureContext: createSecureContexts(trust),
    verifyPeer: (socket, host, forgiven) => verifyPeer(socket, host, trust, forgiven, new Date()),
    proxyFor(url) {
      const endpoint = proxyFor(url, config.outgoingProxy);
      return endpoint === undefined ? undefined : parseForwardProxy(endpoint.uri.reveal(), true);
    },
  };
}

/** Sockets and what runs over them; no store. */
export interface Upstream {
  sockets: SocketParts & { proxyFor(url: URL): ForwardProxy | undefined };
  clock: BrokerClock;
  transport: Transport;
  clientCertificates: ClientCertificates;
  requests: BearerTokenRequests;
}

export function composeUpstream(
  config: Config,
  overrides: ComposeOverrides,
  extraRegions: readonly ExtraRegion[] = [],
): Upstream {
  const clock = createSystemClock();
  const sockets = composeSockets(config, overrides, extraRegions);
  const transport = createTransport(sockets);
  const clientCertificates = createClientCertificates(config.certificatesDir);
  return {
    sockets,
    clock,
    transport,
    clientCertificates,
    requests: createBearerTokenRequests({ transport, clientCertificates, clock }),
  };
}

export interface ComposedRequests extends BearerTokenRequests {
  close(): Promise<void>;
}

/** Bearer token requests alone, for a command that runs one and ends. */
export function composeRequests(config: Config, overrides: ComposeOverrides = {}): ComposedRequests {
  const { requests, transport } = composeUpstream(config, overrides);
  return { execute: requests.execute, close: () => transport.close() };
}
