/** What the foreign servers accept is written down here, so that a new version of one cannot change it unseen. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { startOauth2Server, startOidcProvider } from './sign-in-servers.ts';
import type { OidcProviderCredentials, SignInServer } from './sign-in-servers.ts';

const CREDENTIALS = {
  clientId: 'client+&=% id',
  clientSecret: 's+&=%:e "cret',
  username: 'ü 日+&=%:"',
  password: 'p:ü 日+&=%"',
};
const GRANT = { grant_type: 'client_credentials' };
const IN_BODY = { client_id: CREDENTIALS.clientId, client_secret: CREDENTIALS.clientSecret };

const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
const basic = (encode: (text: string) => string) => {
  const pair = `${encode(CREDENTIALS.clientId)}:${encode(CREDENTIALS.clientSecret)}`;
  return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
};
const RAW = basic((text) => text);
const RFC6749 = basic(formEncode);

let server: SignInServer;
afterEach(() => server.close());

async function signIn(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(server.tokenUrl, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, error: body.error, token: body.access_token, type: body.token_type };
}

const ISSUED = { status: 200, token: expect.any(String), type: 'Bearer' };

describe('startOauth2Server', () => {
  const PASSWORD = { grant_type: 'password', username: CREDENTIALS.username, password: CREDENTIALS.password };

  test.each([
    ['client_credentials with raw Basic', GRANT, RAW],
    ['client_credentials in the body', { ...GRANT, ...IN_BODY }, {}],
    ['password with raw Basic', PASSWORD, RAW],
    ['password with the client in the body', { ...PASSWORD, ...IN_BODY }, {}],
  ])('grants %s', async (_what, fields, headers) => {
    server = await startOauth2Server(CREDENTIALS);
    expect(await signIn(fields, headers)).toMatchObject(ISSUED);
  });

  test.each([
    ['Basic encoded as in RFC 6749', GRANT, RFC6749, 401, 'invalid_client'],
    ['a wrong secret in the body', { ...GRANT, ...IN_BODY, client_secret: 'x' }, {}, 400, 'invalid_client'],
    ['a wrong password', { ...PASSWORD, password: 'x' }, RAW, 400, 'invalid_grant'],
    ['an unknown grant', { grant_type: 'x' }, RAW, 400, 'unsupported_grant_type'],
    ['no grant', {}, RAW, 400, 'invalid_request'],
  ])('refuses %s', async (_what, fields, headers, status, error) => {
    server = await startOauth2Server(CREDENTIALS);
    expect(await signIn(fields as Record<string, string>, headers)).toMatchObject({ status, error });
  });
});

describe('startOidcProvider', () => {
  const start = async (authMethod: OidcProviderCredentials['authMethod']) => {
    server = await startOidcProvider({ ...CREDENTIALS, ...(authMethod && { authMethod }) });
  };

  test('grants to a Basic client that encodes as RFC 6749 has it', async () => {
    await start('client_secret_basic');
    expect(await signIn(GRANT, RFC6749)).toMatchObject(ISSUED);
  });

  test('refuses a Basic client that does not encode', async () => {
    await start('client_secret_basic');
    expect(await signIn(GRANT, RAW)).toMatchObject({ error: expect.stringMatching(/^invalid_/) });
  });

  test('grants to a client with its credentials in the body', async () => {
    await start('client_secret_post');
    expect(await signIn({ ...GRANT, ...IN_BODY })).toMatchObject(ISSUED);
  });

  test('refuses a wrong secret with 401', async () => {
    await start('client_secret_post');
    const refused = await signIn({ ...GRANT, ...IN_BODY, client_secret: 'x' });
    expect(refused).toMatchObject({ status: 401, error: 'invalid_client' });
  });
});
