/** The bridge signs in to token endpoints that others wrote, with every character that encodings trip over. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import type { BearerTokenAnswer } from '../../server/bearer/answer.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { startForwardProxy, type ForwardProxy } from '../support/forward-proxy.ts';
import { loopbackCertificates } from '../support/misbehaving-certificates.ts';
import { startOauth2Server, startOidcProvider } from '../support/sign-in-servers.ts';
import { startTlsFront } from '../support/tls-front.ts';

const CLIENT = { clientId: 'client+&=% id', clientSecret: 's+&=%:e "cret\'<%41>' };
const USER = { username: 'ü 日+&=%:"@acme.example', password: 'p:ü 日+&=%"\\' };
const PROXY_USER = { username: 'me@corp', password: 'p:a ss%/+ü' };

type ServerName = 'oauth2-server' | 'oidc-basic' | 'oidc-post';

const toClose: (() => Promise<void>)[] = [];
const tokenUrls = new Map<string, string>();
let bridge: RunningBridge;
let proxy: ForwardProxy;

function keep<T extends { close: () => Promise<void> }>(started: T): T {
  toClose.push(() => started.close());
  return started;
}

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pcbridge-foreign-'));
  toClose.push(() => rm(directory, { recursive: true, force: true }));
  const { ca } = await loopbackCertificates();
  await writeFile(join(directory, 'ca.pem'), ca);
  const servers: [ServerName, Awaited<ReturnType<typeof startOauth2Server>>][] = [
    ['oauth2-server', await startOauth2Server({ ...CLIENT, ...USER })],
    ['oidc-basic', await startOidcProvider({ ...CLIENT, authMethod: 'client_secret_basic' })],
    ['oidc-post', await startOidcProvider({ ...CLIENT, authMethod: 'client_secret_post' })],
  ];
  for (const [name, server] of servers) {
    keep(server);
    tokenUrls.set(`http ${name}`, server.tokenUrl);
    tokenUrls.set(`https ${name}`, keep(await startTlsFront(server.tokenUrl)).url);
  }
  proxy = keep(await startForwardProxy({ ...PROXY_USER, names: { 'sign-in.test': '127.0.0.1' } }));
  bridge = await startTestBridge({ BRIDGE_CA_FILE: join(directory, 'ca.pem') });
});

afterAll(async () => {
  await bridge.stop();
  for (const close of toClose.reverse()) await close();
});

async function ask(input: object): Promise<BearerTokenAnswer> {
  const { status, body } = await request(bridge.url)
    .post('/v1/bearer-token-requests')
    .auth(ADMIN_KEY, { type: 'bearer' })
    .send({ ...CLIENT, ...input });
  expect(status).toBe(200);
  return body as BearerTokenAnswer;
}

const CLIENT_CREDENTIALS = { grantType: 'client_credentials' };
const PASSWORD = { grantType: 'password', ...USER };
const IN_BODY = { credentialsInBody: true };
const GRANTS: [what: string, server: ServerName, input: object][] = [
  ['client credentials as raw Basic to oauth2-server', 'oauth2-server', CLIENT_CREDENTIALS],
  ['client credentials in the body to oauth2-server', 'oauth2-server', { ...CLIENT_CREDENTIALS, ...IN_BODY }],
  ['password with raw Basic to oauth2-server', 'oauth2-server', PASSWORD],
  ['password, all in the body, to oauth2-server', 'oauth2-server', { ...PASSWORD, ...IN_BODY }],
  ['client credentials as RFC 6749 Basic to oidc-provider', 'oidc-basic', { basicEncoding: 'rfc6749' }],
  ['client credentials in the body to oidc-provider', 'oidc-post', IN_BODY],
];

describe.each(['http', 'https'] as const)('over %s, the bridge gets a token by', (scheme) => {
  test.each(GRANTS)('%s', async (_what, server, input) => {
    expect(await ask({ url: tokenUrls.get(`${scheme} ${server}`), ...input })).toMatchObject({
      exitPath: 'Success',
      bearerAccessToken: expect.stringMatching(/^\S{20,}$/),
      tokenType: 'Bearer',
      expiresInSeconds: expect.any(Number),
      upstreamStatus: 200,
    });
  });

  test.each(GRANTS)('%s, through a forward proxy', async (_what, server, input) => {
    const url = tokenUrls.get(`${scheme} ${server}`)!;
    const before = proxy.seen.length;
    expect(await ask({ url, proxyUri: proxy.url, ...input })).toMatchObject({ exitPath: 'Success' });
    // A tunnel that is still open serves the next request without the proxy being asked anew.
    for (const seen of proxy.seen.slice(before)) {
      const method = scheme === 'https' ? 'CONNECT' : 'POST';
      expect(seen).toMatchObject({ method, ...PROXY_USER, port: Number(new URL(url).port) });
    }
    expect(proxy.seen.some(({ port }) => port === Number(new URL(url).port))).toBe(true);
  });
});

test('a name that only the proxy can resolve leads there', async () => {
  const url = tokenUrls.get('http oauth2-server')!.replace('127.0.0.1', 'sign-in.test');
  expect(await ask({ url, proxyUri: proxy.url })).toMatchObject({ exitPath: 'Success' });
  expect(await ask({ url, timeoutSeconds: 5 })).toMatchObject({ exitPath: 'UnknownHost' });
});

describe('a refusal of', () => {
  test.each([
    ['raw Basic where RFC 6749 is meant', 'oidc-basic', {}, /^invalid_/],
    ['a wrong secret', 'oidc-post', { ...IN_BODY, clientSecret: 'wrong' }, /^invalid_client$/],
    ['a wrong password', 'oauth2-server', { ...PASSWORD, password: 'wrong' }, /^invalid_grant$/],
  ] as const)('%s is a Failure with a diagnosis and the answer', async (_what, server, input, error) => {
    const answer = await ask({ url: tokenUrls.get(`http ${server}`), ...input });
    expect(answer).toMatchObject({ exitPath: 'Failure', diagnosis: { remedy: expect.any(String) } });
    expect(JSON.parse(answer.upstreamBody!)).toMatchObject({ error: expect.stringMatching(error) });
    expect(answer.diagnosis!.code).not.toBe('not_recognised');
  });
});
