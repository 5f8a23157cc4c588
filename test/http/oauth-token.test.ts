/** The two token endpoints of the bridge, as OAuth clients that others wrote sign in to them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRequire } from 'node:module';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import request from 'supertest';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { asAdmin, putCaller, putConnection } from '../support/bridge-admin.ts';

const CLIENT = { id: 'vendor-client', secret: 'abc-_123~XYZ.' };
/** Signs that encodings trip over. */
const AWKWARD_KEY = 'k+%41&=:/ä'.replace('ä', '~') + '0123456789abcdefgh';

let sandbox: RunningSandbox;
let bridge: RunningBridge;
const keys: Record<string, string> = { awkward: AWKWARD_KEY };

beforeAll(async () => {
  sandbox = await startSandbox({ purecloud: { clients: [CLIENT] } });
  bridge = await startTestBridge();
  const purecloud = {
    provider: 'purecloud',
    url: sandbox.purecloud.tokenUrl,
    apiUrl: sandbox.purecloud.url,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
  };
  await putConnection(bridge.url, 'crm', purecloud);
  await putConnection(bridge.url, 'inside', { ...purecloud, allowTokenHandout: false });
  await putConnection(bridge.url, 'wrong', { ...purecloud, clientSecret: 'wrong' });
  for (const [name, permissions] of Object.entries({
    job: ['token:crm', 'proxy:crm'],
    two: ['token:crm', 'token:inside', 'proxy:wrong'],
    any: ['token:*'],
    reader: ['read'],
  })) {
    keys[name] = await putCaller(bridge.url, name, { permissions });
  }
  await putCaller(bridge.url, 'awkward', { permissions: ['token:crm'], key: AWKWARD_KEY });
});

afterAll(async () => {
  await bridge.stop();
  await sandbox.close();
});

function ask(path: string, name: string, form: object = {}, key = keys[name]!) {
  return request(bridge.url)
    .post(path)
    .auth(name, key)
    .type('form')
    .send({ grant_type: 'client_credentials', ...form });
}

async function signInsAtUpstream(): Promise<number> {
  return (await request(sandbox.purecloud.url).get('/_sandbox/state')).body.counts.signIns;
}

const TOKEN = '/oauth/token';
const LOGIN = '/login/crm/oauth/token';

describe('/oauth/token', () => {
  test('hands out the token of the one connection that the caller may have', async () => {
    const { status, body, headers } = await ask(TOKEN, 'job');
    const direct = await request(bridge.url)
      .get('/v1/connections/crm/token')
      .auth(keys.job!, { type: 'bearer' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ access_token: direct.body.accessToken, scope: 'crm' });
    expect(body.expires_in).toBeGreaterThan(86_000);
    expect(String(body.token_type).toLowerCase()).toBe('bearer');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
  });

  test.each([
    ['in the form', (client: object) => ({ form: client })],
    ['as JSON', (client: object) => ({ json: client })],
  ])('takes client id and secret %s', async (_what, shape) => {
    const sent = { grant_type: 'client_credentials', client_id: 'job', client_secret: keys.job };
    const { form, json } = shape(sent) as { form?: object; json?: object };
    const post = request(bridge.url).post(TOKEN);
    const answer = await (form === undefined ? post.send(json) : post.type('form').send(form));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ scope: 'crm' });
  });

  test.each([
    ['as it is', AWKWARD_KEY],
    ['form-encoded', new URLSearchParams({ k: AWKWARD_KEY }).toString().slice(2)],
  ])('takes Basic with the key %s', async (_what, key) => {
    expect((await ask(TOKEN, 'awkward', {}, key)).status).toBe(200);
  });

  test.each([
    ['job', { scope: 'inside' }, 'invalid_scope'],
    ['job', { scope: 'nowhere' }, 'invalid_scope'],
    ['job', { scope: 'crm inside' }, 'invalid_scope'],
    ['two', {}, 'invalid_scope'],
    ['any', {}, 'invalid_scope'],
    ['reader', {}, 'invalid_scope'],
    ['reader', { scope: 'crm' }, 'unauthorized_client'],
    ['two', { scope: 'inside' }, 'unauthorized_client'],
    ['job', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['job', { grant_type: '' }, 'invalid_request'],
    ['job', { client_secret: 'x' }, 'invalid_request'],
    ['job', { client_id: 'two' }, 'invalid_request'],
  ])('answers %s with %j by 400 %s', async (name, form, error) => {
    const { status, body } = await ask(TOKEN, name, form);
    expect({ status, error: body.error }).toEqual({ status: 400, error });
    expect(body).toMatchObject({
      code: 'invalid_request',
      description: body.error_description,
      remedy: expect.stringMatching(/./),
    });
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{20,}$/);
  });

  test('tells the way out where the connection hands out no tokens', async () => {
    const { body } = await ask(TOKEN, 'two', { scope: 'inside' });
    expect(body.error_description).toContain('/login/inside/oauth/token');
  });

  test('says the same of a connection that is hidden and one that is not there', async () => {
    const [hidden, absent] = [
      await ask(TOKEN, 'job', { scope: 'inside' }),
      await ask(TOKEN, 'job', { scope: 'absent' }),
    ];
    const { correlationId: _a, contextId: _b, ...first } = hidden.body;
    expect(absent.body).toMatchObject(first);
  });

  test('refuses a parameter that is given twice', async () => {
    const body = 'grant_type=client_credentials&scope=crm&scope=inside';
    const answer = await request(bridge.url).post(TOKEN).auth('job', keys.job!).type('form').send(body);
    expect(answer.body).toMatchObject({ error: 'invalid_request', errors: [{ field: 'scope' }] });
  });

  test.each(['wrong', 'pcb_short', ''])('answers the wrong key %j by invalid_client', async (key) => {
    const basic = await ask(TOKEN, 'job', {}, key);
    expect(basic.status).toBe(401);
    expect(basic.body).toMatchObject({ error: 'invalid_client', code: 'caller_unauthenticated' });
    expect(basic.headers['www-authenticate']).toMatch(/^Basic /);
    const form = { grant_type: 'client_credentials', client_id: 'job', client_secret: key || 'x' };
    const inBody = await request(bridge.url).post(TOKEN).type('form').send(form);
    expect(inBody.status).toBe(401);
    expect(inBody.headers['www-authenticate']).toBeUndefined();
  });

  test('refuses the key of one caller under the name of another', async () => {
    expect((await ask(TOKEN, 'two', { scope: 'crm' }, keys.job)).body.error).toBe('invalid_client');
  });

  test('answers a refused credential by the words of both worlds', async () => {
    await putCaller(bridge.url, 'unlucky', { permissions: ['token:wrong'], key: 'k'.repeat(24) });
    const { status, body } = await ask(TOKEN, 'unlucky', {}, 'k'.repeat(24));
    expect(status).toBe(502);
    expect(body).toMatchObject({ code: 'credential_rejected', error: 'server_error', exitPath: 'Failure' });
    expect(body.description).toBe(body.error_description);
  });

  test('answers a form that is too large by 413, in OAuth words too', async () => {
    const { status, body } = await ask(TOKEN, 'job', { pad: 'x'.repeat(20_000) });
    expect(status).toBe(413);
    expect(body).toMatchObject({
      code: 'body_too_large',
      error: 'invalid_request',
      detail: expect.stringContaining('16 KiB'),
    });
  });
});

describe('/login/{name}/oauth/token', () => {
  test('gives a token of the bridge that is none of the upstream, and asks the upstream nothing', async () => {
    const before = await signInsAtUpstream();
    const { status, body, headers } = await ask(LOGIN, 'job');
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'crm' });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const upstream = await request(sandbox.purecloud.url)
      .get('/api/v2/tokens/me')
      .auth(body.access_token, { type: 'bearer' });
    expect(upstream.status).toBe(401);
    expect(await signInsAtUpstream()).toBe(before);
  });

  test('is no way into anything but the proxy', async () => {
    const { body } = await ask(LOGIN, 'job');
    const answer = await request(bridge.url)
      .get('/v1/connections/crm/token')
      .auth(body.access_token, { type: 'bearer' });
    expect(answer.status).toBe(401);
  });

  const through = (path: string, token: string) =>
    request(bridge.url).get(path).auth(token, { type: 'bearer' });

  test('opens the proxy of its connection, and of no other', async () => {
    const { body } = await ask(LOGIN, 'job');
    const answer = await through('/proxy/crm/api/v2/tokens/me', body.access_token);
    expect(answer.status).toBe(200);
    const other = await through('/proxy/inside/api/v2/tokens/me', body.access_token);
    expect(other.status).toBe(403);
    expect(other.body.code).toBe('caller_forbidden');
  });

  test('lets a key that is rotated, and a permission that is withdrawn, end its tokens at once', async () => {
    let key = await putCaller(bridge.url, 'agent', { permissions: ['proxy:crm'] });
    const signIn = async () => String((await ask(LOGIN, 'agent', {}, key)).body.access_token);
    const status = async (token: string) => (await through('/proxy/crm/api/v2/tokens/me', token)).status;
    const first = await signIn();
    expect(await status(first)).toBe(200);
    key = String((await asAdmin(bridge.url, 'post', '/v1/callers/agent/rotate', {})).key);
    expect(await status(first)).toBe(401);
    const second = await signIn();
    expect(await status(second)).toBe(200);
    await putCaller(bridge.url, 'agent', { permissions: ['read'] });
    const { status: last, body } = await through('/proxy/crm/api/v2/tokens/me', second);
    expect(last).toBe(401);
    expect(body.remedy).toContain('/login/');
  });

  test('answers a connection that the caller may not know, and one that is not there, by the same 404', async () => {
    const [hidden, absent] = [
      await ask('/login/inside/oauth/token', 'job'),
      await ask('/login/absent/oauth/token', 'job'),
    ];
    expect([hidden.status, absent.status]).toEqual([404, 404]);
    expect(hidden.body.detail.replace('inside', 'absent')).toBe(absent.body.detail);
  });

  test('answers a stranger by the same 401 whether the connection is there or not', async () => {
    const answers = [];
    for (const name of ['crm', 'absent'])
      answers.push(await ask(`/login/${name}/oauth/token`, 'job', {}, 'wrong'));
    const [there, absent] = answers.map(
      ({ status, body: { correlationId: _a, contextId: _b, ...rest } }) => ({ status, rest }),
    );
    expect(there).toEqual(absent);
    expect(there!.status).toBe(401);
  });

  test('needs the permission for the proxy', async () => {
    expect((await ask('/login/crm/oauth/token', 'reader')).body.error).toBe('unauthorized_client');
  });

  test('tells at once that the sign-in of the connection is latched', async () => {
    await request(bridge.url).get('/v1/connections/wrong/token').auth(ADMIN_KEY, { type: 'bearer' });
    const { status, body } = await ask('/login/wrong/oauth/token', 'two');
    expect(status).toBe(502);
    expect(body).toMatchObject({ code: 'credential_rejected', error: 'server_error' });
  });
});

describe.each([
  ['oauth/token', TOKEN],
  ['login/crm/oauth/token', LOGIN],
])('sign in to %s', (_what, path) => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const endpoint = () => ({ issuer: bridge.url, token_endpoint: `${bridge.url}${path}` });

  async function byOauth4webapi(authentication: oauth.ClientAuth) {
    const client = { client_id: 'job' };
    const scope = { scope: 'crm' };
    const answer = await oauth.clientCredentialsGrantRequest(
      endpoint(),
      client,
      authentication,
      scope,
      insecure,
    );
    return oauth.processClientCredentialsResponse(endpoint(), client, answer);
  }

  test('by oauth4webapi with Basic', async () => {
    expect(await byOauth4webapi(oauth.ClientSecretBasic(keys.job!))).toMatchObject({ scope: 'crm' });
  });

  test('by oauth4webapi with the form, which reads a refusal too', async () => {
    expect(await byOauth4webapi(oauth.ClientSecretPost(keys.job!))).toMatchObject({ token_type: 'bearer' });
    const refused = byOauth4webapi(oauth.ClientSecretPost('wrong'));
    await expect(refused).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });

  test('by openid-client', async () => {
    const configuration = new openid.Configuration(endpoint(), 'job', keys.job);
    openid.allowInsecureRequests(configuration);
    const answer = await openid.clientCredentialsGrant(configuration);
    expect(answer.expiresIn()).toBeGreaterThan(3_000);
  });

  test.each(['header', 'body'] as const)(
    'by simple-oauth2 with the credentials in the %s',
    async (authorizationMethod) => {
      const client = new ClientCredentials({
        client: { id: 'job', secret: keys.job! },
        auth: { tokenHost: bridge.url, tokenPath: path },
        options: { authorizationMethod },
      });
      expect((await client.getToken({ scope: 'crm' })).expired()).toBe(false);
    },
  );
});

describe('the vendor SDK in gateway mode', () => {
  interface VendorSdk {
    TokensApi: new () => { getTokensMe(): Promise<object> };
    ApiClient: {
      config: { live_reload_config: boolean; setConfigPath(path: string): void };
      setGateway(gateway: object): void;
      loginClientCredentialsGrant(id: string, secret: string): Promise<{ accessToken: string }>;
    };
  }

  test('signs in with name and key of a caller', async () => {
    const { ApiClient, TokensApi } = createRequire(import.meta.url)(
      'purecloud-platform-client-v2',
    ) as VendorSdk;
    ApiClient.config.live_reload_config = false;
    ApiClient.config.setConfigPath('');
    const { hostname, port } = new URL(bridge.url);
    ApiClient.setGateway({
      host: hostname,
      protocol: 'http',
      port,
      path_params_login: 'login/crm',
      path_params_api: 'proxy/crm',
    });
    const { accessToken } = await ApiClient.loginClientCredentialsGrant('job', keys.job!);
    expect(accessToken.split('.')).toHaveLength(3);
    expect(await new TokensApi().getTokensMe()).toMatchObject({ OAuthClient: expect.anything() });
    const refused = ApiClient.loginClientCredentialsGrant('job', 'wrong');
    await expect(refused).rejects.toMatchObject({
      response: { status: 401, data: { error: 'invalid_client' } },
    });
  });
});

test('both are described with their form', async () => {
  const { body } = await request(bridge.url).get('/openapi.json');
  for (const path of ['/oauth/token', '/login/{name}/oauth/token']) {
    const { requestBody, responses, security } = body.paths[path].post;
    expect(Object.keys(requestBody.content)).toEqual(['application/x-www-form-urlencoded']);
    expect(responses['400'].content['application/json'].schema.properties).toHaveProperty(
      'error_description',
    );
    expect(security).toEqual([]);
  }
});

test('a caller that is removed is told so at once', async () => {
  const key = await putCaller(bridge.url, 'leaver', { permissions: ['token:crm'] });
  expect((await ask(TOKEN, 'leaver', {}, key)).status).toBe(200);
  await asAdmin(bridge.url, 'delete', '/v1/callers/leaver');
  expect((await ask(TOKEN, 'leaver', {}, key)).body.error).toBe('invalid_client');
});
