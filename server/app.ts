/** The application: the entrance, the short way, and Express with every router in order, on one screen. Opens no port. */
import type { RequestListener } from 'node:http';
import express, { type Express } from 'express';
import type { BearerTokenRequests } from './bearer/execute.ts';
import type { Gate } from './http/authenticate.ts';
import { campaignRoutes, type CampaignRouteParts } from './http/campaign-routes.ts';
import { activityRoutes } from './http/activity.ts';
import { bearerTokenRequestRoute } from './http/bearer-token-requests.ts';
import { setOwnHeaders, withLocals } from './http/bridge-response.ts';
import { callerRoutes, type CallerRouteParts } from './http/callers.ts';
import { configurationRoutes, type ConfigurationRouteParts } from './http/configuration.ts';
import { connectionTestRoutes, type ConnectionTestRouteParts } from './http/connection-test.ts';
import { connectionRoutes, type ConnectionRouteParts } from './http/connections.ts';
import { diagnosesRoutes } from './http/diagnoses.ts';
import { docsRouter } from './http/docs.ts';
import { createEntrance, type EntranceParts } from './http/entrance.ts';
import { healthRoutes, type ReadinessCheck } from './http/health.ts';
import type { Idempotency } from './http/idempotency.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { oauthTokenRoutes, type OAuthRouteParts } from './http/oauth-token.ts';
import { openApiDocument } from './http/openapi.ts';
import { pageRouter } from './http/page.ts';
import { answerError, notFound, problemHandler } from './http/problem.ts';
import type { Route } from './http/route.ts';
import { secretKeyRoutes, type SecretKeyRouteParts } from './http/secret-key.ts';
import { createShortWay } from './http/short-way.ts';
import { statusRoutes, type StatusRouteParts } from './http/status.ts';
import { tokenRoutes } from './http/tokens.ts';
import type { Proxy } from './proxy/proxy.ts';
import type { ActivityStore } from './telemetry/activity.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What the described routes work with. */
export interface RouteParts
  extends
    ConnectionRouteParts,
    CallerRouteParts,
    OAuthRouteParts,
    ConfigurationRouteParts,
    SecretKeyRouteParts,
    StatusRouteParts,
    ConnectionTestRouteParts,
    CampaignRouteParts {
  bearerTokenRequests: BearerTokenRequests;
  activity: ActivityStore;
  log: Log;
  readiness: readonly ReadinessCheck[];
}

export interface AppParts extends RouteParts, EntranceParts {
  metrics: Pick<Metrics, 'text' | 'requestEnded'>;
  log: Log;
  version: string;
  gate: Gate;
  idempotency: Idempotency;
  proxy: Proxy;
}

/** Every route that is described: the OpenAPI document and the router are both made from this list. */
export function routesOf(parts: RouteParts): Route[] {
  return [
    bearerTokenRequestRoute(parts),
    ...connectionRoutes(parts),
    ...connectionTestRoutes(parts),
    ...tokenRoutes(parts),
    ...oauthTokenRoutes(parts),
    ...callerRoutes(parts),
    ...configurationRoutes(parts),
    ...secretKeyRoutes(parts),
    ...campaignRoutes(parts),
    ...statusRoutes(parts),
    ...activityRoutes(parts),
    ...diagnosesRoutes(),
    ...healthRoutes(parts),
  ];
}

/** The long way: whatever is not as hot as the token from the cache and the proxied call. */
function createLongWay(routes: readonly Route[], parts: AppParts): Express {
  let document: object | undefined;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', [...parts.trustedProxies]);
  app.use(mountRoutes(routes, parts.gate, parts.idempotency));
  app.get('/openapi.json', (_request, response) => {
    document ??= openApiDocument(routes, { version: parts.version }); // a start does without it
    response.json(document);
  });
  app.use(pageRouter());
  app.use(docsRouter());
  app.use(notFound);
  app.use(problemHandler(parts.log));
  return app;
}

export function createApp(parts: AppParts): RequestListener {
  const routes = routesOf(parts);
  const enter = createEntrance(parts);
  const shortWay = createShortWay(parts);
  const longWay = createLongWay(routes, parts);
  return (request, plainResponse) => {
    const response = withLocals(plainResponse);
    const fail = (error: unknown) => answerError(error, response, parts.log);
    try {
      enter(request, response);
      const answered = shortWay(request, response);
      if (answered !== undefined) {
        answered.catch(fail);
        return;
      }
      setOwnHeaders(response);
      longWay(request, response);
    } catch (error) {
      fail(error);
    }
  };
}
