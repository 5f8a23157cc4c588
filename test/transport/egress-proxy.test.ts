import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  parseNoProxy,
  parseProxyEndpoint,
  proxyFor,
  type ProxyEndpoint,
} from '../../server/transport/egress-proxy.ts';

const http = parseProxyEndpoint('http://proxy.example:3128') as ProxyEndpoint;
const https = parseProxyEndpoint('http://user:p%40ss@proxy.example:3129') as ProxyEndpoint;
const through = (url: string, noProxy = '') =>
  proxyFor(new URL(url), { http, https, noProxy: parseNoProxy(noProxy) });

describe('the proxy of the environment', () => {
  test('is chosen by the scheme of the target', () => {
    expect(through('http://a.example/')).toBe(http);
    expect(through('https://a.example/')).toBe(https);
    expect(through('ftp://a.example/')).toBeUndefined();
    expect(proxyFor(new URL('https://a.example'), { http, noProxy: [] })).toBeUndefined();
  });

  test('keeps its password where nothing prints it', () => {
    expect(https.uri.reveal()).toBe('http://user:p%40ss@proxy.example:3129/');
    expect(https.shown).toBe('http://proxy.example:3129');
    expect(inspect(https) + JSON.stringify(https)).not.toContain('p%40ss');
  });

  test('is taken for http where no scheme is written', () => {
    expect(parseProxyEndpoint('proxy.example:3128')).toMatchObject({ shown: 'http://proxy.example:3128' });
  });

  test.each([
    'socks5://u:hunter2@p.example',
    'http://u:hunter2@p.example/path',
    'http://u:hunter2@p:99999',
    'http://',
  ])('is refused without repeating a password: %s', (text) => {
    const fault = parseProxyEndpoint(text);
    expect(fault).toEqual(expect.any(String));
    expect(fault).not.toContain('hunter2');
  });

  test.each([
    'http://localhost:1/',
    'http://a.localhost/',
    'http://127.0.0.1/',
    'https://127.8.9.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
  ])('is never used for loopback: %s', (url) => {
    expect(through(url)).toBeUndefined();
  });

  test.each([
    ['*', 'https://a.example/'],
    ['a.example', 'https://a.example/'],
    ['A.Example', 'https://a.example/'],
    ['a.example', 'https://b.a.example/'],
    ['.a.example', 'https://b.a.example/'],
    ['*.a.example', 'https://c.b.a.example/'],
    ['a.example:8443', 'https://a.example:8443/'],
    ['a.example:443', 'https://a.example/'],
    ['a.example:80', 'http://a.example/'],
    ['10.1.2.3', 'https://10.1.2.3/'],
    ['10.0.0.0/8', 'https://10.1.2.3/'],
    ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]/'],
    ['fd00::/8', 'https://[fd12::1]/'],
    ['[fd12::1]:443', 'https://[fd12::1]/'],
    ['fd12::1', 'https://[fd12:0::1]/'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
    ['x.example, ,a.example', 'https://a.example/'],
    ['x.example a.example', 'https://a.example/'],
  ])('NO_PROXY=%s goes directly to %s', (noProxy, url) => {
    expect(through(url, noProxy)).toBeUndefined();
  });

  test.each([
    ['', 'https://a.example/'],
    ['.a.example', 'https://a.example/'],
    ['*.a.example', 'https://a.example/'],
    ['a.example', 'https://nota.example/'],
    ['a.example:8443', 'https://a.example/'],
    ['10.0.0.0/8', 'https://11.1.2.3/'],
    ['10.0.0.0/8', 'https://ten.example/'],
    ['10.0.0.0/8', 'https://[fd12::1]/'],
    ['10.0.0.0/99', 'https://10.1.2.3/'],
    ['2.3', 'https://1.2.3.4/'],
  ])('NO_PROXY=%s does not cover %s', (noProxy, url) => {
    expect(through(url, noProxy)).toBe(https);
  });

  test('leaves out what NO_PROXY cannot mean, and reads the rest', () => {
    const noProxy = '10.0.0.0/99,b:c:d,[::1,http://x.example,a.example';
    expect(through('https://a.example/', noProxy)).toBeUndefined();
    expect(through('https://x.example/', noProxy)).toBe(https);
  });
});
