/** Whatever is wrong with a request, and whatever it says it accepts, the answer is one JSON object of one shape. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import request from 'supertest';
import { ERROR_CATALOGUE, type ErrorCode } from '../../server/errors.ts';
import { problemSchema } from '../../server/http/problem.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, startTestBridge } from '../support/bridge.ts';
import { sendRaw } from '../support/raw-http.ts';

const PATH = '/v1/bearer-token-requests';
/** What a callout of Apex sends where nobody sets a header. */
const APEX = {
  'User-Agent': 'SFDC-Callout/66.0',
  SFDC_STACK_DEPTH: '1',
  Accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
};
const MIB = 1024 * 1024;

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge();
});
afterAll(() => bridge.stop());

const post = (body: string | Buffer, headers: Record<string, string> = {}) => {
  const sent = request(bridge.url)
    .post(PATH)
    .auth(ADMIN_KEY, { type: 'bearer' })
    .set({ 'Content-Type': 'application/json', ...headers });
  sent.serialize((text: unknown) => text as string);
  return sent.send(body);
};

interface Answered {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

function expectProblem({ status, headers, body }: Answered, code: ErrorCode) {
  const problem = problemSchema.strict().parse(body);
  const { title } = ERROR_CATALOGUE[code];
  expect(problem).toMatchObject({ code, title, status: ERROR_CATALOGUE[code].status });
  expect(status).toBe(problem.status);
  expect(problem.type).toBe(`urn:purecloud-bridge:error:${code}`);
  expect(problem.message).toBe(problem.detail);
  expect(problem.contextId).toBe(problem.correlationId);
  expect(problem.correlationId).toBe(headers['x-correlation-id']);
  expect(problem.remedy).not.toBe('');
  expect(headers['content-type']).toMatch(/^application\/json; charset=utf-8$/);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-content-type-options']).toBe('nosniff');
  return problem;
}

describe('a path that leads nowhere', () => {
  test.each([
    ['GET', '/nowhere'],
    ['GET', '/v1'],
    ['GET', '/v1/'],
    ['GET', '/V1/Bearer-Token-Requests'],
    ['GET', '/docs/assets/nothing.js'],
    ['GET', '/docs/assets/..%2f..%2fpackage.json'],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd'],
    ['GET', '/%00'],
    ['GET', '//livez'],
    ['GET', PATH],
    ['PUT', '/livez'],
    ['DELETE', '/openapi.json'],
    ['TRACE', '/livez'],
    ['PATCH', PATH],
  ])('%s %s is 404', async (method, path) => {
    const [answer] = await sendRaw(
      bridge.url,
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
    );
    expectProblem({ ...answer!, body: JSON.parse(answer!.body) as unknown }, 'not_found');
  });

  test.each(['/%', '/%E0%A4%A', '/v1/connections/%', '/docs/assets/%'])(
    'or is no path at all (%s) is a problem too',
    async (path) => {
      const [answer] = await sendRaw(
        bridge.url,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nConnection: close\r\n\r\n`,
      );
      const problem = JSON.parse(answer!.body) as { code: ErrorCode };
      expect(['not_found', 'invalid_request']).toContain(problem.code);
      expectProblem({ ...answer!, body: problem }, problem.code);
    },
  );
});

describe('a body', () => {
  test.each([
    ['that is not JSON', '{"url":', 'invalid_request'],
    ['that is text', 'hello', 'invalid_request'],
    ['that is missing', '', 'invalid_request'],
    ['that is a list', '[]', 'invalid_request'],
    ['that is null', 'null', 'invalid_request'],
    ['that is a string', '"x"', 'invalid_request'],
    ['that is nested very deeply', '['.repeat(400_000), 'invalid_request'],
    ['that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'invalid_request'],
    ['that is UTF-16', Buffer.from('{"url":"x"}', 'utf16le'), 'invalid_request'],
    ['of a byte more than a mebibyte', ' '.repeat(MIB + 1), 'body_too_large'],
  ] as const)('%s is refused', async (_what, body, code) => {
    expectProblem(await post(body), code);
  });

  test.each([
    ['text/plain', 'unsupported_media_type'],
    ['application/xml', 'unsupported_media_type'],
    ['multipart/form-data; boundary=x', 'unsupported_media_type'],
    ['nonsense', 'unsupported_media_type'],
  ] as const)('of type %s is refused', async (type, code) => {
    expectProblem(await post('{"url":"https://x"}', { 'Content-Type': type }), code);
  });

  test('that unpacks to more than a mebibyte is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB, 0x20));
    expectProblem(await post(bomb, { 'Content-Encoding': 'gzip' }), 'body_too_large');
  });

  test.each(['sdch', 'gzip, gzip'])('in the encoding %s is refused', async (encoding) => {
    expectProblem(await post('{}', { 'Content-Encoding': encoding }), 'unsupported_media_type');
  });

  test('that says gzip and is not is refused', async () => {
    expectProblem(await post('{}', { 'Content-Encoding': 'gzip' }), 'invalid_request');
  });

  test('of JSON in gzip is read', async () => {
    const problem = expectProblem(
      await post(gzipSync('{"uri":"x"}'), { 'Content-Encoding': 'gzip' }),
      'invalid_request',
    );
    expect(problem.errors).toContainEqual({ field: 'uri', detail: 'is not known; did you mean "url"?' });
  });

  test('names every field that is wrong, and what was probably meant', async () => {
    const input = { adress: 1, url: 'ftp://x', clientID: 'a', timeoutSeconds: 0, ignoreDates: true };
    const problem = expectProblem(await post(JSON.stringify(input)), 'invalid_request');
    const details = new Map(problem.errors!.map(({ field, detail }) => [field, detail]));
    expect(details.get('clientID')).toBe('is not known; did you mean "clientId"?');
    expect(details.get('url')).toMatch(/http/);
    expect(details.get('timeoutSeconds')).toMatch(/1 to 120/);
    expect(details.get('adress')).toMatch(/not known/);
    expect(details.has('clientSecret')).toBe(true);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'with a member called %s is refused for it',
    async (name) => {
      const problem = expectProblem(await post(`{"url":"https://x","${name}":{"a":1}}`), 'invalid_request');
      expect(problem.errors!.map(({ field }) => field)).toContain(name);
    },
  );

  test('with tens of thousands of unknown members is refused briefly', async () => {
    const members = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 1]));
    const answer = await post(JSON.stringify(members));
    const problem = expectProblem(answer, 'invalid_request');
    expect(problem.errors!.length).toBeLessThanOrEqual(100);
    expect(answer.text.length).toBeLessThan(50_000);
  });

  test('with a member whose name has a million letters is refused briefly', async () => {
    const answer = await post(`{"${'clientSecret'.repeat(80_000)}":1}`);
    expectProblem(answer, 'invalid_request');
    expect(answer.text.length).toBeLessThan(5_000);
  });
});

describe('a callout of Apex', () => {
  const INPUT = JSON.stringify({
    url: 'https://not-allowed.example/token',
    clientId: 'a',
    clientSecret: 'b',
  });
  const FORM = 'application/x-www-form-urlencoded';

  test.each([
    ['as it is', INPUT],
    ['as the one key of a form', `${encodeURIComponent(INPUT)}=`],
  ])('that sends JSON labelled as a form, %s, is understood', async (_how, body) => {
    expectProblem(await post(body, { ...APEX, 'Content-Type': FORM }), 'egress_denied');
  });

  test('that sends a form is told to send JSON', async () => {
    const problem = expectProblem(
      await post('url=https%3A%2F%2Fx&clientId=a', { ...APEX, 'Content-Type': FORM }),
      'unsupported_media_type',
    );
    expect(problem.remedy).toMatch(/setHeader\('Content-Type', 'application\/json'\)/);
  });

  test('gets JSON though it accepts HTML before all else', async () => {
    expectProblem(await post('{', { ...APEX, 'Content-Type': FORM }), 'invalid_request');
    expectProblem(await request(bridge.url).get('/nowhere').set(APEX), 'not_found');
  });

  test('whose unset members are null is not refused for them', async () => {
    const input = { ...(JSON.parse(INPUT) as object), proxyUri: null, grantType: '', timeoutSeconds: null };
    expectProblem(await post(JSON.stringify(input), APEX), 'egress_denied');
  });
});

describe('an answer', () => {
  test('gives the ids back that it was asked with', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await request(bridge.url)
      .get('/nowhere')
      .set({ 'X-Correlation-Id': 'case-4711', traceparent });
    expect(expectProblem(answer, 'not_found').correlationId).toBe('case-4711');
    expect(answer.headers.traceparent).toBe(traceparent);
  });

  test.each(['/livez', '/readyz', '/openapi.json', '/docs', '/nowhere'])(
    'of %s carries the security headers',
    async (path) => {
      const { headers } = await request(bridge.url).get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'SAMEORIGIN',
        'cross-origin-opener-policy': 'same-origin',
        'content-security-policy': expect.stringContaining("default-src 'self'"),
      });
      expect(headers['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('strict-transport-security');
    },
  );

  test.each(['/livez', '/readyz'])('of %s says that all is well', async (path) => {
    const answer = await request(bridge.url).get(path);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok' });
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});
