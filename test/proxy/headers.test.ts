/** Which headers pass, in both directions. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { headerPairs } from '../../server/proxy/header-names.ts';
import { requestHeaders } from '../../server/proxy/request-headers.ts';
import { responseHeaders } from '../../server/proxy/response-headers.ts';
import { Secret } from '../../server/secret.ts';
import { rawExchange, startRawUpstream } from './support/raw-http.ts';
import { startProxy } from './support/start-proxy.ts';

const ADDED = { token: new Secret('the-token'), correlationId: 'c-1', traceparent: '00-a-b-01' };
const TAIL = ['x-correlation-id', 'c-1', 'traceparent', '00-a-b-01', 'authorization', 'Bearer the-token'];

describe('headers of the request', () => {
  test.each([
    ['Accept', 'application/json'],
    ['Accept-Encoding', 'gzip, br'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['If-None-Match', '"a"'],
    ['Range', 'bytes=0-99'],
    ['User-Agent', 'axios/1.7'],
    ['Idempotency-Key', 'k'],
    ['tracestate', 'a=b'],
    ['Sforce-Auto-Assign', 'FALSE'],
    ['X-Anything', ''],
  ])('passes %s', (name, value) => {
    expect(requestHeaders([name, value], ADDED)).toEqual([name, value, ...TAIL]);
  });

  test.each([
    'Authorization',
    'AUTHORIZATION',
    'Cookie',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Proxy-Authorization',
    'Proxy-Connection',
    'Proxy-Anything',
    'Forwarded',
    'Via',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Client-Cert',
    'Client-Cert',
    'Client-Cert-Chain',
    'X-SSL-Client-Cert',
    'X-Client-Cert',
    'X-Amzn-Mtls-Clientcert',
    'X_Forwarded_For',
    'X-Real-IP',
    'Host',
    'Content-Length',
    'Expect',
    'SFDC_STACK_DEPTH',
    'sfdc-stack-depth',
    'X-Bridge-Timeout-Seconds',
    'X-Bridge-Anything',
    'X-Correlation-Id',
    'traceparent',
  ])('takes away %s', (name) => {
    expect(requestHeaders([name, 'x'], ADDED)).toEqual(TAIL);
  });

  test('takes away whatever Connection names, in any case and over several headers', () => {
    const raw = [
      'X-One',
      '1',
      'Connection',
      'x-one, X-TWO',
      'x-two',
      '2',
      'connection',
      ' x_three ',
      'X-Three',
      '3',
    ];
    expect(requestHeaders([...raw, 'X-Four', '4'], ADDED)).toEqual(['X-Four', '4', ...TAIL]);
  });

  test('cannot be made to take away the token that is added', () => {
    const raw = ['Connection', 'authorization, x-correlation-id, traceparent', 'Authorization', 'Bearer key'];
    expect(requestHeaders(raw, ADDED)).toEqual(TAIL);
  });

  test('keeps order, spelling and repetitions of what passes', () => {
    const raw = ['B', '1', 'a', '2', 'B', '3', 'Cookie', 'x', 'b', '4'];
    expect(requestHeaders(raw, ADDED).slice(0, 8)).toEqual(['B', '1', 'a', '2', 'B', '3', 'b', '4']);
  });

  test('always ends with one Authorization, the token of the connection', () => {
    const name = fc.oneof(
      fc.constantFrom('Authorization', 'authorization', 'Connection', 'Host', 'Cookie', 'X-A'),
      fc.stringMatching(/^[a-zA-Z_-]{1,20}$/),
    );
    const header = fc.tuple(name, fc.stringMatching(/^[ -~]{0,30}$/));
    fc.assert(
      fc.property(fc.array(header, { maxLength: 10 }), (headers) => {
        const sent = headerPairs(requestHeaders(headers.flat(), ADDED));
        const authorizations = sent.filter(([key]) => key.toLowerCase() === 'authorization');
        expect(authorizations).toEqual([['authorization', 'Bearer the-token']]);
      }),
    );
  });
});

describe('headers of the answer', () => {
  const ISOLATED = ['Content-Security-Policy', "default-src 'none'; sandbox"];

  test.each([
    ['Content-Type', 'text/csv'],
    ['Content-Length', '5'],
    ['Content-Encoding', 'gzip'],
    ['ETag', '"a"'],
    ['Location', 'https://elsewhere.example/'],
    ['Retry-After', '7'],
    ['ININ-Correlation-Id', 'abc'],
    ['inin-ratelimit-count', '3'],
    ['Sforce-Limit-Info', 'api-usage=1/15000'],
    ['Cache-Control', 'no-cache'],
    ['Date', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ])('passes %s', (name, value) => {
    expect(responseHeaders([name, value], 200)).toEqual([name, value, ...ISOLATED]);
  });

  test.each([
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'Trailer',
    'Upgrade',
    'Proxy-Authenticate',
    'Set-Cookie',
    'Strict-Transport-Security',
    'Alt-Svc',
    'Clear-Site-Data',
    'Content-Security-Policy',
    'Access-Control-Allow-Origin',
    'Service-Worker-Allowed',
    'X-Correlation-Id',
    'X-Bridge-Anything',
  ])('takes away %s', (name) => {
    expect(responseHeaders([name, 'x'], 200)).toEqual(ISOLATED);
  });

  test('takes away what Connection names, and a length that is none', () => {
    expect(responseHeaders(['X-A', '1', 'Connection', 'close, x-a', 'X-B', '2'], 200).slice(0, -2)).toEqual([
      'X-B',
      '2',
    ]);
    expect(responseHeaders(['Content-Length', '5', 'Transfer-Encoding', 'chunked'], 200)).toEqual(ISOLATED);
    expect(responseHeaders(['Content-Length', '5'], 204)).toEqual(ISOLATED);
    expect(responseHeaders(['Content-Length', '5'], 304)).toContain('Content-Length');
  });

  test('keeps repetitions', () => {
    expect(responseHeaders(['Link', 'a', 'link', 'b'], 200).slice(0, 4)).toEqual(['Link', 'a', 'link', 'b']);
  });
});

describe('on the wire', () => {
  test('the upstream gets its own host, one length, the token, and nothing of the way to the bridge', async () => {
    const upstream = await startRawUpstream();
    const proxy = await startProxy(upstream.url);
    const head = [
      'POST /proxy/crm/a HTTP/1.1',
      'Host: bridge.example',
      'Connection: close, x-hop',
      'X-Hop: 1',
      'X-Twice: a',
      'X-Twice: b',
      'Authorization: Bearer key-of-the-bridge',
      'Cookie: session=1',
      'X-Forwarded-For: 10.0.0.1',
      'SFDC_STACK_DEPTH: 1',
      'X-Correlation-Id: from-apex',
      'Content-Type: application/json',
      'Content-Length: 2',
    ];
    const answer = await rawExchange(proxy.port, `${head.join('\r\n')}\r\n\r\n{}`);
    const [received = ''] = upstream.requests();
    const lines = received.split('\r\n');
    expect(lines.filter((line) => /^host:/i.test(line))).toEqual([`host: 127.0.0.1:${upstream.port}`]);
    expect(lines.filter((line) => /^content-length:/i.test(line))).toEqual(['content-length: 2']);
    expect(lines.filter((line) => /^authorization:/i.test(line))).toEqual(['authorization: Bearer token-1']);
    expect(lines.filter((line) => line.startsWith('X-Twice'))).toEqual(['X-Twice: a', 'X-Twice: b']);
    expect(lines).toContain('x-correlation-id: from-apex');
    expect(received).not.toMatch(/hop|cookie|forwarded|sfdc|key-of-the-bridge/i);
    expect(answer).toMatch(/^X-Correlation-Id: from-apex\r$/m);
    await proxy.close();
    await upstream.close();
  });

  test('the caller gets status, reason, repeated headers and body as the upstream sent them', async () => {
    const upstream = await startRawUpstream(
      () =>
        'HTTP/1.1 418 Short And Stout\r\nX-A: 1\r\nx-a: 2\r\nX-Latin: caf\xe9\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\nConnection: close\r\n\r\nteapo',
    );
    const proxy = await startProxy(upstream.url);
    const answer = await rawExchange(
      proxy.port,
      'GET /proxy/crm/a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 418 Short And Stout\r\n/);
    expect(answer).toMatch(/^X-A: 1\r\nX-A: 2\r$/im);
    expect(answer).toMatch(/^content-length: 5\r$/im);
    expect(answer).toMatch(/\r\n\r\nteapo$/);
    expect(answer).not.toMatch(/set-cookie/i);
    await proxy.close();
    await upstream.close();
  });

  test.each([
    [
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nETag: "a"\r\n\r\n',
      /content-length: 5000\r\n[^]*\r\n\r\n$/i,
    ],
    ['GET', 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n', /^HTTP\/1\.1 204 [^]*X-A: 1[^]*\r\n\r\n$/],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', /^HTTP\/1\.1 304 [^]*\r\n\r\n$/],
    [
      'GET',
      'HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n',
      /^HTTP\/1\.1 302 [^]*^Location: http:\/\/evil\.example\/\r$/m,
    ],
    [
      'GET',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      /^HTTP\/1\.1 200 [^]*\r\n\r\nok$/,
    ],
    [
      'GET',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n',
      /^HTTP\/1\.1 200 [^]*\r\n\r\n2\r\nok\r\n0\r\n\r\n$/,
    ],
  ])('%s gets %j passed on as such', async (method, text, expected) => {
    const upstream = await startRawUpstream(() => text);
    const proxy = await startProxy(upstream.url);
    const request = `${method} /proxy/crm/a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n`;
    expect(await rawExchange(proxy.port, request)).toMatch(expected);
    expect(upstream.requests()).toHaveLength(1);
    await proxy.close();
    await upstream.close();
  });
});
