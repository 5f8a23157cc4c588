/** The one place where parts meet: started in the order in which they stand here, stopped in the reverse one. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Express } from 'express';
import { createApp, routesOf } from './app.ts';
import { applyAtStart, readStartFile } from './apply/apply-at-start.ts';
import { createBearerTokenRequests, type BearerTokenRequests } from './bearer/execute.ts';
import { traceGrants } from './bearer/traced-requests.ts';
import { createCallLimit } from './callers/call-limit.ts';
import { openCallerStore, type CallerStore } from './callers/caller-store.ts';
import { createFailedSignIns } from './callers/failed-sign-ins.ts';
import { createJwtKeys } from './callers/jwt-keys.ts';
import { createJwtSignIn } from './callers/jwt-sign-in.ts';
import type { Config, Environment } from './config.ts';
import { createConnectionChecks, type ConnectionChecks } from './connections/checks/run-checks.ts';
import { CONNECTION_SECRETS } from './connections/connection-row.ts';
import { openConnectionStore, type ConnectionStore } from './connections/connection-store.ts';
import { createGrantLadder, type GrantLadder } from './connections/grant-ladder.ts';
import { createLiveKeyRing } from './database/live-key-ring.ts';
import { openDatabase } from './database/open-database.ts';
import type { Database } from './database/database.ts';
import { createKeyRotator, type KeyRotation } from './database/rotate-key.ts';
import type { SealedColumn } from './database/rotate-secrets.ts';
import type { KeyRing } from './database/sealed-secret.ts';
import { loadSecretKeys } from './database/secret-key.ts';
import { createGate, type Gate } from './http/authenticate.ts';
import { traceProxy } from './http/traced.ts';
import { openApiDocument } from './http/openapi.ts';
import { configuredBase, instanceBase } from './proxy/upstream-base.ts';
import { createPermitStore } from './purecloud/permit-store.ts';
import { createRequestBudget, type RequestBudget } from './purecloud/request-budget.ts';
import type { ExtraRegion } from './regions.ts';
import { createProxy } from './proxy/proxy.ts';
import type { Secret } from './secret.ts';
import { createOverview } from './status/overview.ts';
import { createActivityStore, type ActivityStore } from './telemetry/activity.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { openTraces } from './telemetry/otel-traces.ts';
import { createUsageStore, type UsageStore } from './telemetry/usage.ts';
import { createBridgeTokens, type BridgeTokens } from './tokens/bridge-token.ts';
import { createSystemClock, type BrokerClock } from './tokens/broker-clock.ts';
import { createConnectionBroker } from './tokens/connection-broker.ts';
import { observeBroker } from './tokens/observed-broker.ts';
import { openPostgresTokenStore, TOKEN_SECRETS } from './tokens/postgres-token-store.ts';
import type { TokenBroker } from './tokens/token-broker.ts';
import {
  createClientCertificates,
  type ClientCertificates,
} from './transport/certificates/client-certificates.ts';
import { createTrustStore } from './transport/certificates/trust-store.ts';
import { verifyPeer } from './transport/certificates/verify-peer.ts';
import { DEFAULT_EGRESS_ALLOW } from './transport/egress-default-hosts.ts';
import { createEgressGuard } from './transport/egress-guard.ts';
import { resolveWithSystem, type Resolve } from './transport/egress-lookup.ts';
import { createEgressPolicy } from './transport/egress-policy.ts';
import { proxyFor } from './transport/egress-proxy.ts';
import { parseForwardProxy, type ForwardProxy } from './transport/forward-proxy.ts';
import type { SocketParts } from './transport/open-socket.ts';
import { createSecureContexts } from './transport/secure-contexts.ts';
import { createTransport, type Transport } from './transport/transport.ts';
import { VERSION } from './version.ts';

/** A caller waits for it who signs in by JWT for the first time. */
const KEY_SET_TIMEOUT_MS = 5_000;

export interface ComposeOverrides {
  /** Replaced by tests that need a resolver that misbehaves. */
  resolve?: Resolve;
  /** What BRIDGE_CONFIG refers to with `${env:NAME}`. Default: that of the process. */
  env?: Environment;
}

/** Every column with sealed secrets: a new key has to reach them all. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [CONNECTION_SECRETS, TOKEN_SECRETS];

function egressOf({ egress }: Config, extraRegions: readonly ExtraRegion[]): Config['egress'] {
  if (egress.allow !== undefined || extraRegions.length === 0) return egress;
  const hosts = [...DEFAULT_EGRESS_ALLOW, ...extraRegions.map(({ env }) => `*.${env}`)];
  return { ...egress, allow: hosts.join(',') };
}

function composeSockets(
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
interface Upstream {
  sockets: SocketParts & { proxyFor(url: URL): ForwardProxy | undefined };
  clock: BrokerClock;
  transport: Transport;
  clientCertificates: ClientCertificates;
  requests: BearerTokenRequests;
}

function composeUpstream(
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

/** What is saved, and what is remembered of what happened. */
export interface Stores {
  database: Database;
  connections: ConnectionStore;
  callers: CallerStore;
  activity: ActivityStore;
  adminKey?: Secret;
  rotateSecretKey(): Promise<KeyRotation>;
  close(): Promise<void>;
}

export async function composeStores(
  config: Config,
  log: Log,
  extraRegions: readonly ExtraRegion[] = [],
): Promise<Stores & { ring: KeyRing }> {
  const { dataDir, secretKey, databaseUrl, isProduction, adminKey } = config;
  await mkdir(config.certificatesDir, { recursive: true, mode: 0o700 });
  const ring = createLiveKeyRing(
    await loadSecretKeys({
      dataDir,
      production: isProduction,
      ...(secretKey === undefined ? {} : { secretKey }),
    }),
  );
  const database = await openDatabase({
    dataDir,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
  });
  try {
    const connections = await openConnectionStore({ database, ring, log, extraRegions });
    const callers = await openCallerStore({ database, log });
    const { key } = await callers.bootstrapAdmin(adminKey);
    const activity = createActivityStore({ database, log, retentionDays: config.activityDays });
    return {
      ring,
      database,
      connections,
      callers,
      activity,
      ...(key === undefined ? {} : { adminKey: key }),
      rotateSecretKey: createKeyRotator({
        database,
        ring,
        columns: SEALED_COLUMNS,
        ...(secretKey === undefined ? { keyFileDirectory: dataDir } : {}),
        isShared: config.processes > 1,
      }),
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

/** Who comes in: by API key, JWT, client certificate, or a token that the bridge made. */
function composeGate(
  { clientCertificateHeader }: Config,
  { callers, ring }: Awaited<ReturnType<typeof composeStores>>,
  { transport, clock }: Upstream,
): { gate: Gate; bridgeTokens: BridgeTokens } {
  const now = clock.nowMs;
  const bridgeTokens = createBridgeTokens({ ring, callers, now });
  const keys = createJwtKeys({
    monotonicMs: clock.monotonicMs,
    fetchText: (url, signal) =>
      transport.send(
        { method: 'GET', url, headers: { accept: 'application/json' }, body: '' },
        { forgiven: new Set() },
        { timeoutMs: KEY_SET_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
      ),
  });
  const gate = createGate({
    callers,
    jwt: createJwtSignIn({ callers, keys, now }),
    bridgeTokens,
    failedSignIns: createFailedSignIns(clock.monotonicMs),
    callLimit: createCallLimit(clock.monotonicMs),
    ...(clientCertificateHeader === undefined ? {} : { clientCertificateHeaders: [clientCertificateHeader] }),
    now,
  });
  return { gate, bridgeTokens };
}

/** What counts, and what is counted against: every call of a connection passes here. */
interface Meters {
  metrics: Metrics;
  usage: UsageStore;
  budget: RequestBudget;
}

function composeMeters(
  { connections, database }: Stores,
  { clock }: Upstream,
  log: Log,
  owner: string,
): Meters {
  const isConnection = (name: string) => connections.view(name) !== undefined;
  const metrics = createMetrics({ version: VERSION, isConnection });
  const usage = createUsageStore({ database, log });
  const budget = createRequestBudget({ store: createPermitStore(database), clock, owner, log });
  connections.onChange((name) => {
    if (isConnection(name)) return;
    metrics.forget(name);
    budget.forget(name);
  });
  return { metrics, usage, budget };
}

/** What tries a connection, or a change of one, for a person. */
function composeTrials(
  { sockets, transport, clientCertificates, clock, requests }: Upstream,
  { connections }: Stores,
  broker: TokenBroker,
  budget: RequestBudget,
): { checks: ConnectionChecks; grantLadder: GrantLadder } {
  const parts: Parameters<typeof createConnectionChecks>[0] = {
    sockets,
    proxyFor: sockets.proxyFor,
    transport,
    clientCertificates,
    clock,
    broker,
    budget,
    apiBase: (connection, instanceUrl) => configuredBase(connection) ?? instanceBase(connection, instanceUrl),
  };
  return {
    checks: createConnectionChecks(parts),
    grantLadder: createGrantLadder({ ...parts, connections, requests }),
  };
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
  const file = await readStartFile(config.configFile, overrides.env ?? process.env);
  const extraRegions = file?.regions ?? [];
  const traces = await openTraces({ env: overrides.env ?? process.env, version: VERSION, log });
  const untraced = composeUpstream(config, overrides, extraRegions);
  const upstream = { ...untraced, requests: traceGrants(untraced.requests, traces) };
  const stores = await composeStores(config, log, extraRegions);
  if (file !== undefined) await applyAtStart(file, { ...stores, extraRegions }, log).catch(closing(stores));
  const tokenStore = await openPostgresTokenStore(stores.database, stores.ring, log);
  const owner = randomUUID();
  const { metrics, usage, budget } = composeMeters(stores, upstream, log, owner);
  const connectionBroker = createConnectionBroker({
    connections: stores.connections,
    requests: upstream.requests,
    activity: stores.activity,
    store: tokenStore,
    clock: upstream.clock,
    log,
    metrics,
    owner,
  });
  const broker = observeBroker(connectionBroker, (connection, source) => {
    metrics.tokenUsed(connection, source);
    usage.used(connection);
  });
  const { gate, bridgeTokens } = composeGate(config, stores, upstream);
  const proxy = createProxy({
    transport: upstream.transport,
    clientCertificates: upstream.clientCertificates,
    clock: upstream.clock,
    connections: stores.connections,
    broker,
    log,
    random: Math.random,
    requestBudget: budget,
    metrics,
    record: stores.activity.record,
  });
  let isStopping = false;
  const overview = createOverview({
    version: VERSION,
    ...stores,
    broker,
    budget,
    usage,
    clock: upstream.clock,
    isStopping: () => isStopping,
  });
  metrics.lookUp(overview.snapshot);
  const app = createApp({
    log,
    version: VERSION,
    gate,
    proxy: traceProxy(proxy, traces),
    traces,
    bridgeTokens,
    bearerTokenRequests: upstream.requests,
    connections: stores.connections,
    callers: stores.callers,
    activity: stores.activity,
    extraRegions,
    rotateSecretKey: stores.rotateSecretKey,
    broker,
    ...composeTrials(upstream, stores, broker, budget),
    overview,
    metrics,
    readiness: [
      { name: 'process', check: () => (isStopping ? 'the bridge is shutting down' : undefined) },
      { name: 'database', check: async () => faultOf(await stores.database.health()) },
    ],
    isStopping: () => isStopping,
    monotonicMs: upstream.clock.monotonicMs,
    trustedProxies: config.trustedProxies,
  });
  return {
    app,
    log,
    stores,
    broker,
    ...(stores.adminKey === undefined ? {} : { adminKey: stores.adminKey }),
    beginStopping: () => (isStopping = true),
    async close() {
      budget.close();
      await broker.close();
      await tokenStore.close();
      await usage.close();
      await stores.close();
      await upstream.transport.close();
      await traces.close();
    },
  };
}

function closing(stores: Stores): (error: unknown) => Promise<never> {
  return async (error) => {
    await stores.close();
    throw error;
  };
}

function faultOf(health: Awaited<ReturnType<Database['health']>>): string | undefined {
  return health.healthy ? undefined : health.reason;
}

/** The OpenAPI document without a running bridge: no handler of these routes is ever called. */
export function describeApi(): object {
  return openApiDocument(routesOf({} as Parameters<typeof routesOf>[0]), { version: VERSION });
}
