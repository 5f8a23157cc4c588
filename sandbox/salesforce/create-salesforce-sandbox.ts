/** A Salesforce org on one origin: sign-in and instance are the same host, as with My Domain. */
import { randomBytes } from 'node:crypto';
import type { Express, Request, RequestHandler, Response } from 'express';
import { createCounts } from '../counts.ts';
import { createFaults } from '../faults.ts';
import type { Faults } from '../faults.ts';
import { createSandboxApp } from '../sandbox-app.ts';
import type { SandboxSwitch } from '../switches.ts';
import { createDataRouter } from './data-router.ts';
import type { SalesforceOrgSettings } from './grants.ts';
import type { LockOutOptions } from './lock-out.ts';
import { createOauthRouter, createUserInfo } from './oauth-router.ts';
import { requireSession, sendOrgError, sessionOf } from './org-gate.ts';
import { SalesforceState } from './salesforce-state.ts';
import type { SalesforceAppOptions, SalesforceSession, SalesforceUserOptions } from './salesforce-state.ts';

const ORGANIZATION_ID = '00Dxx0000001gPLEAY';
const VERSIONS = ['65.0', '66.0', '67.0', '68.0'];

/** Signs in where no users and apps are given. Made up; good for nothing else. */
export const DEMO_SALESFORCE_USER = {
  username: 'bridge@sandbox.example',
  password: 'sandbox-password',
  securityToken: 'SandboxSecurityToken1234',
} as const satisfies SalesforceUserOptions;

export const DEMO_SALESFORCE_APP = {
  clientId: '3MVG9sandboxConsumerKey.of.the.demo.connected.app',
  clientSecret: 'sandbox-consumer-secret',
  runAs: DEMO_SALESFORCE_USER.username,
} as const satisfies SalesforceAppOptions;

/** What a fake of the org's data is built from. The session is checked before it is reached. */
export interface SalesforceOrgParts {
  state: SalesforceState;
  now: () => number;
  sendOrgError: typeof sendOrgError;
  sessionOf: (res: Response) => SalesforceSession;
}

export interface SalesforceSandboxOptions {
  apps?: readonly SalesforceAppOptions[];
  users?: readonly SalesforceUserOptions[];
  /** Default: My Domain, security token required, password flow allowed, active. */
  settings?: Partial<SalesforceOrgSettings>;
  lockOut?: Omit<LockOutOptions, 'now'>;
  /** Sliding; default 7200. */
  sessionSeconds?: number;
  organizationId?: string;
  /** What the sandbox calls itself in `instance_url` and `id`. Default: the origin a request came to. */
  baseUrl?: string;
  /** Mounted at `/services/data/vNN.0` (`req.params.version`); what it does not answer falls to the built-in minimum. */
  org?: (parts: SalesforceOrgParts) => RequestHandler;
  /** What `/_sandbox/switches` takes. */
  switches?: readonly SandboxSwitch[];
  /** Added to what `/_sandbox/state` shows. */
  describe?: () => Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  now?: () => number;
  randomBytes?: (size: number) => Buffer;
}

export interface SalesforceSandbox {
  app: Express;
  state: SalesforceState;
  /** May be changed while it runs. */
  settings: SalesforceOrgSettings;
  faults: Faults;
}

/** Builds the app and opens no port: `startSandbox` does. */
export function createSalesforceSandbox(options: SalesforceSandboxOptions = {}): SalesforceSandbox {
  const now = options.now ?? Date.now;
  const state = createState(options, now);
  const settings: SalesforceOrgSettings = {
    hostKind: 'myDomain',
    securityTokenRequired: true,
    passwordFlowBlocked: false,
    active: true,
    ...options.settings,
  };
  const faults = createFaults({ revokeAllTokens: () => state.endAllSessions() });
  const app = createSandboxApp({
    faults,
    counts: state.counts,
    now,
    signInPath: '/services/oauth2/token',
    beforeFaults: (_req, _res, next) => next(),
    describe: () => ({ ...describe(state, settings), ...options.describe?.() }),
    switches: options.switches,
    mount: (target) => mountSalesforce(target, { state, settings, faults, now, options }),
  });
  return { app, state, settings, faults };
}

function createState(options: SalesforceSandboxOptions, now: () => number): SalesforceState {
  return new SalesforceState({
    apps: options.apps ?? [DEMO_SALESFORCE_APP],
    users: options.users ?? [DEMO_SALESFORCE_USER],
    counts: createCounts(),
    lockOut: { now, ...options.lockOut },
    organizationId: options.organizationId ?? ORGANIZATION_ID,
    ...(options.sessionSeconds !== undefined && { sessionSeconds: options.sessionSeconds }),
    now,
    randomBytes: options.randomBytes ?? randomBytes,
  });
}

interface MountParts {
  state: SalesforceState;
  settings: SalesforceOrgSettings;
  faults: Faults;
  now: () => number;
  options: SalesforceSandboxOptions;
}

function mountSalesforce(app: Express, { state, settings, faults, now, options }: MountParts): void {
  const baseUrlOf = (req: Request) =>
    options.baseUrl ?? `${req.protocol}://${req.get('host') ?? 'localhost'}`;
  app.use('/services/oauth2', createOauthRouter({ state, faults, settings, baseUrlOf, now }));
  app.get('/id/:organizationId/:userId', createUserInfo({ state, baseUrlOf }));
  app.get('/services/data', (_req, res) => {
    res.json(VERSIONS.map((version) => ({ label: version, url: `/services/data/v${version}`, version })));
  });
  app.use('/services/data/:version', requireSession(state));
  if (options.org) app.use('/services/data/:version', options.org({ state, now, sendOrgError, sessionOf }));
  app.use('/services/data/:version', createDataRouter());
  app.use((_req, res) => sendOrgError(res, 404, 'NOT_FOUND', 'The requested resource does not exist'));
}

function describe(
  state: SalesforceState,
  settings: SalesforceOrgSettings,
): Readonly<Record<string, unknown>> {
  const users = [...state.users.values()].map(({ username, userId, state: userState }) => ({
    username,
    userId,
    state: userState,
    locked: state.lockOut.isLocked(username),
    wrongPasswords: state.lockOut.wrongPasswords(username),
  }));
  const apps = [...state.apps.values()].map(({ clientId, kind, runAs }) => ({ clientId, kind, runAs }));
  return { system: 'salesforce', counts: state.counts, sessions: state.sessionCount, settings, users, apps };
}
