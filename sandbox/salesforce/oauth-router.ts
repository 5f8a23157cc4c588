/** `/services/oauth2`: token, revoke, introspect, userinfo. */
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Faults } from '../faults.ts';
import { formOf, readBodyAsText } from '../form-body.ts';
import { findApp, runGrant } from './grants.ts';
import type { SalesforceOrgSettings } from './grants.ts';
import { bearerOf } from './org-gate.ts';
import { REFUSALS } from './refusals.ts';
import type { SalesforceSession, SalesforceState } from './salesforce-state.ts';
import { toTokenAnswer } from './token-answer.ts';

export interface OauthRouterOptions {
  state: SalesforceState;
  faults: Faults;
  settings: SalesforceOrgSettings;
  baseUrlOf: (req: Request) => string;
  now: () => number;
}

export function createOauthRouter(options: OauthRouterOptions): Router {
  const { state } = options;
  const router = express.Router();
  router.use(noStore, readBodyAsText);
  router.post('/token', createTokenEndpoint(options));
  router.post('/revoke', (req, res) => revoke(state, formOf(req)?.get('token') ?? '', res));
  router.get('/revoke', (req, res) =>
    revoke(state, typeof req.query.token === 'string' ? req.query.token : '', res),
  );
  router.post('/introspect', (req, res) => introspect(state, formOf(req) ?? new URLSearchParams(), res));
  router.all('/userinfo', createUserInfo(options));
  return router;
}

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-cache, no-store');
  next();
};

function createTokenEndpoint({
  state,
  faults,
  settings,
  baseUrlOf,
  now,
}: OauthRouterOptions): RequestHandler {
  return async (req, res) => {
    const baseUrl = baseUrlOf(req);
    const { authorization } = req.headers;
    const outcome = await runGrant(formOf(req), { state, settings, baseUrl, authorization, now });
    if ('error' in outcome) {
      res.status(400).json(outcome);
      return;
    }
    const answer = toTokenAnswer(outcome.session, outcome.grantType, baseUrl, state.organizationId);
    const odd = faults.take('signIn', ['expiresIn']);
    res.json(odd ? { ...answer, expires_in: odd.value } : answer);
  };
}

function revoke(state: SalesforceState, token: string, res: Response): void {
  if (state.endSession(token)) res.status(200).end();
  else res.status(400).json({ error: 'invalid_token', error_description: 'invalid token' });
}

function introspect(state: SalesforceState, form: URLSearchParams, res: Response): void {
  const app = findApp(state, form.get('client_id') ?? '', form.get('client_secret') ?? '');
  if ('error' in app) {
    res.status(401).json(REFUSALS.wrongSecret);
    return;
  }
  const session = state.findSession(form.get('token') ?? '');
  res.json(session?.introspectable && session.app === app ? toIntrospection(session) : { active: false });
}

function toIntrospection(session: SalesforceSession): Record<string, unknown> {
  const { app, user, scope, issuedAtMs, expiresAtMs } = session;
  return {
    active: true,
    scope,
    client_id: app.clientId,
    username: user.username,
    sub: user.userId,
    token_type: 'access_token',
    iat: Math.floor(issuedAtMs / 1000),
    nbf: Math.floor(issuedAtMs / 1000),
    exp: Math.floor(expiresAtMs / 1000),
  };
}

/** Refusals of this resource are plain text with status 403, unlike everything else. */
export function createUserInfo({
  state,
  baseUrlOf,
}: Pick<OauthRouterOptions, 'state' | 'baseUrlOf'>): RequestHandler {
  return (req, res) => {
    const token = bearerOf(req);
    const session = token === undefined ? undefined : state.useSession(token);
    if (!session) {
      res
        .status(403)
        .type('text')
        .send(token === undefined ? 'Missing_OAuth_Token' : 'Bad_OAuth_Token');
      return;
    }
    const { username, userId } = session.user;
    const { organizationId } = state;
    const baseUrl = baseUrlOf(req);
    res.json({
      sub: `${baseUrl}/id/${organizationId}/${userId}`,
      user_id: userId,
      organization_id: organizationId,
      preferred_username: username,
      name: username,
      email: username,
      urls: {
        rest: `${baseUrl}/services/data/v{version}/`,
        query: `${baseUrl}/services/data/v{version}/query/`,
      },
      active: true,
    });
  };
}
