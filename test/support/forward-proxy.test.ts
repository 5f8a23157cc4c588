import http from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ProxyAgent, request } from 'undici';
import { startForwardProxy } from './forward-proxy.ts';
import type { ForwardProxyOptions } from './forward-proxy.ts';
import { GOOD_TOKEN } from './misbehaving-answers.ts';
import { loopbackCertificates } from './misbehaving-certificates.ts';
import { startMisbehaving } from './misbehaving-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(options: ForwardProxyOptions, tls: boolean) {
  const target = await startMisbehaving('token', { tls });
  const proxy = await startForwardProxy(options);
  closers.push(target.close, proxy.close);
  return { target, proxy };
}

async function askThrough(proxyUrl: string, url: string): Promise<unknown> {
  const { ca } = await loopbackCertificates();
  const agent = new ProxyAgent({
    uri: proxyUrl,
    requestTls: { ca, servername: 'localhost' },
    proxyTls: { ca, servername: 'localhost' },
  });
  closers.push(() => agent.destroy());
  return (await request(url, { dispatcher: agent })).body.json();
}

/** The absolute form, which a client of Node has to write by hand. */
function askInAbsoluteForm(port: number, url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: '127.0.0.1', port, path: url, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject).end();
  });
}

describe('startForwardProxy', () => {
  test.each([
    ['', {}],
    [' with user info of special characters', { username: 'user@ü', password: 'p:@ /ü' }],
    [' over TLS to the proxy', { tls: true }],
  ])('tunnels to an https target%s', async (_how, options: ForwardProxyOptions) => {
    const { target, proxy } = await setUp(options, true);
    expect(await askThrough(proxy.url, target.url)).toEqual(GOOD_TOKEN);
    expect(proxy.seen.at(-1)).toMatchObject({
      method: 'CONNECT',
      target: `127.0.0.1:${target.port}`,
      username: options.username ?? '',
      password: options.password ?? '',
    });
  });

  test('passes the absolute form on to an http target', async () => {
    const { target, proxy } = await setUp({}, false);
    expect(await askInAbsoluteForm(proxy.port, `${target.url}/oauth/token`)).toBe(200);
    expect(proxy.seen).toMatchObject([{ method: 'GET', target: `${target.url}/oauth/token` }]);
    expect(target.seen.requests[0]).toMatch(/^GET \/oauth\/token HTTP/);
  });

  test('asks for its user info and passes nothing on without it', async () => {
    const { target, proxy } = await setUp({ username: 'u', password: 'p' }, false);
    expect(await askInAbsoluteForm(proxy.port, target.url)).toBe(407);
    const wrong = { 'Proxy-Authorization': `Basic ${btoa('u:wrong')}` };
    expect(await askInAbsoluteForm(proxy.port, target.url, wrong)).toBe(407);
    expect(target.seen.connections).toBe(0);
    const right = { 'Proxy-Authorization': `Basic ${btoa('u:p')}` };
    expect(await askInAbsoluteForm(proxy.port, target.url, right)).toBe(200);
    expect(target.seen.requests[0]).not.toMatch(/proxy-authorization/i);
  });

  test('resolves names that only it knows', async () => {
    const { target, proxy } = await setUp({ names: { 'only.proxy.example': '127.0.0.1' } }, false);
    expect(await askInAbsoluteForm(proxy.port, `http://only.proxy.example:${target.port}/`)).toBe(200);
    expect(
      await askInAbsoluteForm(proxy.port, `http://nobody.example:${target.port}/`),
    ).toBeGreaterThanOrEqual(400);
  });
});
