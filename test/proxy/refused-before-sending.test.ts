/** What may not pass is refused before a byte leaves, and before a token is asked for. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseProxyUrl, pathFault } from '../../server/proxy/proxy-path.ts';
import { startProxy, type RunningProxy } from './support/start-proxy.ts';
import { rawExchange, startRawUpstream, type RawUpstream } from './support/raw-http.ts';

let upstream: RawUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startRawUpstream();
  proxy = await startProxy(upstream.url, {
    caller: {
      name: 'tester',
      permissions: ['proxy:crm'],
      proxyRules: [{ methods: ['GET', 'POST'], pathPrefix: '/api/v2/outbound' }],
    },
  });
});
afterAll(async () => {
  await proxy.close();
  await upstream.close();
});
afterEach(() => {
  expect(upstream.received().toString()).toBe('');
  expect(proxy.grants()).toBe(0);
});

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}

function send(target: string, headers: readonly string[] = [], body = '', method = 'GET'): Promise<string> {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: bridge', 'Connection: close', ...headers];
  return rawExchange(proxy.port, Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
}

const ALLOWED = '/proxy/crm/api/v2/outbound';

describe('paths that leave their place', () => {
  test.each([
    '/..',
    '/../users',
    '/./users',
    '/x/..',
    '/%2e%2e/users',
    '/%2E%2e/users',
    '/.%2e/users',
    '/%2e',
    '/%252e%252e/users',
    '/%25252e%25252e/users',
    '/%25%32%65%25%32%65/users',
    '/..%2fusers',
    '/..%252fusers',
    '/x%2f..%2f..',
    '/..;/users',
    '/..;v=1/users',
    '/%2e%2e;x/users',
    '/..%3bx/users',
    '/..%3f/users',
    '/..%23/users',
    '/..%20/users',
    '/%c0%ae%c0%ae/users',
    '/%e0%80%ae/users',
    '/%u002e%u002e/users',
    '/a\\..\\users',
    '/a%5c..%5cusers',
    '/a%255cusers',
    '/a%0d%0aX-Evil:%201',
    '/a%0ab',
    '/a%00b',
    '/a%2500b',
    '/a%7fb',
    '/a#b',
    '/a%25252525252525252e',
  ])('refuses %s', async (path) => {
    const answer = await send(`${ALLOWED}${path}`);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toContain('"code":"invalid_request"');
  });

  test.each([
    '/proxy/crm//evil.example/x',
    '/proxy/crm/%2fevil.example',
    '/proxy/crm/%2f%2fevil.example',
    '/proxy/crm/%252fevil.example',
    '/proxy/crm///evil.example',
    '/proxy/crm/http://evil.example/',
    '/proxy/crm/https:%2f%2fevil.example/',
    '/proxy/crm/\\evil.example',
    '/proxy/crm/%5cevil.example',
    '/proxy/../proxy/crm/api/v2/outbound',
    '/proxy/crm/..',
    '/proxy/%2e%2e/crm',
    'http://evil.example/proxy/crm/api/v2/outbound',
    'http://evil.example@127.0.0.1/proxy/crm/api/v2/outbound',
  ])('refuses %s', async (target) => {
    expect(statusOf(await send(target))).toBe(400);
  });

  test.each(['/proxy/crm@evil.example/x', '/proxy/crm:80/x', '/proxy/CRM/x', '/proxy/other/x', '/proxy//x'])(
    'knows no connection in %s',
    async (target) => {
      expect(statusOf(await send(target))).toBe(404);
    },
  );

  test('refuses bytes outside ASCII in path and query', async () => {
    expect(statusOf(await send(`${ALLOWED}/a\xfcb`))).toBe(400);
    expect(statusOf(await send(`${ALLOWED}?q=\xfc`))).toBe(400);
    expect(pathFault('/a\xfcb')).toBeDefined();
    expect(() => parseProxyUrl('/proxy/crm/a?q=\xfc')).toThrow('percent-encoded');
  });

  test('finds dots however often and in whichever mixture they are encoded', () => {
    const encodings: ((text: string) => string)[] = [
      (text) => text,
      (text) => text.replaceAll('.', '%2e'),
      (text) => text.replaceAll('.', '%2E'),
      (text) => text.replaceAll('/', '%2f'),
      (text) => text.replaceAll('%', '%25'),
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...encodings), { maxLength: 4 }),
        fc.constantFrom('/a/../b', '/./b', '/..', '/a/..;p/b'),
        (steps, path) => {
          const encoded = steps.reduce((text, step) => step(text), path.slice(1));
          expect(pathFault(`/${encoded}`)).toBeDefined();
        },
      ),
    );
  });

  test('never reads a connection out of anything but its own segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        try {
          const { connection, path } = parseProxyUrl(`/proxy/${text}`);
          expect(text.startsWith(connection)).toBe(true);
          expect(path.startsWith('/')).toBe(true);
          expect(path.startsWith('//')).toBe(false);
        } catch (error) {
          expect(error).toMatchObject({ name: 'BridgeError' });
        }
      }),
    );
  });
});

describe('requests that two servers would read differently', () => {
  const chunked = '5\r\nhello\r\n0\r\n\r\n';
  test.each([
    ['both lengths', ['Content-Length: 5', 'Transfer-Encoding: chunked'], chunked],
    ['both lengths, the other way round', ['Transfer-Encoding: chunked', 'Content-Length: 5'], chunked],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6'], 'hello'],
    ['the same length twice', ['Content-Length: 5', 'Content-Length: 5'], 'hello'],
    ['a list of lengths', ['Content-Length: 5, 5'], 'hello'],
    ['a signed length', ['Content-Length: +5'], 'hello'],
    ['a negative length', ['Content-Length: -5'], 'hello'],
    ['a hexadecimal length', ['Content-Length: 0x5'], 'hello'],
    ['an endless length', [`Content-Length: ${'9'.repeat(30)}`], 'hello'],
    ['an unknown coding', ['Transfer-Encoding: xchunked'], chunked],
    ['a second coding', ['Transfer-Encoding: gzip, chunked'], chunked],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked],
    ['chunked before another', ['Transfer-Encoding: chunked, identity'], chunked],
    ['a length spelt with an underscore', ['Content_Length: 5'], ''],
    ['a coding spelt with an underscore', ['Transfer_Encoding: chunked'], ''],
    ['a space before the colon', ['Content-Length : 5'], 'hello'],
    ['a folded header', ['X-A: b', ' Transfer-Encoding: chunked'], chunked],
    ['a chunk of a broken size', ['Transfer-Encoding: chunked'], 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a NUL in a value', ['X-A: b\0c'], ''],
    ['a bare line feed', ['X-A: b\nX-B: c\n\nGET /evil HTTP/1.1'], ''],
  ])('refuses %s', async (_name, headers, body) => {
    expect(statusOf(await send(ALLOWED, headers, body, 'POST'))).toBe(400);
  });

  test.each([
    ['a WebSocket', ['Upgrade: websocket', 'Connection: Upgrade']],
    ['one offer among others', ['Upgrade: h2c, websocket', 'Connection: Upgrade']],
  ])('refuses %s and says what to do', async (_name, headers) => {
    const answer = await send(ALLOWED, headers);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toContain('connect to the address it gives you directly');
  });

  test('refuses TRACE, whose answer would show the token', async () => {
    expect(statusOf(await send(ALLOWED, [], '', 'TRACE'))).toBe(400);
  });

  test.each(['0', '111', '-1', '1.5', '8s', '', '8, 9'])(
    'refuses a time of "%s" seconds',
    async (seconds) => {
      const answer = await send(ALLOWED, [`X-Bridge-Timeout-Seconds: ${seconds}`]);
      expect(statusOf(answer)).toBe(400);
      expect(answer).toContain('"field":"X-Bridge-Timeout-Seconds"');
    },
  );
});

describe('callers with rules', () => {
  test.each([
    ['another path', 'GET', '/proxy/crm/api/v2/users', []],
    ['a path that only begins like an allowed one', 'GET', '/proxy/crm/api/v2/outbound-secrets', []],
    ['an allowed path in another spelling', 'GET', '/proxy/crm/api/v2/%6futbound', []],
    ['another method', 'DELETE', ALLOWED, []],
    ['another method in the query', 'POST', `${ALLOWED}?a=b&_HttpMethod=PATCH`, []],
    ['another method in the query, encoded', 'POST', `${ALLOWED}?_%48ttpMethod=delete`, []],
    ['another method in a header', 'POST', ALLOWED, ['X-HTTP-Method-Override: DELETE']],
    ['another method in a header with underscores', 'POST', ALLOWED, ['X_HTTP_Method: PUT']],
    ['another path in a header', 'GET', ALLOWED, ['X-Original-URL: /api/v2/users']],
    ['another path in a header with underscores', 'GET', ALLOWED, ['X_Rewrite_Url: /api/v2/users']],
  ])('are refused %s', async (_name, method, target, headers) => {
    const answer = await send(target, [...headers, 'Content-Length: 0'], '', method);
    expect(statusOf(answer)).toBe(403);
    expect(answer).toContain('"code":"caller_forbidden"');
  });
});
