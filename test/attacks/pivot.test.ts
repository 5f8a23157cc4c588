/**
 * The proxy as a way to somewhere else: whoever controls an upstream, a header or a path tries to have the token, or the call, sent
 * where it does not belong. The forms of addresses are in test/journeys/egress.test.ts and test/transport/egress-policy.test.ts.
 */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  grantedToken,
  listenOn,
  startProxy,
  stop,
  type StartProxyOptions,
} from '../proxy/support/start-proxy.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Seen {
  authorization: string[];
  hosts: string[];
}

async function upstream(headers: Record<string, string> = {}, status = 200) {
  const seen: Seen = { authorization: [], hosts: [] };
  const { server, port } = await listenOn((incoming, response) => {
    seen.authorization.push(incoming.headers.authorization ?? '');
    seen.hosts.push(incoming.headers.host ?? '');
    response.writeHead(status, headers).end('ok');
  });
  closing.push(() => stop(server));
  return { seen, port, url: `http://127.0.0.1:${port}` };
}

async function proxyTo(url: string, options: StartProxyOptions = {}) {
  const proxy = await startProxy(url, options);
  closing.push(proxy.close);
  return proxy;
}

async function call(port: number, path: string, headers: http.OutgoingHttpHeaders = {}) {
  const outgoing = http.request({ port, host: '127.0.0.1', path, headers, agent: false }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

describe('SSRF by a lying sign-in', () => {
  const salesforce = (instanceUrl: string): StartProxyOptions => ({
    connection: { provider: 'salesforce', apiUrl: undefined, url: 'http://127.0.0.1:9/token' },
    grant: () => grantedToken('token-1', { instanceUrl }),
    egressAllow: '127.0.0.1',
  });

  test.each([
    ['the metadata service', 'http://169.254.169.254/latest'],
    ['the metadata service as an IPv6 address', 'http://[::ffff:169.254.169.254]/'],
    ['the metadata service as one number', 'http://2852039166/'],
    ['this machine by name', 'http://localhost:9/'],
    ['a host that is not listed', 'http://evil.example/'],
  ])('that names %s as its instance gets no call and no token', async (_what, instanceUrl) => {
    const proxy = await proxyTo('http://127.0.0.1:9', salesforce(instanceUrl));
    const { status, text } = await call(proxy.port, '/proxy/crm/services/data');
    expect([status, JSON.parse(text)]).toMatchObject([403, { code: 'egress_denied' }]);
  });

  test.each([
    ['with user info', 'http://127.0.0.1@evil.example/'],
    ['with a password', 'http://a:b@127.0.0.1/'],
    ['of another scheme', 'file:///etc/passwd'],
    ['that is none', '//evil.example'],
    ['that is a script', 'javascript:alert(1)'],
  ])('that names an instance %s is not followed', async (_what, instanceUrl) => {
    const proxy = await proxyTo('http://127.0.0.1:9', salesforce(instanceUrl));
    const { status, text } = await call(proxy.port, '/proxy/crm/services/data');
    expect([status, JSON.parse(text)]).toMatchObject([409, { code: 'conflict' }]);
  });

  test('only its origin counts: a path, a query or a fragment of it goes nowhere', async () => {
    const { seen, url, port } = await upstream();
    const proxy = await proxyTo(url, salesforce(`${url}/../admin?x=1#y`));
    expect((await call(proxy.port, '/proxy/crm/services/data')).status).toBe(200);
    expect(seen.hosts).toEqual([`127.0.0.1:${port}`]);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i to another host is the caller’s to follow: nobody else gets the token',
    async (status) => {
      const other = await upstream();
      const { seen, url } = await upstream({ location: `${other.url}/steal` }, status);
      const proxy = await proxyTo(url);
      const answer = await call(proxy.port, '/proxy/crm/x');
      expect([answer.status, answer.headers.location]).toEqual([status, `${other.url}/steal`]);
      expect(seen.authorization).toEqual(['Bearer token-1']);
      expect(other.seen.authorization).toEqual([]);
    },
  );
});

describe('Host games', () => {
  test.each<[string, http.OutgoingHttpHeaders]>([
    ['Host', { host: 'evil.example' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
    [
      'X-Forwarded-For, -Proto and -Port',
      { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'ftp', 'x-forwarded-port': '1' },
    ],
    ['Forwarded', { forwarded: 'host=evil.example' }],
    [
      'X-Original-URL and X-Rewrite-URL',
      { 'x-original-url': 'http://evil.example/', 'x-rewrite-url': '//evil.example' },
    ],
    ['X-HTTP-Method-Override', { 'x-http-method-override': 'DELETE' }],
  ])('with %s leave the target where it is', async (_name, headers) => {
    const { seen, url, port } = await upstream();
    const proxy = await proxyTo(url);
    expect((await call(proxy.port, '/proxy/crm/x', headers)).status).toBe(200);
    expect(seen.hosts).toEqual([`127.0.0.1:${port}`]);
    expect(seen.authorization).toEqual(['Bearer token-1']);
  });
});
