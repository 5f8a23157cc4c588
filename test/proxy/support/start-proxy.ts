/** The proxy on a port of its own: real transport, real broker, and grants that a test decides. */
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { withLocals } from '../../../server/http/bridge-response.ts';
import { correlate } from '../../../server/http/correlation.ts';
import { notFound, problemHandler } from '../../../server/http/problem.ts';
import { connectionSchema, type Connection } from '../../../server/connections/connection.ts';
import { parseProxyUrl } from '../../../server/proxy/proxy-path.ts';
import { createProxy, type ProxyCaller, type ProxyParts } from '../../../server/proxy/proxy.ts';
import { Secret } from '../../../server/secret.ts';
import type { ActivityEntry } from '../../../server/telemetry/activity.ts';
import { createLog } from '../../../server/telemetry/log.ts';
import { createSystemClock } from '../../../server/tokens/broker-clock.ts';
import type { GrantOutcome } from '../../../server/tokens/failure-class.ts';
import { loginOf } from '../../../server/tokens/login-attempts.ts';
import { createMemoryTokenStore } from '../../../server/tokens/memory-token-store.ts';
import { createTokenBroker, type TokenBroker } from '../../../server/tokens/token-broker.ts';
import { createTrustStore } from '../../../server/transport/certificates/trust-store.ts';
import { verifyPeer } from '../../../server/transport/certificates/verify-peer.ts';
import { createEgressGuard } from '../../../server/transport/egress-guard.ts';
import type { Resolve } from '../../../server/transport/egress-lookup.ts';
import { createEgressPolicy } from '../../../server/transport/egress-policy.ts';
import { createSecureContexts } from '../../../server/transport/secure-contexts.ts';
import { createTransport, type Transport } from '../../../server/transport/transport.ts';

export const CALLER: ProxyCaller = { name: 'tester', permissions: ['proxy:*'] };

export interface StartProxyOptions {
  /** Of the connection `crm`; anything may be overridden. */
  connection?: Record<string, unknown>;
  /** Default: `token-1`, `token-2` … for an hour. @param number Of the grant, from 1. */
  grant?: (number: number) => Promise<GrantOutcome> | GrantOutcome;
  caller?: ProxyCaller;
  parts?: Partial<ProxyParts>;
  egressAllow?: string;
  caPem?: string;
  resolve?: Resolve;
  /** Further routes, before the proxy. */
  mount?: (app: Express) => void;
}

export interface RunningProxy {
  url: string;
  port: number;
  broker: TokenBroker;
  /** How many tokens were asked for. */
  grants(): number;
  activity: ActivityEntry[];
  close(): Promise<void>;
}

export function grantedToken(accessToken: string, members: object = {}): GrantOutcome {
  return {
    kind: 'token',
    accessToken: new Secret(accessToken),
    tokenType: 'Bearer',
    expiresIn: 3600,
    requestStartedMonotonicMs: performance.now(),
    ...members,
  };
}

export function testConnection(members: Record<string, unknown>): Connection {
  const values = connectionSchema.parse({
    provider: 'other',
    url: 'http://127.0.0.1:9/token',
    clientId: 'the-client',
    clientSecret: 'the-secret',
    ...members,
  });
  const now = new Date();
  return {
    ...values,
    name: 'crm',
    credentialsInBody: false,
    version: 1,
    credentialVersion: 1,
    createdAt: now,
    updatedAt: now,
  } as Connection;
}

export function loopbackTransport(
  options: Pick<StartProxyOptions, 'egressAllow' | 'caPem' | 'resolve'> = {},
): Transport {
  const allow = options.egressAllow ?? '127.0.0.1,localhost';
  const trust = createTrustStore({ extraPem: options.caPem });
  return createTransport({
    ...createEgressGuard(createEgressPolicy({ allow, allowPrivate: true }), options.resolve),
    secureContext: createSecureContexts(trust),
    verifyPeer: (socket, host, forgiven) => verifyPeer(socket, host, trust, forgiven, new Date()),
  });
}

export async function listenOn(app: http.RequestListener): Promise<{ server: Server; port: number }> {
  const server = http.createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function startProxy(
  upstreamUrl: string,
  options: StartProxyOptions = {},
): Promise<RunningProxy> {
  const { caller = CALLER, grant = (number) => grantedToken(`token-${number}`) } = options;
  const connection = testConnection({ apiUrl: upstreamUrl, ...options.connection });
  const log = createLog({ level: 'silent' });
  const clock = createSystemClock();
  const transport = loopbackTransport(options);
  let grants = 0;
  const broker = createTokenBroker({
    fetchToken: async () => grant((grants += 1)),
    findConnection: () => Promise.resolve({ ...connection, login: loginOf(connection) }),
    store: createMemoryTokenStore(),
    clock,
    random: Math.random,
    log,
    owner: 'test',
  });
  const activity: ActivityEntry[] = [];
  const proxy = createProxy({
    transport,
    broker,
    connections: { find: (name) => (name === connection.name ? connection : undefined) },
    callers: { find: (name) => (name === caller.name ? caller : undefined) },
    clientCertificates: { load: () => Promise.reject(new Error('no client certificates here')) },
    clock,
    random: Math.random,
    log,
    record: (entry) => activity.push(entry),
    ...options.parts,
  });
  const app = express();
  app.disable('x-powered-by');
  app.use((request, plainResponse, next) => {
    const response = withLocals(plainResponse);
    correlate(request, response);
    const { correlationId = '', traceparent = '' } = response.locals;
    response.locals.ownHeaders = ['X-Correlation-Id', correlationId, 'traceparent', traceparent];
    next();
  });
  options.mount?.(app);
  // Without parameters in the path: Express would decode them, and refuse what is not UTF-8.
  app.use('/proxy', (request, response) =>
    proxy(request, response, caller, parseProxyUrl(request.originalUrl)),
  );
  app.use(notFound);
  app.use(problemHandler(log));
  const { server, port } = await listenOn(app);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    broker,
    grants: () => grants,
    activity,
    async close() {
      await stop(server);
      await broker.close(0);
      await transport.close();
    },
  };
}
