/** Clients that others wrote sign in to the sandbox: what they accept, a real PureCloud or Salesforce could have sent. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jsforce from 'jsforce';
import * as oauth from 'oauth4webapi';
import {
  DEMO_SALESFORCE_APP,
  DEMO_SALESFORCE_USER,
} from '../../sandbox/salesforce/create-salesforce-sandbox.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunningSandbox } from '../../sandbox/start-sandbox.ts';

const CLIENT = { id: 'vendor-client', secret: 'abc-_123~XYZ.' };
const USER = { username: 'ü+&=%@acme.example', password: 'p+&=% ü日"', securityToken: 'TOKEN' };
// jsforce takes a proxy from the environment even for loopback.
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

let sandbox: RunningSandbox;
beforeAll(async () => {
  for (const name of PROXY_VARIABLES) delete process.env[name];
  sandbox = await startSandbox({
    purecloud: { clients: [CLIENT] },
    salesforce: { users: [USER, DEMO_SALESFORCE_USER] },
  });
});
afterAll(() => sandbox.close());

describe('jsforce against the Salesforce sandbox', () => {
  const { clientId, clientSecret } = DEMO_SALESFORCE_APP;
  const client = () => new jsforce.OAuth2({ loginUrl: sandbox.salesforce.url, clientId, clientSecret });

  test('signs in with a password full of special characters, and uses the session', async () => {
    const connection = new jsforce.Connection({ oauth2: client(), version: '66.0' });
    const { id, organizationId } = await connection.login(USER.username, USER.password + USER.securityToken);
    expect(id).toMatch(/^005/);
    expect(organizationId).toMatch(/^00D/);
    expect(connection.instanceUrl).toBe(sandbox.salesforce.url);
    expect(await connection.query('SELECT Id FROM CampaignMember')).toMatchObject({
      totalSize: 0,
      done: true,
    });
    expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 15_000 });
  });

  test('signs in as the app', async () => {
    const answer = await client().requestToken({ grant_type: 'client_credentials' });
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      instance_url: sandbox.salesforce.url,
      scope: 'api',
    });
  });

  test('reads the refusal of a wrong password', async () => {
    await expect(client().authenticate(USER.username, 'wrong')).rejects.toMatchObject({
      name: 'invalid_grant',
      message: 'authentication failure',
    });
  });
});

describe('oauth4webapi against both sandboxes', () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const grant = async (tokenUrl: string, client: oauth.Client, authentication: oauth.ClientAuth) => {
    const server: oauth.AuthorizationServer = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, {}, insecure);
    return oauth.processClientCredentialsResponse(server, client, response);
  };

  test('signs in to PureCloud with Basic', async () => {
    const client = { client_id: CLIENT.id };
    const answer = await grant(sandbox.purecloud.tokenUrl, client, rawClientSecretBasic(CLIENT.secret));
    expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 86_399 });
  });

  test('is refused by PureCloud where it encodes the secret as RFC 6749 §2.3.1 has it', async () => {
    const client = { client_id: CLIENT.id };
    const refused = grant(sandbox.purecloud.tokenUrl, client, oauth.ClientSecretBasic(CLIENT.secret));
    await expect(refused).rejects.toMatchObject({ error: 'invalid_client', status: 400 });
  });

  test('signs in to Salesforce with the credentials in the body', async () => {
    const client = { client_id: DEMO_SALESFORCE_APP.clientId };
    const authentication = oauth.ClientSecretPost(DEMO_SALESFORCE_APP.clientSecret);
    const answer = await grant(sandbox.salesforce.tokenUrl, client, authentication);
    expect(answer).toMatchObject({ token_type: 'bearer', scope: 'api' });
  });
});

/** The Basic of PureCloud's own clients. */
function rawClientSecretBasic(secret: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    headers.set('Authorization', `Basic ${btoa(`${client.client_id}:${secret}`)}`);
  };
}
