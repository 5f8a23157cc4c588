/**
 * Secrets go in by every door and through every ending, at the most talkative log level, and none of them comes out again:
 * not in an answer, not in the log, not on the terminal, not in a file.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'undici';
import type { FaultInput } from '../../sandbox/faults.ts';
import { startSandbox, type RunningSandbox } from '../../sandbox/start-sandbox.ts';
import { describeApi } from '../../server/compose/compose-bridge.ts';
import { testEnvironment } from '../support/bridge.ts';
import { canariesIn, canaryOf, makeCanary } from '../support/canaries.ts';
import { runCli } from '../support/cli.ts';
import { embeddedDataDirectory } from '../support/databases.ts';
import { httpAnswer } from '../support/misbehaving-answers.ts';
import { loopbackCertificates } from '../support/misbehaving-certificates.ts';
import { MISBEHAVING_PROXY_KINDS, startMisbehavingProxy } from '../support/misbehaving-proxy.ts';
import { MISBEHAVING_KINDS, startMisbehaving } from '../support/misbehaving-server.ts';
import { startSocketServer, type MisbehavingServer } from '../support/misbehaving-sockets.ts';
import { sendRaw } from '../support/raw-http.ts';
import { spawnBridge, type SpawnedBridge } from '../support/spawned-bridge.ts';

const SECRET = makeCanary('client secret');
const PASSWORD = makeCanary('password');
const PROXY_PASSWORD = makeCanary('proxy password');
const OPERATOR_PASSWORD = makeCanary('password of the proxy of the operator', ['', '']);
const ADMIN_KEY = makeCanary('admin key', ['key-', '-end']);
const SAVED_SECRET = makeCanary('saved client secret');
const IN_QUERY = makeCanary('secret in a query');
const OWN_KEY = makeCanary('own key of a caller', ['own+/=', '_~!']);
const WRONG_KEY = makeCanary('wrong API key', ['', '']);
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const PRIVATE_KEY = canaryOf('private key', PEM, PEM.split('\n').slice(2, -3));
const CANARIES = [
  ...[
    OWN_KEY,
    SECRET,
    PASSWORD,
    PROXY_PASSWORD,
    OPERATOR_PASSWORD,
    ADMIN_KEY,
    SAVED_SECRET,
    IN_QUERY,
    WRONG_KEY,
  ],
  PRIVATE_KEY,
];

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CLIENT = { clientId: 'the-client', clientSecret: SECRET.value };
const GRANTS = [
  { ...CLIENT },
  { ...CLIENT, credentialsInBody: true },
  { ...CLIENT, credentialsInBody: true, contentType: 'application/json' },
  { ...CLIENT, basicEncoding: 'rfc6749' },
  { ...CLIENT, grantType: 'password', username: 'me', password: PASSWORD.value },
  { ...CLIENT, grantType: 'password', username: 'me', password: PASSWORD.value, credentialsInBody: true },
  { clientId: 'a', grantType: JWT_BEARER, privateKey: PEM, subject: 'me', audience: 'https://x.example' },
];

interface DescribedOperation {
  requestBody?: { content: Record<string, { schema: { properties?: object } }> };
}

let directory: string;
let sandbox: RunningSandbox;
let echo: MisbehavingServer;
let bridge: SpawnedBridge;
/** Every answer, headers and body, less the one member that is a token on purpose. */
const answers: string[] = [];

beforeAll(async () => {
  directory = await embeddedDataDirectory();
  const { ca } = await loopbackCertificates();
  await writeFile(join(directory, 'ca.pem'), ca);
  sandbox = await startSandbox();
  // Says everything back: as a target, and as the proxy of the operator.
  echo = await startSocketServer({
    onRequest: ({ socket }, text) =>
      void socket.write(httpAnswer(418, text, { 'X-Echo': encodeURIComponent(text) })),
  });
  bridge = await spawnBridge(
    testEnvironment(directory, {
      LOG_LEVEL: 'trace',
      BRIDGE_ADMIN_KEY: ADMIN_KEY.value,
      BRIDGE_CA_FILE: join(directory, 'ca.pem'),
      HTTP_PROXY: echo.url.replace('//', `//ops:${OPERATOR_PASSWORD.value}@`),
    }),
  );
}, 30_000);

afterAll(async () => {
  bridge.process.kill('SIGKILL');
  await Promise.all([bridge.ended, sandbox.close(), echo.close()]);
  await rm(directory, { recursive: true, force: true });
});

interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  headers?: Record<string, string>;
  body?: unknown;
}

async function ask(path: string, { method = 'POST', headers = {}, body }: Asked = {}) {
  const answer = await request(`${bridge.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY.value}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  answers.push(`${answer.statusCode} ${JSON.stringify(answer.headers)}\n${withoutToken(text)}`);
  return { status: answer.statusCode, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

function withoutToken(text: string): string {
  return text.replace(/"(bearerAccessToken|accessToken|access_token|key)":"[^"]*"/g, '"$1":"left out"');
}

/** For what may never end. Whatever is to end in a certain way has the time for it on a busy machine. */
const SOON = { timeoutSeconds: 1 };

/** The exit path of each grant at `url`, all at once. */
async function endings(
  url: string,
  more: object = {},
  grants: readonly object[] = GRANTS,
): Promise<unknown[]> {
  const asked = grants.map((grant) =>
    ask('/v1/bearer-token-requests', { body: { ...grant, url, timeoutSeconds: 30, ...more } }),
  );
  return (await Promise.all(asked)).map(({ status, json }) => (status === 200 ? json().exitPath : status));
}

describe('no secret comes out of', () => {
  test.each<FaultInput>([
    { kind: 'echoCredentials', status: 400 },
    { kind: 'echoCredentials', status: 200 },
    { kind: 'echoCredentials', status: 503 },
    { kind: 'status', status: 500, body: 'boom', contentType: 'text/plain' },
    { kind: 'retryAfter', retryAfter: 3 },
    { kind: 'html' },
    { kind: 'empty' },
    { kind: 'truncatedJson' },
    { kind: 'noToken' },
    { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' },
    { kind: 'resetBefore' },
    { kind: 'resetDuring' },
    { kind: 'byteASecond' },
    { kind: 'slow', delayMs: 20_000 },
    { kind: 'hugeBody', bytes: 2_000_000 },
    { kind: 'gzipBomb', bytes: 20_000_000 },
  ])('a sign-in that meets $kind', async (fault) => {
    sandbox.purecloud.faults.switchOn(fault);
    const paths = await endings(sandbox.purecloud.tokenUrl, SOON);
    sandbox.purecloud.faults.switchOff();
    expect(paths).not.toContain('Success');
    expect(paths.every((path) => typeof path === 'string')).toBe(true);
  });

  test('a sign-in that is refused, by either vendor', async () => {
    expect(new Set(await endings(sandbox.purecloud.tokenUrl))).toEqual(new Set(['Failure']));
    expect(new Set(await endings(sandbox.salesforce.tokenUrl))).toEqual(new Set(['Failure']));
  });

  test('a server that misbehaves in any way', async () => {
    const servers = await Promise.all(
      MISBEHAVING_KINDS.map((kind) => startMisbehaving(kind, { bytes: 2_000_000, status: 400, body: 'no' })),
    );
    await Promise.all(servers.map(({ url }) => endings(`${url}/token`, SOON, GRANTS.slice(4))));
    await Promise.all(servers.map((server) => server.close()));
  });

  test('a forward proxy that misbehaves in any way', async () => {
    const proxies = await Promise.all(MISBEHAVING_PROXY_KINDS.map((kind) => startMisbehavingProxy(kind)));
    await Promise.all(
      proxies.flatMap(({ url }) =>
        ['http', 'https'].map((scheme) => {
          const proxyUri = url.replace('//', `//me:${encodeURIComponent(PROXY_PASSWORD.value)}@`);
          return endings(`${scheme}://sign-in.test/token`, { proxyUri, ...SOON }, GRANTS.slice(0, 1));
        }),
      ),
    );
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  test('a target or a proxy that says everything back', async () => {
    const proxyUri = echo.url.replace('//', `//me:${encodeURIComponent(PROXY_PASSWORD.value)}@`);
    const query = `?client_secret=${encodeURIComponent(IN_QUERY.value)}`;
    for (const [url, more] of [
      [`${echo.url}/token`, {}],
      [`${echo.url}/token${query}`, {}],
      ['http://sign-in.test/token', { proxyUri }],
      ['https://sign-in.test/token', { proxyUri }],
      ['http://by-the-operator.test/token', {}],
    ] as const) {
      const paths = await endings(url, more);
      expect(paths.every((path) => path === 'Failure' || path === 'ConnectionFailure')).toBe(true);
    }
    expect(echo.seen.requests.some((text) => text.startsWith('POST http://by-the-operator.test/'))).toBe(
      true,
    );
  });

  test('an input that is wrong', async () => {
    const url = sandbox.purecloud.tokenUrl;
    const { value } = SECRET;
    const wrong: unknown[] = [
      { url: value, ...CLIENT },
      { url: `https://user:${encodeURIComponent(value)}@x.example/`, ...CLIENT },
      { url: `https://${ADMIN_KEY.value}.example/`, ...CLIENT, timeoutSeconds: value },
      { url, ...CLIENT, grantType: value },
      { url, ...CLIENT, grantType: value, password: PASSWORD.value, secret: value },
      { url, ...CLIENT, clientSecret: `${value}\n` },
      { url, ...CLIENT, clientSecret: [value] },
      { url, ...CLIENT, clientSecret: { value } },
      { url, ...CLIENT, clientSecret: value.repeat(500) },
      { url, clientId: 'a', grantType: JWT_BEARER, privateKey: PEM.slice(40), subject: 'a', audience: 'b' },
      { url, ...CLIENT, clientCertificate: `/${value}/` },
      { url, ...CLIENT, basicEncoding: value, ignoreUnknownCertificateAuthority: value },
      { url, ...CLIENT, proxyUri: value },
      { url, ...CLIENT, proxyUri: `socks5://me:${encodeURIComponent(PROXY_PASSWORD.value)}@x:1080` },
      [value],
      value,
      `{"url":"${url}","clientSecret":${JSON.stringify(value)},}`,
      `{"clientSecret":${JSON.stringify(value)}`,
      `clientSecret=${encodeURIComponent(value)}&password=${encodeURIComponent(PASSWORD.value)}`,
    ];
    for (const body of wrong) expect((await ask('/v1/bearer-token-requests', { body })).status).toBe(400);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const asForm = await ask('/v1/bearer-token-requests', { body: wrong.at(-1), headers: form });
    expect(asForm.status).toBe(415);
    const text = await ask('/v1/bearer-token-requests', {
      body: value,
      headers: { 'content-type': 'text/plain' },
    });
    expect(text.status).toBe(415);
  });

  test('a target that may not be called, and a certificate that is not there', async () => {
    expect(await endings('https://not-allowed.example/')).toEqual(GRANTS.map(() => 403));
    const paths = await endings(sandbox.purecloud.tokenUrl, { clientCertificate: 'none.pem' });
    expect(new Set(paths)).toEqual(new Set(['ConnectionFailure']));
  });

  test('a path that leads nowhere, a key that is wrong, a request that is none', async () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    for (const [path, asked] of [
      ['/nowhere', {}],
      [`/livez?key=${ADMIN_KEY.value}`, { method: 'GET' }],
      ['/v1/diagnoses', { headers: { authorization: `Bearer ${WRONG_KEY.value}` } }],
      ['/v1/diagnoses', { headers: basic(`admin:${WRONG_KEY.value}`) }],
      ['/v1/diagnoses', { headers: basic(`nobody:${ADMIN_KEY.value}`) }],
      [
        '/oauth/token',
        { body: `grant_type=client_credentials&client_id=a&client_secret=${WRONG_KEY.value}` },
      ],
    ] as [string, Asked][]) {
      await ask(path, asked);
    }
    for (const raw of [
      `GET / HTTP/1.1\r\nAuthorization: Bearer ${ADMIN_KEY.value}\r\n\r\n`,
      `NONSENSE ${ADMIN_KEY.value}\r\nAuthorization: Bearer ${ADMIN_KEY.value}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY.value}\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
    ]) {
      answers.push(JSON.stringify(await sendRaw(bridge.url, raw)));
    }
  });

  test('a diagnosis of what was pasted', async () => {
    const basic = Buffer.from(`the-client:${SECRET.value}`).toString('base64');
    const pasted = [
      {
        request: `curl https://login.mypurecloud.com/oauth/token -u 'the-client:${SECRET.value}' -d grant_type=x`,
      },
      {
        request: `POST /oauth/token HTTP/1.1\nHost: login.mypurecloud.com\nAuthorization: Basic ${basic}\n\ngrant_type=password&password=${encodeURIComponent(PASSWORD.value)}`,
      },
      {
        request: `req.setHeader('Authorization', 'Basic ${basic}'); req.setBody('client_secret=${SECRET.value}');`,
      },
      { request: `req.setHeader('Authorization', 'Basic BASE64(the-client:${SECRET.value})');` },
      {
        response: JSON.stringify({ error: 'invalid_client', error_description: 'authentication failed' }),
        request: JSON.stringify(CLIENT),
      },
      { text: PEM },
      {
        text: `System.CalloutException: ${JSON.stringify({ client_secret: SECRET.value, password: PASSWORD.value })}`,
      },
    ];
    for (const body of pasted) expect((await ask('/v1/diagnoses', { body })).status).toBe(200);
  });

  test('a connection that is saved, shown, tested and used', async () => {
    const url = sandbox.purecloud.tokenUrl;
    const saved = { provider: 'other', url, clientId: 'the-client', clientSecret: SAVED_SECRET.value };
    expect((await ask('/v1/connections/saved', { method: 'PUT', body: saved })).status).toBeLessThan(300);
    await ask('/v1/connections/wrong', {
      method: 'PUT',
      body: { ...saved, clientSecret: [SAVED_SECRET.value] },
    });
    sandbox.purecloud.faults.switchOn({ kind: 'echoCredentials', target: 'signIn' });
    await ask('/v1/connections/saved/test', { body: {} });
    expect((await ask('/v1/connections/saved/token', { method: 'GET' })).status).toBe(502);
    sandbox.purecloud.faults.switchOff();
    await ask('/v1/connections/saved/reset');
    for (const path of [
      '/v1/connections',
      '/v1/connections/saved',
      '/v1/connections/saved/token',
      '/v1/callers',
    ])
      await ask(path, { method: 'GET' });
    for (const path of [
      '/v1/status',
      '/v1/activity',
      '/v1/configuration',
      '/metrics',
      '/readyz',
      '/openapi.json',
    ])
      await ask(path, { method: 'GET' });
  });

  test('any route, with a secret in every member that it knows and in one that it does not', async () => {
    const { paths } = describeApi() as { paths: Record<string, Record<string, DescribedOperation>> };
    // Texts to be explained, and names that are shown as they are, have tests of their own.
    const operations = Object.entries(paths)
      .filter(([path]) => !['/v1/diagnoses', '/v1/secret-key/rotate'].includes(path))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
      );
    for (const { path, method, operation } of operations) {
      const media = Object.values(operation.requestBody?.content ?? {})[0];
      const fields = [...Object.keys(media?.schema.properties ?? {}), 'unknownMember'];
      const bodies = [SECRET.value, [PASSWORD.value], { value: PROXY_PASSWORD.value }].map((value) =>
        Object.fromEntries(fields.map((field) => [field, value])),
      );
      const query = new URLSearchParams({ limit: WRONG_KEY.value, outcome: IN_QUERY.value });
      for (const body of media === undefined ? [undefined] : bodies) {
        await ask(`${path.replaceAll(/\{\w+\}/g, 'saved')}?${query.toString()}`, {
          method: method.toUpperCase() as 'GET',
          headers: { 'idempotency-key': `canary-${answers.length}` },
          ...(body === undefined ? {} : { body }),
        });
      }
    }
    expect(operations.length).toBeGreaterThan(40);
  });

  test('a caller with a key of its own, and a grant that is tried beside the stored one', async () => {
    const url = sandbox.purecloud.tokenUrl;
    const connection = { provider: 'other', url, clientId: 'the-client', clientSecret: SAVED_SECRET.value };
    await ask('/v1/connections/ladder', { method: 'PUT', body: connection });
    await ask('/v1/callers/own-key', { method: 'PUT', body: { permissions: ['read'], key: OWN_KEY.value } });
    await ask('/v1/callers/own-key', { method: 'GET' });
    await ask('/v1/connections/ladder/grant-ladder', {
      body: { grantType: 'client_credentials', clientSecret: SECRET.value, switchOver: true },
    });
    await ask('/v1/connections/ladder/grant-ladder', {
      body: { grantType: JWT_BEARER, privateKey: PEM, subject: 'me', audience: 'https://x.example' },
    });
    await ask('/v1/status', { method: 'GET', headers: { authorization: `Bearer ${OWN_KEY.value}` } });
  });

  test('the command line', async () => {
    const env = {
      BRIDGE_EGRESS_ALLOW: '127.0.0.1,localhost,*.test',
      BRIDGE_EGRESS_ALLOW_PRIVATE: 'true',
      BRIDGE_ADMIN_KEY: ADMIN_KEY.value,
      PCBRIDGE_CLIENT_SECRET: SECRET.value,
      PCBRIDGE_PASSWORD: PASSWORD.value,
      PCBRIDGE_PRIVATE_KEY: PEM,
    };
    const base = ['request', '--client-id', 'the-client', '--show-wire', '--timeout-seconds', '1'];
    for (const url of [
      `${echo.url}/token`,
      sandbox.purecloud.tokenUrl,
      'http://127.0.0.1:9/',
      'ftp://x',
      'http://no.example/',
    ]) {
      for (const grant of [
        [],
        ['--credentials-in-body'],
        ['--grant-type', 'password', '--username', 'me'],
        ['--grant-type', JWT_BEARER, '--subject', 'me', '--audience', 'b'],
      ]) {
        for (const form of [[], ['--json']]) {
          const { exitCode, stdout, stderr } = await runCli([...base, '--url', url, ...grant, ...form], {
            env,
          });
          expect(exitCode).toBeGreaterThan(1);
          answers.push(stdout, stderr);
        }
      }
    }
  });
});

describe('after all that', () => {
  test('no answer held a secret', () => {
    expect(answers.length).toBeGreaterThan(300);
    for (const answer of answers) expect([canariesIn(answer, CANARIES), answer]).toEqual([[], answer]);
  });

  test('the log held none, and was not silent', () => {
    expect(bridge.output().split('\n').length).toBeGreaterThan(300);
    for (const line of bridge.output().split('\n'))
      expect([canariesIn(line, CANARIES), line]).toEqual([[], line]);
  });

  test('no file holds one', async () => {
    expect(await bridge.kill('SIGTERM')).toBe(0);
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files)
      expect([name, canariesIn(await readFile(join(parentPath, name)), CANARIES)]).toEqual([name, []]);
  });

  test('one would have been found in any spelling', () => {
    const { value } = SECRET;
    const spelt = [
      value,
      `x${value}y`,
      encodeURIComponent(value),
      JSON.stringify({ value }),
      Buffer.from(`the-client:${value}`).toString('base64'),
      Buffer.from(`client:${value}`).toString('base64'),
      Buffer.from(`a-client:${value}`).toString('base64url'),
      Buffer.from(value).toString('hex'),
      `{"stack":"at ${PEM.split('\n')[5]}"}`,
    ];
    for (const text of spelt) expect(canariesIn(text, CANARIES)).not.toEqual([]);
    expect(canariesIn('nothing of that kind', CANARIES)).toEqual([]);
  });
});
