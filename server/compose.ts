/** The one place where parts meet: started in the order in which they stand here, stopped in the reverse one. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Express } from 'express';
import { createApp, routesOf } from './app.ts';
import { createBearerTokenRequests, type BearerTokenRequests } from './bearer/execute.ts';
import { openCallerStore, type CallerStore } from './callers/caller-store.ts';
import type { Config } from './config.ts';
import { openConnectionStore, type ConnectionStore } from './connections/connection-store.ts';
import { openDatabase } from './database/open-database.ts';
import type { Database } from './database/database.ts';
import { loadSecretKeys } from './database/secret-key.ts';
import { createGate } from './http/authenticate.ts';
import { openApiDocument } from './http/openapi.ts';
import type { Secret } from './secret.ts';
import { createActivityStore, type ActivityStore } from './telemetry/activity.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { createSystemClock, type BrokerClock } from './tokens/broker-clock.ts';
import { createConnectionBroker } from './tokens/connection-broker.ts';
import { openPostgresTokenStore } from './tokens/postgres-token-store.ts';
import type { TokenBroker } from './tokens/token-broker.ts';
import {
  createClientCertificates,
  type ClientCertificates,
} from './transport/certificates/client-certificates.ts';
import { createTrustStore } from './transport/certificates/trust-store.ts';
import { verifyPeer } from './transport/certificates/verify-peer.ts';
import { createEgressGuard } from './transport/egress-guard.ts';
import { resolveWithSystem, type Resolve } from './transport/egress-lookup.ts';
import { createEgressPolicy } from './transport/egress-policy.ts';
import { proxyFor } from './transport/egress-proxy.ts';
import { parseForwardProxy } from './transport/forward-proxy.ts';
import { createSecureContexts } from './transport/secure-contexts.ts';
import { createTransport, type Transport } from './transport/transport.ts';
import { VERSION } from './version.ts';

/** Replaced by tests that need a resolver that misbehaves. */
export interface ComposeOverrides {
  resolve?: Resolve;
}

function composeTransport(config: Config, { resolve = resolveWithSystem }: ComposeOverrides): Transport {
  const guard = createEgressGuard(createEgressPolicy(config.egress), resolve);
  const trust = createTrustStore({ caFile: config.caFile });
  return createTransport({
    ...guard,
    secureContext: createSecureContexts(trust),
    verifyPeer: (socket, host, forgiven) => verifyPeer(socket, host, trust, forgiven, new Date()),
    proxyFor(url) {
      const endpoint = proxyFor(url, config.outgoingProxy);
      return endpoint === undefined ? undefined : parseForwardProxy(endpoint.uri.reveal(), true);
    },
  });
}

/** Sockets and what runs over them; no store. */
interface Upstream {
  clock: BrokerClock;
  transport: Transport;
  clientCertificates: ClientCertificates;
  requests: BearerTokenRequests;
}

function composeUpstream(config: Config, overrides: ComposeOverrides): Upstream {
  const clock = createSystemClock();
  const transport = composeTransport(config, overrides);
  const clientCertificates = createClientCertificates(config.certificatesDir);
  return {
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

/** What is saved, and what is remembered of what happened. */
export interface Stores {
  database: Database;
  connections: ConnectionStore;
  callers: CallerStore;
  activity: ActivityStore;
  adminKey?: Secret;
  close(): Promise<void>;
}

export async function composeStores(
  config: Config,
  log: Log,
): Promise<Stores & { ring: Awaited<ReturnType<typeof loadSecretKeys>> }> {
  const { dataDir, secretKey, databaseUrl, isProduction, adminKey } = config;
  await mkdir(config.certificatesDir, { recursive: true, mode: 0o700 });
  const ring = await loadSecretKeys({
    dataDir,
    production: isProduction,
    ...(secretKey === undefined ? {} : { secretKey }),
  });
  const database = await openDatabase({
    dataDir,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  try {
    const connections = await openConnectionStore({ database, ring, log });
    const callers = await openCallerStore({ database, log });
    const { key } = await callers.bootstrapAdmin(adminKey);
    const activity = createActivityStore({ database, log });
    return {
      ring,
      database,
      connections,
      callers,
      activity,
      ...(key === undefined ? {} : { adminKey: key }),
      async close() {
        await activity.close();
        await callers.close();
        await connections.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export interface ComposedBridge {
  app: Express;
  log: Log;
  stores: Stores;
  broker: TokenBroker;
  /** Generated at the first start: to be shown once. */
  adminKey?: Secret;
  /** From now on new requests are refused and the bridge is not ready. */
  beginStopping(): void;
  close(): Promise<void>;
}

export async function composeBridge(
  config: Config,
  overrides: ComposeOverrides = {},
): Promise<ComposedBridge> {
  const log = createLog({ level: config.logLevel });
  config.warnings.forEach((warning) => log.warn(warning));
  const upstream = composeUpstream(config, overrides);
  const stores = await composeStores(config, log);
  const tokenStore = await openPostgresTokenStore(stores.database, stores.ring, log);
  const broker = createConnectionBroker({
    connections: stores.connections,
    requests: upstream.requests,
    activity: stores.activity,
    store: tokenStore,
    clock: upstream.clock,
    log,
    owner: randomUUID(),
  });
  let isStopping = false;
  const app = createApp({
    log,
    version: VERSION,
    gate: createGate(stores.callers),
    bearerTokenRequests: upstream.requests,
    connections: stores.connections,
    callers: stores.callers,
    activity: stores.activity,
    broker,
    readiness: [
      { name: 'process', check: () => (isStopping ? 'the bridge is shutting down' : undefined) },
      { name: 'database', check: async () => faultOf(await stores.database.health()) },
    ],
    isStopping: () => isStopping,
    monotonicMs: upstream.clock.monotonicMs,
    secure: false,
  });
  return {
    app,
    log,
    stores,
    broker,
    ...(stores.adminKey === undefined ? {} : { adminKey: stores.adminKey }),
    beginStopping: () => (isStopping = true),
    async close() {
      await broker.close();
      await tokenStore.close();
      await stores.close();
      await upstream.transport.close();
    },
  };
}

function faultOf(health: Awaited<ReturnType<Database['health']>>): string | undefined {
  return health.healthy ? undefined : health.reason;
}

/** The OpenAPI document without a running bridge: no handler of these routes is ever called. */
export function describeApi(): object {
  return openApiDocument(routesOf({} as Parameters<typeof routesOf>[0]), { version: VERSION });
}
