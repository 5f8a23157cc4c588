/** The one place where all parts meet: started in the order in which they stand here, stopped in the reverse one. */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createApp, routesOf } from '../app.ts';
import { applyAtStart, readStartFile } from '../apply/apply-at-start.ts';
import { traceGrants } from '../bearer/traced-requests.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { CampaignJobs } from '../campaigns/jobs/campaign-jobs.ts';
import { createIdempotencyKeys } from '../callers/idempotency-keys.ts';
import { createIdempotency } from '../http/idempotency.ts';
import { traceProxy } from '../http/traced.ts';
import { openApiDocument } from '../http/openapi.ts';
import { createProxy } from '../proxy/proxy.ts';
import { createOverview } from '../status/overview.ts';
import { createLogs, type Log } from '../telemetry/log.ts';
import { openTraces } from '../telemetry/otel-traces.ts';
import { createConnectionBroker } from '../tokens/connection-broker.ts';
import { observeBroker } from '../tokens/observed-broker.ts';
import { openPostgresTokenStore } from '../tokens/postgres-token-store.ts';
import type { TokenBroker } from '../tokens/token-broker.ts';
import { VERSION } from '../version.ts';
import { composeCampaigns } from './compose-campaigns.ts';
import { composeGate } from './compose-gate.ts';
import { composeMeters } from './compose-meters.ts';
import { composeStores, type Stores } from './compose-stores.ts';
import { composeTrials } from './compose-trials.ts';
import { composeUpstream, type ComposeOverrides } from './compose-upstream.ts';

export interface ComposedBridge {
  app: RequestListener;
  log: Log;
  stores: Stores;
  broker: TokenBroker;
  jobs: CampaignJobs;
  /** From now on new requests are refused and the bridge is not ready. */
  beginStopping(): void;
  close(): Promise<void>;
}

export async function composeBridge(
  config: Config,
  overrides: ComposeOverrides = {},
): Promise<ComposedBridge> {
  const { log, requestLog } = createLogs({ level: config.logLevel });
  config.warnings.forEach((warning) => log.warn(warning));
  const file = await readStartFile(config.configFile, overrides.env ?? process.env);
  const extraRegions = file?.regions ?? [];
  const traces = await openTraces({ env: overrides.env ?? process.env, version: VERSION, log });
  const untraced = composeUpstream(config, overrides, extraRegions);
  const upstream = { ...untraced, requests: traceGrants(untraced.requests, traces) };
  const stores = await composeStores(config, log, extraRegions);
  if (stores.adminKey !== undefined) overrides.showAdminKey?.(stores.adminKey);
  if (file !== undefined) await applyAtStart(file, { ...stores, extraRegions }, log).catch(closing(stores));
  const tokenStore = await openPostgresTokenStore(stores.database, stores.ring, log).catch(closing(stores));
  const owner = randomUUID();
  const meters = composeMeters(stores, upstream, log, owner);
  const { metrics, usage, budget } = meters;
  if (stores.connections.hasWrongKey()) log.error({}, `Not ready: ${WRONG_KEY}.`);
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
  const { gate, bridgeTokens } = composeGate(config, stores, upstream, log);
  const proxy = createProxy({
    transport: upstream.transport,
    clientCertificates: upstream.clientCertificates,
    clock: upstream.clock,
    connections: stores.connections,
    callers: stores.callers,
    broker,
    log,
    random: Math.random,
    requestBudget: budget,
    metrics,
    record: stores.activity.record,
  });
  const campaigns = composeCampaigns({ config, overrides, upstream, stores, meters, broker, log });
  let isStopping = false;
  const overview = createOverview({
    version: VERSION,
    ...stores,
    broker,
    budget,
    usage,
    lookAtSyncs: () => campaigns.parts.lookAt(stores.syncs.list()),
    apiUsage: campaigns.apiUsage,
    clock: upstream.clock,
    isStopping: () => isStopping,
  });
  metrics.lookUp(overview.snapshot);
  const app = createApp({
    ...campaigns.parts,
    log,
    requestLog,
    version: VERSION,
    gate,
    idempotency: createIdempotency(
      createIdempotencyKeys({ ...stores, monotonicMs: upstream.clock.monotonicMs }),
    ),
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
      { name: 'secrets', check: () => (stores.connections.hasWrongKey() ? WRONG_KEY : undefined) },
    ],
    isStopping: () => isStopping,
    monotonicMs: upstream.clock.monotonicMs,
    trustedProxies: config.trustedProxies,
  });
  campaigns.jobs.start();
  return {
    app,
    log,
    stores,
    broker,
    jobs: campaigns.jobs,
    beginStopping() {
      isStopping = true;
      // Requests in flight may take two minutes to end; a run is left to another instance at once.
      campaigns.jobs.stop().catch(() => undefined);
    },
    async close() {
      await campaigns.close();
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

/** An instance of a rollout with a key that was mistyped must not take the place of one that works. */
const WRONG_KEY =
  'none of the stored secrets opens with this BRIDGE_SECRET_KEY. Start the bridge with the key that they were sealed with, or enter the secrets again';

function faultOf(health: Awaited<ReturnType<Database['health']>>): string | undefined {
  return health.healthy ? undefined : health.reason;
}

/** The OpenAPI document without a running bridge: no handler of these routes is ever called. */
export function describeApi(): object {
  return openApiDocument(routesOf({} as Parameters<typeof routesOf>[0]), { version: VERSION });
}
