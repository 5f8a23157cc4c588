/** The Express application: every middleware and router in order, on one screen. Opens no port. */
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { BearerTokenRequests } from './bearer/execute.ts';
import { BridgeError } from './errors.ts';
import type { Gate } from './http/authenticate.ts';
import { accessLog } from './http/access-log.ts';
import { activityRoutes } from './http/activity.ts';
import { bearerTokenRequestRoutes } from './http/bearer-token-requests.ts';
import { callerRoutes, type CallerRouteParts } from './http/callers.ts';
import { configurationRoutes, type ConfigurationRouteParts } from './http/configuration.ts';
import { connectionTestRoutes, type ConnectionTestRouteParts } from './http/connection-test.ts';
import { connectionRoutes, type ConnectionRouteParts } from './http/connections.ts';
import { correlation } from './http/correlation.ts';
import { diagnosesRoutes } from './http/diagnoses.ts';
import { docsRouter } from './http/docs.ts';
import { healthRoutes, type ReadinessCheck } from './http/health.ts';
import type { Idempotency } from './http/idempotency.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { oauthTokenRoutes, type OAuthRouteParts } from './http/oauth-token.ts';
import { openApiDocument } from './http/openapi.ts';
import { pageRouter } from './http/page.ts';
import { notFound, problemHandler } from './http/problem.ts';
import { proxyHandler } from './http/proxy.ts';
import type { Route } from './http/route.ts';
import { secretKeyRoutes, type SecretKeyRouteParts } from './http/secret-key.ts';
import { statusRoutes, type StatusRouteParts } from './http/status.ts';
import { endRequestSpan, traceRequests } from './http/traced.ts';
import { tokenRoutes } from './http/tokens.ts';
import type { Proxy } from './proxy/proxy.ts';
import type { ActivityStore } from './telemetry/activity.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Traces } from './telemetry/traces.ts';

/** What the described routes work with. */
export interface RouteParts
  extends
    ConnectionRouteParts,
    CallerRouteParts,
    OAuthRouteParts,
    ConfigurationRouteParts,
    SecretKeyRouteParts,
    StatusRouteParts,
    ConnectionTestRouteParts {
  bearerTokenRequests: BearerTokenRequests;
  activity: ActivityStore;
  readiness: readonly ReadinessCheck[];
}

export interface AppParts extends RouteParts {
  metrics: Pick<Metrics, 'text' | 'requestEnded'>;
  log: Log;
  version: string;
  gate: Gate;
  idempotency: Idempotency;
  proxy: Proxy;
  traces: Traces;
  /** True from the moment the process was told to stop. */
  isStopping(): boolean;
  monotonicMs(): number;
  /** Addresses and networks whose X-Forwarded-* and client-certificate header are believed. */
  trustedProxies: readonly string[];
}

/** Every route that is described: the OpenAPI document and the router are both made from this list. */
export function routesOf(parts: RouteParts): Route[] {
  return [
    ...bearerTokenRequestRoutes(parts),
    ...connectionRoutes(parts),
    ...connectionTestRoutes(parts),
    ...tokenRoutes(parts),
    ...oauthTokenRoutes(parts),
    ...callerRoutes(parts),
    ...configurationRoutes(parts),
    ...secretKeyRoutes(parts),
    ...statusRoutes(parts),
    ...activityRoutes(parts),
    ...diagnosesRoutes(),
    ...healthRoutes(parts),
  ];
}

/** Over https, spoken by the bridge itself or by a trusted proxy before it, browsers are told to insist on it. */
function securityHeaders(): RequestHandler {
  const headersFor = (secure: boolean): RequestHandler => {
    const upgrade = secure ? {} : { upgradeInsecureRequests: null };
    return helmet({
      contentSecurityPolicy: { directives: { defaultSrc: ["'self'"], ...upgrade } },
      strictTransportSecurity: secure,
      referrerPolicy: { policy: 'no-referrer' },
    });
  };
  const [overHttps, overHttp] = [headersFor(true), headersFor(false)];
  return (request, response, next) => (request.secure ? overHttps : overHttp)(request, response, next);
}

/** A request that comes in on an open connection while the process stops is told to go elsewhere. */
function refuseWhileStopping(isStopping: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (!isStopping()) {
      next();
      return;
    }
    response.set('Connection', 'close');
    throw new BridgeError('unavailable', { detail: 'The bridge is shutting down', retryAfterSeconds: 1 });
  };
}

export function createApp(parts: AppParts): Express {
  const routes = routesOf(parts);
  const document = openApiDocument(routes, { version: parts.version });
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', [...parts.trustedProxies]);
  app.use(correlation);
  app.use(traceRequests(parts.traces));
  app.use(
    accessLog(parts.log, parts.monotonicMs, (path, status, durationMs, response) => {
      parts.metrics.requestEnded(path, status, durationMs);
      endRequestSpan(response, status);
    }),
  );
  app.use(securityHeaders());
  app.use(refuseWhileStopping(parts.isStopping));
  app.use(proxyHandler(parts.proxy, parts.gate));
  app.use(mountRoutes(routes, parts.gate, parts.idempotency));
  app.get('/openapi.json', (_request, response) => void response.json(document));
  app.use(pageRouter());
  app.use(docsRouter());
  app.use(notFound);
  app.use(problemHandler(parts.log));
  return app;
}
