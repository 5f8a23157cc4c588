/** Path, query, method and body arrive at the upstream byte for byte. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pathFault } from '../../server/proxy/proxy-path.ts';
import { startProxy, type RunningProxy } from './support/start-proxy.ts';
import { rawExchange, startRawUpstream, type RawUpstream } from './support/raw-http.ts';

let upstream: RawUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startRawUpstream();
  proxy = await startProxy(upstream.url);
});
afterAll(async () => {
  await proxy.close();
  await upstream.close();
});
beforeEach(() => upstream.clear());

function request(method: string, target: string, headers: string[] = [], body = ''): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: bridge', 'Connection: close', ...headers];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

async function received(bytes: Buffer): Promise<{ head: string; body: string; answer: string }> {
  upstream.clear();
  const answer = await rawExchange(proxy.port, bytes);
  const [head = '', ...rest] = upstream.received().toString('latin1').split('\r\n\r\n');
  return { head, body: rest.join('\r\n\r\n'), answer };
}

const visible = Array.from({ length: 0x7e - 0x21 + 1 }, (_item, index) => String.fromCharCode(0x21 + index));
const unreserved = visible.filter((character) => !'#?%\\'.includes(character));
const escape = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.boolean())
  .map(([byte, upper]) => `%${byte.toString(16).padStart(2, '0')[upper ? 'toUpperCase' : 'toLowerCase']()}`);
const pathText = fc
  .array(
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...unreserved) }, { weight: 1, arbitrary: escape }),
    {
      maxLength: 60,
    },
  )
  .map((parts) => `/${parts.join('')}`)
  .filter((path) => pathFault(path) === undefined);
const queryText = fc
  .array(fc.oneof(fc.constantFrom(...visible.filter((character) => character !== '#')), escape), {
    maxLength: 60,
  })
  .map((parts) => (parts.length === 0 ? '' : `?${parts.join('')}`));

describe('bytes untouched', () => {
  test('any path and query that may pass arrives as it was sent', async () => {
    await fc.assert(
      fc.asyncProperty(pathText, queryText, async (path, query) => {
        const { head } = await received(request('GET', `/proxy/crm${path}${query}`));
        expect(head.split('\r\n')[0]).toBe(`GET ${path}${query} HTTP/1.1`);
      }),
      { numRuns: 150 },
    );
  });

  test('any body arrives as it was sent, whatever the method', async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND');
    await fc.assert(
      fc.asyncProperty(method, fc.uint8Array({ maxLength: 300 }), async (name, bytes) => {
        const body = Buffer.from(bytes).toString('latin1');
        const { head, body: arrived } = await received(
          request(name, '/proxy/crm/a', [`Content-Length: ${bytes.length}`], body),
        );
        expect(head).toMatch(new RegExp(`^${name} /a HTTP`));
        expect(arrived).toBe(body);
      }),
      { numRuns: 60 },
    );
  });

  test('a chunked body arrives whole, with its length announced', async () => {
    const { head, body } = await received(
      request('POST', '/proxy/crm/a', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n'),
    );
    expect(head).toMatch(/^content-length: 5$/m);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(body).toBe('abcde');
  });

  test.each([
    ['an email and a comma', '/api/v2/users/a@b.example,c'],
    ['an encoded slash', '/contacts/a%2Fb%20c'],
    ['dots inside a name', '/files/..a/b../c...d/.well-known'],
    ['an empty segment inside', '/a//b'],
    ['a lone percent sign', '/100%/of'],
    ['nothing at all', '/'],
    ['an IPv6-like and port-like name', '/[::1]:80/x'],
    ['an encoded new line in the query', '/query?q=SELECT%20Id%0AFROM+Lead%5C'],
    ['what looks like a path in the query', '/a?next=/../..//evil&u=http://evil/'],
    ['an empty query', '/a?'],
    ['a second question mark', '/a?b?c'],
  ])('passes %s', async (_name, target) => {
    const { head } = await received(request('GET', `/proxy/crm${target}`));
    expect(head.split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`);
  });

  test('puts the path of the API base before the path of the call', async () => {
    const based = await startProxy(upstream.url, { connection: { apiUrl: `${upstream.url}/base/v1/` } });
    upstream.clear();
    await rawExchange(based.port, request('GET', '/proxy/crm/x?y'));
    await based.close();
    expect(upstream.received().toString()).toMatch(/^GET \/base\/v1\/x\?y HTTP/);
  });
});
