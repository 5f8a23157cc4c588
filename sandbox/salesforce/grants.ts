/** Salesforce's three grants: from the fields of the form to a session or a refusal. No HTTP here. */
import { parseBasic } from '../basic-credentials.ts';
import { issuerOf, verifyAssertion } from './jwt-assertion.ts';
import { REFUSALS } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import type {
  SalesforceApp,
  SalesforceSession,
  SalesforceState,
  SalesforceUser,
} from './salesforce-state.ts';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Audiences of connected apps from before My Domain; an External Client App has only its own org. */
const LOGIN_AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];

/** `myDomain`: the org's own host. `login`, `test`: the hosts shared by all orgs, which know no client_credentials. */
export type SalesforceHostKind = 'myDomain' | 'login' | 'test';

/** How the org is set up; an administrator may change it while it runs. */
export interface SalesforceOrgSettings {
  hostKind: SalesforceHostKind;
  securityTokenRequired: boolean;
  passwordFlowBlocked: boolean;
  active: boolean;
}

export interface GrantContext {
  state: SalesforceState;
  settings: SalesforceOrgSettings;
  /** URL of the host that was asked, without a slash at the end. */
  baseUrl: string;
  authorization: string | undefined;
  now: () => number;
}

export type GrantType = 'password' | 'client_credentials' | typeof JWT_BEARER;
export type GrantOutcome = { session: SalesforceSession; grantType: GrantType } | Refusal;

export async function runGrant(
  form: URLSearchParams | undefined,
  context: GrantContext,
): Promise<GrantOutcome> {
  if (!context.settings.active) return REFUSALS.inactiveOrg;
  switch (form?.get('grant_type')) {
    case 'password':
      return signInWithPassword(form, context);
    case 'client_credentials':
      return signInAsApp(form, context);
    case JWT_BEARER:
      return signInWithAssertion(form, context);
    case 'refresh_token':
      return REFUSALS.expiredRefreshToken;
    default:
      return REFUSALS.grantType;
  }
}

/** The app is checked before the user, so a wrong secret never counts as a wrong password. */
function signInWithPassword(form: URLSearchParams, context: GrantContext): GrantOutcome {
  const { state, settings } = context;
  const app = appFromBody(form, state);
  if ('error' in app) return app;
  const username = form.get('username') ?? '';
  const user = state.users.get(username);
  if (settings.passwordFlowBlocked || app.kind === 'externalClientApp') return REFUSALS.authenticationFailure;
  if (!user) return REFUSALS.authenticationFailure;
  const refused = refuseUser(user, form.get('password') ?? '', context);
  if (refused) return refused;
  return { session: state.startSession(user, app, false), grantType: 'password' };
}

function refuseUser(
  user: SalesforceUser,
  typed: string,
  { state, settings }: GrantContext,
): Refusal | undefined {
  const { username } = user;
  if (state.lockOut.isTooOften(username)) return REFUSALS.rateLimit;
  if (state.lockOut.isLocked(username)) return REFUSALS.authenticationFailure;
  if (!isPasswordOf(user, typed, settings)) {
    state.lockOut.countWrongPassword(username);
    return REFUSALS.authenticationFailure;
  }
  state.lockOut.countRightPassword(username);
  if (user.state === 'inactive') return REFUSALS.inactiveUser;
  return user.state === 'frozen' ? REFUSALS.authenticationFailure : undefined;
}

/** The security token may always follow the password; it must, unless the address is trusted. */
function isPasswordOf(user: SalesforceUser, typed: string, settings: SalesforceOrgSettings): boolean {
  const password = user.password.reveal();
  if (typed === password + user.securityToken.reveal()) return true;
  return !settings.securityTokenRequired && typed === password;
}

function signInAsApp(form: URLSearchParams, context: GrantContext): GrantOutcome {
  const { state, settings } = context;
  if (settings.hostKind !== 'myDomain') return REFUSALS.wrongDomain;
  const basic = parseBasic(context.authorization);
  const app = basic ? findApp(state, basic.id, basic.secret) : appFromBody(form, state);
  if ('error' in app) return app;
  const user = state.users.get(app.runAs ?? '');
  if (!user) return REFUSALS.noRunAsUser;
  if (user.state !== 'active') return REFUSALS.inactiveUser;
  return { session: state.startSession(user, app, true), grantType: 'client_credentials' };
}

async function signInWithAssertion(form: URLSearchParams, context: GrantContext): Promise<GrantOutcome> {
  const { state, settings, baseUrl, now } = context;
  const assertion = form.get('assertion') ?? '';
  const app = state.apps.get(issuerOf(assertion) ?? '');
  if (assertion === '') return REFUSALS.invalidRequest;
  if (!app) return issuerOf(assertion) === undefined ? REFUSALS.invalidAssertion : REFUSALS.unknownClient;
  const isOwnOrgOnly = app.kind === 'externalClientApp';
  if (isOwnOrgOnly && settings.hostKind !== 'myDomain') return REFUSALS.appNotInstalled;
  const audiences = isOwnOrgOnly ? [baseUrl] : [baseUrl, ...LOGIN_AUDIENCES];
  const verified = await verifyAssertion({ app, assertion, audiences, nowMs: now() });
  if ('error' in verified) return verified;
  const user = state.users.get(verified.subject);
  if (!user || app.preauthorized?.includes(user.username) === false) return REFUSALS.notPreauthorized;
  if (user.state !== 'active') return REFUSALS.inactiveUser;
  return { session: state.startSession(user, app, true), grantType: JWT_BEARER };
}

/** A consumer key that comes only in a Basic header is, for the password grant, not there at all. */
function appFromBody(form: URLSearchParams, state: SalesforceState): SalesforceApp | Refusal {
  return findApp(state, form.get('client_id') ?? '', form.get('client_secret') ?? '');
}

export function findApp(
  state: SalesforceState,
  clientId: string,
  clientSecret: string,
): SalesforceApp | Refusal {
  const app = state.apps.get(clientId);
  if (!app) return REFUSALS.unknownClient;
  return app.clientSecret.reveal() === clientSecret ? app : REFUSALS.wrongSecret;
}
