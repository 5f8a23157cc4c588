import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import request from 'supertest';
import { createSalesforceSandbox } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import type { SalesforceSandboxOptions } from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { JWT_BEARER } from '../../sandbox/salesforce/grants.ts';
import { postForm, rawBasic } from './post-form.ts';

const BASE_URL = 'https://acme.my.salesforce.com';
const NOW_MS = 1_800_000_000_000;
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const USER = { username: 'a+b@acme.example', password: 'p+&=% ü日"', securityToken: 'TOKEN' };
const APP = {
  clientId: 'consumer-key',
  clientSecret: 's+&=%:',
  runAs: USER.username,
  certificate: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};
const OTHER_APP = { clientId: 'other-key', clientSecret: 'x' };
const ECA = { ...APP, clientId: 'eca-key', kind: 'externalClientApp' as const };
const PASSWORD = {
  grant_type: 'password',
  client_id: APP.clientId,
  client_secret: APP.clientSecret,
  username: USER.username,
  password: USER.password + USER.securityToken,
};
const CLIENT_CREDENTIALS = {
  grant_type: 'client_credentials',
  client_id: APP.clientId,
  client_secret: APP.clientSecret,
};

function sandbox(options: SalesforceSandboxOptions = {}) {
  return createSalesforceSandbox({
    apps: [APP, OTHER_APP, ECA],
    users: [
      USER,
      { username: 'frozen', password: 'p', securityToken: 't', state: 'frozen' },
      { username: 'inactive', password: 'p', securityToken: 't', state: 'inactive' },
    ],
    baseUrl: BASE_URL,
    now: () => NOW_MS,
    ...options,
  });
}

type App = ReturnType<typeof sandbox>['app'];
const signIn = (
  app: App,
  fields: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = {},
) => postForm(app, '/services/oauth2/token', fields, headers);

interface AssertionChanges {
  iss?: string;
  sub?: string;
  aud?: string;
  lifeSeconds?: number;
  alg?: 'RS256' | 'PS256';
  key?: typeof keys.privateKey;
}

async function assertion(changes: AssertionChanges = {}) {
  const {
    iss = APP.clientId,
    sub = USER.username,
    aud = BASE_URL,
    lifeSeconds = 180,
    alg = 'RS256',
  } = changes;
  const jwt = await new SignJWT({ iss, sub, aud, exp: NOW_MS / 1000 + lifeSeconds })
    .setProtectedHeader({ alg })
    .sign(changes.key ?? keys.privateKey);
  return { grant_type: JWT_BEARER, assertion: jwt };
}

describe('Salesforce sign-in', () => {
  test('answers the password grant with six members, signed, and no expires_in', async () => {
    const { status, body } = await signIn(sandbox().app, PASSWORD);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^00D\w{12}![\w.]{90,}$/),
      instance_url: BASE_URL,
      id: expect.stringMatching(/^https:\/\/acme\.my\.salesforce\.com\/id\/00D\w{15}\/005\w{15}$/),
      token_type: 'Bearer',
      issued_at: String(NOW_MS),
      signature: createHmac('sha256', APP.clientSecret)
        .update(body.id + body.issued_at)
        .digest('base64'),
    });
  });

  test.each([
    ['in the body', CLIENT_CREDENTIALS, {}],
    [
      'as Basic',
      { grant_type: 'client_credentials' },
      { Authorization: rawBasic(APP.clientId, APP.clientSecret) },
    ],
  ])('answers client_credentials %s with scope and api_instance_url', async (_where, fields, headers) => {
    const { status, body } = await signIn(sandbox().app, fields, headers);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'api_instance_url',
      'id',
      'instance_url',
      'issued_at',
      'scope',
      'signature',
      'token_type',
    ]);
  });

  test('answers the JWT grant with five members', async () => {
    const { status, body } = await signIn(sandbox().app, await assertion());
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'id', 'instance_url', 'scope', 'token_type']);
  });

  const AUTHENTICATION_FAILURE = ['invalid_grant', 'authentication failure'];
  test.each([
    ['a wrong password', { password: 'wrong' }, AUTHENTICATION_FAILURE],
    ['a password without its security token', { password: USER.password }, AUTHENTICATION_FAILURE],
    ['an unknown user', { username: 'nobody' }, AUTHENTICATION_FAILURE],
    ['a frozen user', { username: 'frozen', password: 'pt' }, AUTHENTICATION_FAILURE],
    ['an inactive user', { username: 'inactive', password: 'pt' }, ['inactive_user', 'user is inactive']],
    ['the password flow of an External Client App', { client_id: ECA.clientId }, AUTHENTICATION_FAILURE],
    ['an unknown consumer key', { client_id: 'x' }, ['invalid_client_id', 'client identifier invalid']],
    ['a wrong consumer secret', { client_secret: 'x' }, ['invalid_client', 'invalid client credentials']],
    ['an unknown grant', { grant_type: 'x' }, ['unsupported_grant_type', 'grant type not supported']],
    ['a refresh token', { grant_type: 'refresh_token' }, ['invalid_grant', 'expired access/refresh token']],
    [
      'client_credentials without a user to run as',
      {
        grant_type: 'client_credentials',
        client_id: OTHER_APP.clientId,
        client_secret: OTHER_APP.clientSecret,
      },
      ['invalid_grant', 'no client credentials user enabled'],
    ],
  ])('refuses %s in the words of Salesforce', async (_what, changes, [error, description]) => {
    const { status, body } = await signIn(sandbox().app, { ...PASSWORD, ...changes });
    expect({ status, body }).toEqual({ status: 400, body: { error, error_description: description } });
  });

  test('does not see a consumer key that comes as Basic with the password grant', async () => {
    const { client_id: _id, client_secret: _secret, ...fields } = PASSWORD;
    const headers = { Authorization: rawBasic(APP.clientId, APP.clientSecret) };
    expect((await signIn(sandbox().app, fields, headers)).body.error).toBe('invalid_client_id');
  });

  test('does not read a JSON body', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const { status, body } = await signIn(sandbox().app, JSON.stringify(PASSWORD), headers);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'unsupported_grant_type' });
  });

  test.each([
    ['a blocked password flow', { passwordFlowBlocked: true }, PASSWORD, 'authentication failure'],
    ['an inactive org', { active: false }, PASSWORD, 'organization is inactive'],
    [
      'client_credentials on a login host',
      { hostKind: 'login' as const },
      CLIENT_CREDENTIALS,
      'request not supported on this domain',
    ],
  ])('refuses %s', async (_what, settings, fields, description) => {
    const { body } = await signIn(sandbox({ settings }).app, fields);
    expect(body.error_description).toBe(description);
  });

  test.each([
    ['alone', USER.password],
    ['with its security token', USER.password + USER.securityToken],
  ])('takes a password %s where no security token is required', async (_how, password) => {
    const { app } = sandbox({ settings: { securityTokenRequired: false } });
    expect((await signIn(app, { ...PASSWORD, password })).status).toBe(200);
  });

  const INVALID_ASSERTION = 'invalid assertion';
  const refusedAssertions: [string, AssertionChanges, string][] = [
    ['signed with another key', { key: otherKeys.privateKey }, INVALID_ASSERTION],
    ['signed with PS256', { alg: 'PS256' }, INVALID_ASSERTION],
    ['expired', { lifeSeconds: -1 }, INVALID_ASSERTION],
    ['good for longer than five minutes', { lifeSeconds: 301 }, INVALID_ASSERTION],
    ['for another audience', { aud: 'https://other.my.salesforce.com' }, 'Audience validation failed'],
    ['of an app that has no certificate', { iss: OTHER_APP.clientId }, INVALID_ASSERTION],
    ['of an unknown app', { iss: 'x' }, 'client identifier invalid'],
    ['for an unknown user', { sub: 'nobody' }, "user hasn't approved this consumer"],
    [
      'of an External Client App for the login host',
      { iss: ECA.clientId, aud: 'https://login.salesforce.com' },
      'Audience validation failed',
    ],
  ];
  test.each(refusedAssertions)('refuses an assertion %s', async (_what, changes, description) => {
    const { status, body } = await signIn(sandbox().app, await assertion(changes));
    expect({ status, description: body.error_description }).toEqual({ status: 400, description });
  });

  test('does not know an External Client App on a login host', async () => {
    const { app } = sandbox({ settings: { hostKind: 'test' } });
    const { body } = await signIn(app, await assertion({ iss: ECA.clientId }));
    expect(body).toEqual({
      error: 'app_not_found',
      error_description: 'External client app is not installed in this org',
    });
  });

  test('refuses an assertion for a user who is not pre-authorized', async () => {
    const { app } = sandbox({ apps: [{ ...APP, preauthorized: ['someone else'] }] });
    const { body } = await signIn(app, await assertion());
    expect(body.error_description).toBe("user hasn't approved this consumer");
  });
});

describe('Salesforce lock-out', () => {
  test('locks a user after ten wrong passwords in a row, for fifteen minutes', async () => {
    let nowMs = NOW_MS;
    const { app, state } = sandbox({ now: () => nowMs });
    for (let wrong = 1; wrong <= 9; wrong += 1) await signIn(app, { ...PASSWORD, password: 'wrong' });
    expect(state.lockOut.isLocked(USER.username)).toBe(false);
    await signIn(app, { ...PASSWORD, password: 'wrong' });
    expect(state.lockOut.isLocked(USER.username)).toBe(true);
    expect((await signIn(app, PASSWORD)).body.error_description).toBe('authentication failure');
    nowMs += 15 * 60_000;
    expect((await signIn(app, PASSWORD)).status).toBe(200);
  });

  test('starts counting anew after a right password', async () => {
    const { app, state } = sandbox({ lockOut: { wrongPasswordsMax: 2 } });
    await signIn(app, { ...PASSWORD, password: 'wrong' });
    await signIn(app, PASSWORD);
    await signIn(app, { ...PASSWORD, password: 'wrong' });
    expect(state.lockOut.isLocked(USER.username)).toBe(false);
    expect(state.lockOut.wrongPasswords(USER.username)).toBe(1);
  });

  test('does not count a wrong consumer secret as a wrong password', async () => {
    const { app, state } = sandbox();
    await signIn(app, { ...PASSWORD, client_secret: 'wrong', password: 'wrong' });
    expect(state.lockOut.wrongPasswords(USER.username)).toBe(0);
  });

  test('refuses more sign-ins in an hour than the platform allows', async () => {
    let nowMs = NOW_MS;
    const { app } = sandbox({ now: () => nowMs, lockOut: { signInsPerHourMax: 1 } });
    await signIn(app, PASSWORD);
    expect((await signIn(app, PASSWORD)).body.error).toBe('rate_limit_exceeded');
    nowMs += 3_600_000;
    expect((await signIn(app, PASSWORD)).status).toBe(200);
  });
});

describe('Salesforce sessions', () => {
  const LIMITS = '/services/data/v66.0/limits';
  const get = (app: App, token: string, path = LIMITS, scheme = 'Bearer') =>
    request(app).get(path).set('Authorization', `${scheme} ${token}`);

  test('answers an array with INVALID_SESSION_ID to what is no session', async () => {
    const { status, body, headers } = await get(sandbox().app, 'made-up');
    expect(status).toBe(401);
    expect(body).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
    expect(headers['sforce-limit-info']).toBe('api-usage=0/15000');
  });

  test.each(['Bearer', 'OAuth'])('takes a session as %s and counts the calls', async (scheme) => {
    const { app } = sandbox();
    const token = (await signIn(app, PASSWORD)).body.access_token;
    await get(app, token, LIMITS, scheme);
    const { body, headers } = await get(app, token, LIMITS, scheme);
    expect(body.DailyApiRequests).toEqual({ Max: 15_000, Remaining: 14_998 });
    expect(headers['sforce-limit-info']).toBe('api-usage=2/15000');
  });

  test('prolongs a session that is used and ends one that is not', async () => {
    let nowMs = NOW_MS;
    const { app } = sandbox({ now: () => nowMs, sessionSeconds: 60 });
    const token = (await signIn(app, PASSWORD)).body.access_token;
    nowMs += 59_000;
    expect((await get(app, token)).status).toBe(200);
    nowMs += 59_000;
    expect((await get(app, token)).status).toBe(200);
    nowMs += 60_000;
    expect((await get(app, token)).status).toBe(401);
  });

  test('answers queries, and refuses what is none', async () => {
    const { app } = sandbox();
    const token = (await signIn(app, PASSWORD)).body.access_token;
    const found = await get(app, token, '/services/data/v66.0/query?q=SELECT+Id+FROM+Lead');
    expect(found.body).toEqual({ totalSize: 0, done: true, records: [] });
    const refused = await get(app, token, '/services/data/v66.0/query');
    expect({ status: refused.status, code: refused.body[0].errorCode }).toEqual({
      status: 400,
      code: 'MALFORMED_QUERY',
    });
  });

  test('lets a fuller org answer first', async () => {
    const { app } = sandbox({
      org:
        ({ sessionOf }) =>
        (req, res) =>
          void res.json({ for: sessionOf(res).user.username, version: req.params.version }),
    });
    const token = (await signIn(app, PASSWORD)).body.access_token;
    expect((await get(app, token)).body).toEqual({ for: USER.username, version: 'v66.0' });
  });

  test('revokes a session once', async () => {
    const { app } = sandbox();
    const token = (await signIn(app, PASSWORD)).body.access_token;
    expect((await postForm(app, '/services/oauth2/revoke', { token })).status).toBe(200);
    expect((await get(app, token)).status).toBe(401);
    expect((await postForm(app, '/services/oauth2/revoke', { token })).body.error).toBe('invalid_token');
  });

  test('introspects tokens of client_credentials, never those of the password grant', async () => {
    const { app } = sandbox();
    const introspect = async (token: string) =>
      (
        await postForm(app, '/services/oauth2/introspect', {
          token,
          client_id: APP.clientId,
          client_secret: APP.clientSecret,
        })
      ).body;
    const byApp = (await signIn(app, CLIENT_CREDENTIALS)).body.access_token;
    const byPassword = (await signIn(app, PASSWORD)).body.access_token;
    expect(await introspect(byApp)).toMatchObject({ active: true, exp: NOW_MS / 1000 + 7200, scope: 'api' });
    expect(await introspect(byPassword)).toEqual({ active: false });
  });

  test('tells who a token belongs to', async () => {
    const { app } = sandbox();
    const token = (await signIn(app, PASSWORD)).body.access_token;
    const told = await get(app, token, '/services/oauth2/userinfo');
    expect(told.body).toMatchObject({
      preferred_username: USER.username,
      organization_id: '00Dxx0000001gPLEAY',
    });
    const refused = await get(app, 'made-up', '/services/oauth2/userinfo');
    expect({ status: refused.status, text: refused.text }).toEqual({ status: 403, text: 'Bad_OAuth_Token' });
  });
});
