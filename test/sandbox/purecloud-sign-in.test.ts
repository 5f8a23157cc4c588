import { describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { createPureCloudSandbox } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import type { PureCloudSandboxOptions } from '../../sandbox/purecloud/create-purecloud-sandbox.ts';
import { postForm, rawBasic } from './post-form.ts';

const GRANT = { grant_type: 'client_credentials' };
const CLIENT = { id: 'client-1', secret: 's:e+c&r=e%t ü日"' };
const BASIC = { Authorization: rawBasic(CLIENT.id, CLIENT.secret) };

function sandbox(options: PureCloudSandboxOptions = {}) {
  const clients = [
    CLIENT,
    { id: 'disabled', secret: 's', state: 'disabled' as const },
    { id: 'inactive', secret: 's', state: 'inactive' as const },
    { id: 'implicit', secret: 's', grantType: 'authorization_code' },
  ];
  return createPureCloudSandbox({ clients, ...options });
}

function signIn(app: ReturnType<typeof sandbox>['app'], id = CLIENT.id, secret = CLIENT.secret) {
  return postForm(app, '/oauth/token', GRANT, { Authorization: rawBasic(id, secret) });
}

describe('PureCloud sign-in', () => {
  test('answers the three members of a token, 86 characters long, one second short of a day', async () => {
    const { status, body, headers } = await signIn(sandbox().app);
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.stringMatching(/^[\w-]{86}$/), token_type: 'bearer', expires_in: 86_399 },
    });
    expect(headers['inin-correlation-id']).toMatch(/^[\da-f-]{36}$/);
  });

  test.each([
    {
      name: 'a wrong secret',
      headers: { Authorization: rawBasic(CLIENT.id, 'wrong') },
      error: 'invalid_client',
      description: 'authentication failed',
    },
    {
      name: 'a client id that does not exist',
      headers: { Authorization: rawBasic('nobody', 's') },
      error: 'invalid_client',
      description: 'client not found',
    },
    {
      name: 'a client made for another grant',
      headers: { Authorization: rawBasic('implicit', 's') },
      error: 'unauthorized_client',
      description: 'client is not authorized to use the client_credential grant type',
    },
    {
      name: 'the password grant',
      headers: BASIC,
      fields: { grant_type: 'password', username: 'u', password: 'p' },
      error: 'unauthorized_client',
      description: 'client is not authorized to use the password grant type',
    },
    {
      name: 'an unheard-of grant',
      headers: BASIC,
      fields: { grant_type: 'x' },
      error: 'unsupported_grant_type',
    },
    { name: 'no grant type', headers: BASIC, fields: {}, error: 'invalid_request' },
    { name: 'a blank grant type', headers: BASIC, fields: { grant_type: '' }, error: 'invalid_request' },
    {
      name: 'a JSON body',
      headers: { ...BASIC, 'Content-Type': 'application/json' },
      fields: JSON.stringify(GRANT),
      error: 'invalid_request',
    },
    {
      name: 'credentials in the body',
      headers: {},
      fields: { ...GRANT, client_id: CLIENT.id, client_secret: CLIENT.secret },
      error: 'invalid_request',
    },
    {
      name: 'the placeholder of the documentation',
      headers: { Authorization: 'Basic BASE64(client-1:secret)' },
      error: 'invalid_request',
    },
    {
      name: 'percent-encoded credentials',
      headers: { Authorization: rawBasic(CLIENT.id, encodeURIComponent(CLIENT.secret)) },
      error: 'invalid_client',
      description: 'authentication failed',
    },
    {
      name: 'a disabled client',
      headers: { Authorization: rawBasic('disabled', 's') },
      error: 'invalid_client',
    },
    {
      name: 'an inactive client',
      headers: { Authorization: rawBasic('inactive', 's') },
      error: 'invalid_client',
    },
  ])('refuses $name with 400 and three members', async ({ headers, fields = GRANT, error, description }) => {
    const { app, state } = sandbox();
    const answer = await postForm(app, '/oauth/token', fields, headers);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body).sort()).toEqual(['description', 'error', 'error_description']);
    expect(answer.body.error).toBe(error);
    expect(answer.body.error_description).toBe(answer.body.description);
    if (description !== undefined) expect(answer.body.description).toBe(description);
    expect(answer.headers['inin-correlation-id']).toBeDefined();
    expect(state.counts.tokensIssued).toBe(0);
  });

  test('can say what newer answers say of an unknown client', async () => {
    const { app } = sandbox({ unknownClientDescription: 'authentication failed' });
    expect((await signIn(app, 'nobody', 's')).body.description).toBe('authentication failed');
  });

  test('issues a new token each time and keeps the old one valid', async () => {
    const { app, state } = sandbox();
    const first = (await signIn(app)).body.access_token;
    const second = (await signIn(app)).body.access_token;
    expect(second).not.toBe(first);
    expect(state.findToken(first)).toBeDefined();
    expect(state.counts).toMatchObject({ signIns: 2, tokensIssued: 2, calls: 0 });
  });

  test.each([
    [300, 299],
    [172_800, 172_799],
  ])('counts a validity of %i seconds down from %i', async (accessTokenValiditySeconds, expiresIn) => {
    const { app } = sandbox({ clients: [{ ...CLIENT, accessTokenValiditySeconds }] });
    expect((await signIn(app)).body.expires_in).toBe(expiresIn);
  });

  test.each([299, 172_801])(
    'refuses to be set up with a validity of %i seconds',
    (accessTokenValiditySeconds) => {
      expect(() => sandbox({ clients: [{ ...CLIENT, accessTokenValiditySeconds }] })).toThrow(RangeError);
    },
  );
});

describe('PureCloud API', () => {
  const call = (app: ReturnType<typeof sandbox>['app'], token: string, path = '/api/v2/tokens/me') =>
    request(app).get(path).set('Authorization', `Bearer ${token}`);

  test('tells what a token is good for, and forgets it on DELETE', async () => {
    const { app } = sandbox();
    const token = (await signIn(app)).body.access_token;
    const told = await call(app, token);
    expect(told.body).toMatchObject({ organization: { name: 'Sandbox' }, OAuthClient: { id: CLIENT.id } });
    expect(
      (await request(app).head('/api/v2/tokens/me').set('Authorization', `Bearer ${token}`)).status,
    ).toBe(200);
    const gone = await request(app).delete('/api/v2/tokens/me').set('Authorization', `Bearer ${token}`);
    expect(gone.status).toBe(200);
    expect((await call(app, token)).body).toMatchObject({ code: 'bad.credentials', status: 401 });
  });

  test('says which of no token and a bad token it got', async () => {
    const { app } = sandbox();
    const none = await request(app).get('/api/v2/outbound/contactlists');
    expect(none.status).toBe(401);
    expect(none.body.code).toBe('authentication.required');
    const bad = await call(app, 'made-up');
    expect(bad.body).toMatchObject({ code: 'bad.credentials', message: 'Invalid login credentials.' });
    expect(bad.headers['inin-correlation-id']).toBeDefined();
  });

  test('refuses a token past its expiry', async () => {
    let nowMs = 1_000_000;
    const { app } = sandbox({ now: () => nowMs, clients: [{ ...CLIENT, accessTokenValiditySeconds: 300 }] });
    const token = (await signIn(app)).body.access_token;
    nowMs += 299_999;
    expect((await call(app, token)).status).toBe(200);
    nowMs += 1;
    expect((await call(app, token)).status).toBe(401);
  });

  test('kills the tokens of a client that is disabled, not of one that is inactive', async () => {
    const { app, state } = sandbox();
    const token = (await signIn(app)).body.access_token;
    state.putClient({ ...CLIENT, state: 'inactive' });
    expect((await call(app, token)).status).toBe(200);
    state.putClient({ ...CLIENT, state: 'disabled' });
    expect((await call(app, token)).status).toBe(401);
  });

  test('gives a client without roles a token and then 403 on everything but the token itself', async () => {
    const { app } = sandbox({ clients: [{ ...CLIENT, permissions: [] }] });
    const token = (await signIn(app)).body.access_token;
    expect((await call(app, token)).status).toBe(200);
    const refused = await call(app, token, '/api/v2/outbound/contactlists');
    expect(refused.status).toBe(403);
    expect(refused.body.code).toBe('missing.any.permissions');
  });

  test('names the missing permission on a resource that is mounted', async () => {
    const { app } = sandbox({
      clients: [{ ...CLIENT, permissions: ['outbound:contact:view'] }],
      api: ({ requirePermission }) => requirePermission('outbound:contactList:view'),
    });
    const token = (await signIn(app)).body.access_token;
    const refused = await call(app, token, '/api/v2/outbound/contactlists');
    expect(refused.body).toMatchObject({ code: 'missing.permissions', status: 403 });
    expect(refused.body.message).toContain('outbound:contactList:view');
  });

  test('answers 404 not.found where nothing is mounted', async () => {
    const { app } = sandbox();
    const token = (await signIn(app)).body.access_token;
    expect((await call(app, token, '/api/v2/nothing')).body).toMatchObject({
      code: 'not.found',
      status: 404,
    });
  });

  test('limits the rate per token and says when to come back', async () => {
    let nowMs = 0;
    const { app } = sandbox({ requestsPerMinute: 2, now: () => nowMs });
    const token = (await signIn(app)).body.access_token;
    nowMs = 20_000;
    expect((await call(app, token)).headers['inin-ratelimit-allowed']).toBe('2');
    await call(app, token);
    nowMs = 50_000;
    const refused = await call(app, token);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.body.message).toContain('[30] seconds');
    nowMs = 80_000;
    expect((await call(app, token)).status).toBe(200);
  });
});
