/** Clients that ask an upstream for a token themselves, each as its documentation has it. */
import * as oauth from 'oauth4webapi';
import { ClientCredentials } from 'simple-oauth2';
import { Agent, request } from 'undici';
import { serveSubject, settings } from './serve-subject.ts';

type Kind = 'undici' | 'oauth4webapi' | 'simple-oauth2' | 'jsforce';
const { kind, url, atOnce } = settings<{ kind: Kind; url: string; atOnce: number }>();
const CLIENT = { id: 'bench', secret: 'secret-of-the-benchmark' };
type Grant = () => Promise<unknown>;

function overUndici(): Grant {
  const dispatcher = new Agent({ connections: atOnce });
  const authorization = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
  return async () => {
    const { body } = await request(url, {
      method: 'POST',
      dispatcher,
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    return await body.json();
  };
}

function overOauth4webapi(): Grant {
  const server: oauth.AuthorizationServer = { issuer: new URL(url).origin, token_endpoint: url };
  const client: oauth.Client = { client_id: CLIENT.id };
  const authenticate = oauth.ClientSecretBasic(CLIENT.secret);
  return async () => {
    const answer = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      authenticate,
      new URLSearchParams(),
      {
        [oauth.allowInsecureRequests]: true,
      },
    );
    return await oauth.processClientCredentialsResponse(server, client, answer);
  };
}

function overSimpleOauth2(): Grant {
  const { origin, pathname } = new URL(url);
  const client = new ClientCredentials({ client: CLIENT, auth: { tokenHost: origin, tokenPath: pathname } });
  return () => client.getToken({});
}

async function overJsforce(): Promise<Grant> {
  const { default: jsforce } = await import('jsforce');
  const client = new jsforce.OAuth2({
    loginUrl: new URL(url).origin,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
  });
  return () => client.authenticate('user', 'password');
}

const grantOf: Record<Kind, () => Grant | Promise<Grant>> = {
  undici: overUndici,
  oauth4webapi: overOauth4webapi,
  'simple-oauth2': overSimpleOauth2,
  jsforce: overJsforce,
};
const grant = await grantOf[kind]();

async function run(seconds: number): Promise<object> {
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  let grants = 0;
  let errors = 0;
  const loop = async () => {
    while (performance.now() - startedAtMs < seconds * 1000) {
      await grant().catch(() => (errors += 1));
      grants += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  const { user, system } = process.cpuUsage(cpu);
  return { grants, errors, cpuUs: user + system, seconds: (performance.now() - startedAtMs) / 1000 };
}

serveSubject({ port: 0 }, { stop: () => Promise.resolve(), answer: ({ seconds }) => run(Number(seconds)) });
