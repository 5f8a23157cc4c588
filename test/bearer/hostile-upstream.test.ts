/** What an upstream repeats, on purpose or by mistake, does not come out of the bridge: no secret of the request, and the token only where it belongs. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toBearerTokenAnswer } from '../../server/bearer/answer.ts';
import type { BearerTokenOutcome } from '../../server/bearer/execute.ts';
import { parseBearerTokenRequest } from '../../server/bearer/request.ts';
import { wireView } from '../../server/bearer/wire-view.ts';
import type { ComposedRequests } from '../../server/compose/compose-upstream.ts';
import { execute, testRequests } from '../support/bridge.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';
import { httpAnswer, type AnswerOptions } from '../support/misbehaving-answers.ts';
import { startMisbehavingProxy } from '../support/misbehaving-proxy.ts';
import { startSocketServer } from '../support/misbehaving-sockets.ts';

const SECRET = 'canary-of-the-client-secret';
const PASSWORD = 'canary "of" the pässword+%';
const PROXY_PASSWORD = 'canary-of-the-proxy-password';
const TOKEN = 'canary-of-the-token-0123456789';

let requests: ComposedRequests;
beforeAll(() => {
  requests = testRequests();
});
afterAll(() => requests.close());

async function outcomeOf(options: AnswerOptions, input: object = {}, path = ''): Promise<BearerTokenOutcome> {
  const server = await startMisbehaving('answer', options);
  try {
    return await execute(requests, { clientSecret: SECRET, ...input, url: `${server.url}${path}` });
  } finally {
    await server.close();
  }
}

const shownOf = (outcome: BearerTokenOutcome) =>
  `${inspect(outcome, { depth: 10 })}\n${JSON.stringify({ ...toBearerTokenAnswer(outcome, 'id'), bearerAccessToken: undefined })}`;

describe('a refusal that repeats the secret', () => {
  test.each([
    ['in its description', { error: 'invalid_client', error_description: `bad secret ${SECRET}` }],
    ['in the other description', { error: 'invalid_client', description: `bad secret ${SECRET}` }],
    ['as its code', { error: SECRET }],
    ['in Base64', { error: 'x', error_description: Buffer.from(`the-client:${SECRET}`).toString('base64') }],
  ])('%s comes out without it', async (_where, body) => {
    const outcome = await outcomeOf({ status: 400, body: JSON.stringify(body) });
    expect(outcome.exitPath).toBe('Failure');
    expect(shownOf(outcome)).not.toContain(SECRET);
    expect(shownOf(outcome)).not.toContain(Buffer.from(SECRET).toString('base64').slice(4, 24));
  });

  test('keeps its words where they are harmless', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: 'authentication failed' });
    expect((await outcomeOf({ status: 400, body })).refusal).toMatchObject({
      error: 'invalid_client',
      errorDescription: 'authentication failed',
    });
  });
});

describe('a success that repeats', () => {
  test.each([
    ['the token in another member', { access_token: TOKEN, debug: `issued ${TOKEN}` }, {}],
    ['the token in a header', { access_token: TOKEN }, { 'X-Debug': `token ${TOKEN}` }],
    ['the token with escapes', { access_token: TOKEN, debug: encodeURIComponent(JSON.stringify(TOKEN)) }, {}],
  ])('%s tells it in its own place alone', async (_what, body, headers) => {
    const outcome = await outcomeOf({ body: JSON.stringify(body), headers });
    expect(outcome.token?.accessToken.reveal()).toBe(TOKEN);
    expect(shownOf(outcome)).not.toContain(TOKEN);
  });

  test.each([
    ['its type', { access_token: TOKEN, token_type: SECRET }],
    ['its instance', { access_token: TOKEN, instance_url: `https://x.example/${SECRET}` }],
    ['its scope', { access_token: TOKEN, scope: SECRET }],
  ])('the secret as %s tells it nowhere', async (_what, body) => {
    const outcome = await outcomeOf({ body: JSON.stringify(body) });
    expect(outcome.exitPath).toBe('Success');
    expect(shownOf(outcome)).not.toContain(SECRET);
  });
});

test.each(['a', 'é', '%', '\\"'])(
  'a token of %j over and over costs no time and is shown nowhere',
  async (letter) => {
    const token = letter.repeat(Math.floor(400_000 / Buffer.byteLength(JSON.stringify(letter))));
    const cpu = process.cpuUsage();
    const outcome = await outcomeOf({ body: JSON.stringify({ access_token: token, debug: token }) });
    expect(process.cpuUsage(cpu).user).toBeLessThan(700_000); // microseconds
    expect(outcome.exitPath).toBe('Success');
    expect(outcome.answer?.body).toBe('[secret]');
  },
);

describe('a secret in the query of the URL', () => {
  const QUERY = `?client_secret=${encodeURIComponent(PASSWORD)}&keep=this`;

  test('does not come back with the answer', async () => {
    const body = `cannot POST /token with ${PASSWORD} or ${encodeURIComponent(PASSWORD)}`;
    const outcome = await outcomeOf({ status: 404, body }, {}, `/token${QUERY}`);
    expect(shownOf(outcome)).not.toContain(PASSWORD);
    expect(shownOf(outcome)).not.toContain(encodeURIComponent(PASSWORD));
  });

  test('is masked where the request is shown', async () => {
    const url = `https://login.example/token${QUERY}`;
    const request = parseBearerTokenRequest({ url, clientId: 'a', clientSecret: SECRET });
    const [line] = await wireView(request, 0);
    expect(line).toBe('POST /token?client_secret=••••••&keep=this HTTP/1.1');
  });
});

test('a forward proxy of the operator that repeats its password tells it to no caller', async () => {
  const proxy = await startSocketServer({
    onRequest: ({ socket }, text) => void socket.end(httpAnswer(403, text, { 'X-Echo': PROXY_PASSWORD })),
  });
  const viaProxy = testRequests({ HTTP_PROXY: proxy.url.replace('//', `//me:${PROXY_PASSWORD}@`) });
  const outcome = await execute(viaProxy, { url: 'http://sign-in.test/token' });
  expect(proxy.seen.requests[0]).toMatch(/^POST http:\/\/sign-in\.test\/token HTTP\/1\.1\r\n/);
  expect(proxy.seen.requests[0]).toMatch(/proxy-authorization: Basic /i);
  expect(outcome.exitPath).toBe('Failure');
  expect(shownOf(outcome)).not.toContain(PROXY_PASSWORD);
  expect(shownOf(outcome)).not.toContain(Buffer.from(`me:${PROXY_PASSWORD}`).toString('base64'));
  await viaProxy.close();
  await proxy.close();
});

test('a forward proxy of the operator that cannot resolve the target of http is believed', async () => {
  const proxy = await startMisbehavingProxy('proxyStatusDnsError');
  const viaProxy = testRequests({ HTTP_PROXY: proxy.url });
  const outcome = await execute(viaProxy, { url: 'http://sign-in.test/token' });
  expect(outcome).toMatchObject({ exitPath: 'UnknownHost', fault: { fault: 'proxy_target_unknown' } });
  await viaProxy.close();
  await proxy.close();
});

describe('the view of a request', () => {
  const key = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });

  test.each([
    ['client credentials', { clientSecret: SECRET }],
    ['a body of its own type', { clientSecret: SECRET, credentialsInBody: true, contentType: 'text/plain' }],
    [
      'JSON',
      { clientSecret: SECRET, credentialsInBody: true, contentType: 'application/json; charset=utf-8' },
    ],
    ['a password', { clientSecret: SECRET, grantType: 'password', username: 'me', password: PASSWORD }],
    [
      'a JWT',
      {
        grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        privateKey: key(),
        subject: 'me',
        audience: 'https://x.example',
      },
    ],
  ])('shows no secret of %s', async (_what, input) => {
    const request = parseBearerTokenRequest({ url: 'https://x.example/token', clientId: '{"id"}', ...input });
    const view = (await wireView(request, 0)).join('\n');
    for (const secret of [SECRET, PASSWORD, encodeURIComponent(PASSWORD), 'Y2FuYXJ5', 'eyJ'])
      expect(view).not.toContain(secret);
    expect(view).toContain('••••••');
  });
});

test.each([
  ['an RSA key too short for RS256', 'rsa', 1024],
  ['a key of another kind', 'ec', 0],
] as const)('%s is refused with its field', (_what, kind, modulusLength) => {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const input = {
    url: 'https://x.example',
    grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    clientId: 'a',
    subject: 'me',
    audience: 'https://x.example',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  expect(() => parseBearerTokenRequest(input)).toThrow(/privateKey must be an RSA private key/);
});
