/** What no HTTP library would send gets an answer too, in JSON, and never in the middle of another answer. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemSchema } from '../../server/http/problem.ts';
import type { RunningBridge } from '../../server/main.ts';
import { ADMIN_KEY, CREDENTIALS, startTestBridge } from '../support/bridge.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';
import { dialRaw, parseRawAnswers, sendRaw, type RawAnswer } from '../support/raw-http.ts';

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startTestBridge();
});
afterAll(() => bridge.stop());

function expectProblem(answers: readonly RawAnswer[], detail: RegExp) {
  expect(answers).toHaveLength(1);
  const [{ status, headers, body }] = answers as [RawAnswer];
  const problem = problemSchema.strict().parse(JSON.parse(body));
  expect({ status, code: problem.code }).toEqual({ status: 400, code: 'invalid_request' });
  expect(problem.detail).toMatch(detail);
  expect(problem.remedy).not.toBe('');
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-correlation-id': problem.correlationId,
    'cache-control': 'no-store',
    connection: 'close',
  });
}

describe('a problem is the answer to', () => {
  test.each([
    ['noise', '\u0000\u0001\u0002\r\n\r\n', /not an HTTP\/1\.1 request/],
    ['a line of prose', 'hello bridge\r\n\r\n', /not an HTTP\/1\.1 request/],
    ['a TLS hello', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), /not an HTTP\/1\.1 request/],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /not an HTTP\/1\.1 request/],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', /not an HTTP\/1\.1 request/],
    [
      'a header with a line break in its name',
      'GET / HTTP/1.1\r\nHost: x\r\nA\rB: c\r\n\r\n',
      /not an HTTP\/1\.1/,
    ],
    [
      'two lengths',
      'POST /v1/diagnoses HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
      /not an HTTP\/1\.1 request/,
    ],
    [
      'a length and chunks at once',
      'POST /v1/diagnoses HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /not an HTTP\/1\.1 request/,
    ],
    [
      'too many headers',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(40_000)}\r\n\r\n`,
      /larger than 32768/,
    ],
    [
      'a path as long as a book',
      `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      /larger than 32768/,
    ],
    ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', /one Host header/],
    [
      'two hosts',
      'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
      /one Host header/,
    ],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', /forward proxies/],
  ])('%s', async (_what, bytes, detail) => {
    expectProblem(await sendRaw(bridge.url, bytes), detail);
  });
});

describe('an ordinary answer is given to', () => {
  test.each([
    ['HTTP/1.0 without a host', 'GET /livez HTTP/1.0\r\n\r\n'],
    [
      'an upgrade that nobody offers',
      'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'an expectation that nobody knows',
      'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    ],
    [
      'an absolute request target',
      'GET http://elsewhere.example/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ],
  ])('%s', async (_what, bytes) => {
    const [answer] = await sendRaw(bridge.url, bytes);
    expect(answer).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  test('each of several requests at once, in their order', async () => {
    const get = (path: string, end = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${end}\r\n`;
    const answers = await sendRaw(
      bridge.url,
      get('/livez') + get('/nowhere') + get('/readyz', 'Connection: close\r\n'),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200]);
  });
});

test('noise behind a request that is still being answered is never answered in its place', async () => {
  const upstream = await startMisbehaving('silent');
  const body = JSON.stringify({ ...CREDENTIALS, url: upstream.url, timeoutSeconds: 5 });
  const socket = await dialRaw(bridge.url);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write(
    `POST /v1/bearer-token-requests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  while (upstream.seen.requests.length === 0) await new Promise(setImmediate);
  socket.write('\u0000 noise \r\n\r\n');
  await once(socket, 'close');
  expect(parseRawAnswers(received)).toEqual([]);
  await upstream.close();
});

test('a request that names no host has its ids back', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const [answer] = await sendRaw(
    bridge.url,
    `GET / HTTP/1.1\r\nX-Correlation-Id: my-id\r\ntraceparent: ${traceparent}\r\nConnection: close\r\n\r\n`,
  );
  expect(answer!.headers).toMatchObject({ 'x-correlation-id': 'my-id', traceparent });
  expect(JSON.parse(answer!.body)).toMatchObject({ correlationId: 'my-id' });
});

test('a whole address in front of a path of the proxy is refused, and nothing is sent', async () => {
  const [answer] = await sendRaw(
    bridge.url,
    `GET http://elsewhere.example/proxy/crm/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nConnection: close\r\n\r\n`,
  );
  expect(JSON.parse(answer!.body)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    detail: expect.stringMatching(/whole address.*Nothing was sent/),
  });
});
