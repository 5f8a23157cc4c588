/** A PureCloud on one origin: what the real one serves on `login.{env}` and `api.{env}` has no path in common. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import { createCounts } from '../counts.ts';
import { createFaults } from '../faults.ts';
import type { Faults } from '../faults.ts';
import { readBodyAsText } from '../form-body.ts';
import { createSandboxApp } from '../sandbox-app.ts';
import type { SandboxSwitch } from '../switches.ts';
import { sendApiError } from './api-error.ts';
import { limitRate, requireAnyPermission, requirePermission, requireToken, tokenOf } from './api-gate.ts';
import type { RequirePermission } from './api-gate.ts';
import { createOrganizationLimitsRouter } from './organization-limits.ts';
import { PureCloudState } from './purecloud-state.ts';
import type { PureCloudClientOptions, PureCloudToken } from './purecloud-state.ts';
import { createTokenEndpoint } from './token-endpoint.ts';
import { createTokensMeRouter } from './tokens-me.ts';
import type { Response } from 'express';

/** PureCloud's default for `client.credentials.token.rate.per.minute`. */
const REQUESTS_PER_MINUTE_DEFAULT = 300;

/** Signs in where no clients are given. Made up; good for nothing else. */
export const DEMO_PURECLOUD_CLIENT = {
  id: '7de3af06-c0b3-4f9b-af45-72f4a1403797',
  secret: 'sandbox-secret-1duphi_YtswNjN2GXOg_APY-KKTmnYXvfNj7N8GUhnM',
  name: 'Demo client',
} as const satisfies PureCloudClientOptions;

/** What a fake of API resources is built from. Token, rate limit and "any permission" are checked before it is reached. */
export interface PureCloudApiParts {
  state: PureCloudState;
  now: () => number;
  requirePermission: RequirePermission;
  sendApiError: typeof sendApiError;
  tokenOf: (res: Response) => PureCloudToken;
}

export interface PureCloudSandboxOptions {
  /** Default: `DEMO_PURECLOUD_CLIENT` alone, with every permission. */
  clients?: readonly PureCloudClientOptions[];
  /** Default `client not found`; newer answers of PureCloud say `authentication failed`. */
  unknownClientDescription?: string;
  /** Per token; `Infinity` lifts it. Default 300, as PureCloud's. */
  requestsPerMinute?: number;
  /** Mounted at `/api/v2`; what it does not answer is 404 `not.found`. */
  api?: (parts: PureCloudApiParts) => RequestHandler;
  /** What is served without a token: files behind addresses that only those know who were given them. */
  files?: RequestHandler;
  /** What `/_sandbox/switches` takes. */
  switches?: readonly SandboxSwitch[];
  /** Added to what `/_sandbox/state` shows. */
  describe?: () => Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  now?: () => number;
  randomBytes?: (size: number) => Buffer;
}

export interface PureCloudSandbox {
  app: Express;
  state: PureCloudState;
  faults: Faults;
}

/** Builds the app and opens no port: `startSandbox` does. */
export function createPureCloudSandbox(options: PureCloudSandboxOptions = {}): PureCloudSandbox {
  const now = options.now ?? Date.now;
  const counts = createCounts();
  const state = new PureCloudState({
    clients: options.clients ?? [DEMO_PURECLOUD_CLIENT],
    counts,
    now,
    randomBytes: options.randomBytes ?? randomBytes,
  });
  const faults = createFaults({ revokeAllTokens: () => state.revokeAllTokens() });
  const app = createSandboxApp({
    faults,
    counts,
    now,
    signInPath: '/oauth/token',
    beforeFaults: correlate,
    describe: () => ({ ...describe(state), ...options.describe?.() }),
    switches: options.switches,
    mount: (target) => mountPureCloud(target, state, faults, { ...options, now }),
  });
  return { app, state, faults };
}

const correlate: RequestHandler = (_req, res, next) => {
  res.set('ININ-Correlation-Id', randomUUID());
  next();
};

function mountPureCloud(
  app: Express,
  state: PureCloudState,
  faults: Faults,
  options: PureCloudSandboxOptions & { now: () => number },
): void {
  const { now, unknownClientDescription = 'client not found' } = options;
  app.post('/oauth/token', readBodyAsText, createTokenEndpoint({ state, faults, unknownClientDescription }));
  if (options.files) app.use(options.files);
  app.use(
    '/api/v2',
    requireToken(state),
    limitRate(options.requestsPerMinute ?? REQUESTS_PER_MINUTE_DEFAULT, now),
  );
  app.use('/api/v2/tokens/me', createTokensMeRouter(state));
  app.use('/api/v2', requireAnyPermission);
  app.use(
    '/api/v2/organizations/limits/namespaces',
    createOrganizationLimitsRouter(
      options.requestsPerMinute ?? REQUESTS_PER_MINUTE_DEFAULT,
      requirePermission,
    ),
  );
  if (options.api) app.use('/api/v2', options.api({ state, now, requirePermission, sendApiError, tokenOf }));
  app.use((_req, res) => sendApiError(res, 404, 'not.found'));
}

function describe(state: PureCloudState): Readonly<Record<string, unknown>> {
  const clients = [...state.clients.values()].map(({ id, name, state, grantType, permissions }) => ({
    id,
    name,
    state,
    grantType,
    permissions,
  }));
  return { system: 'purecloud', counts: state.counts, tokens: state.tokenCount, clients };
}
