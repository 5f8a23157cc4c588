import { describe, expect, test } from '@jest/globals';
import type { ProxyRule } from '../../server/callers/proxy-rules.ts';
import { startProxy } from './support/start-proxy.ts';
import { rawExchange, startRawUpstream } from './support/raw-http.ts';

describe('who may call through a connection', () => {
  test.each([
    [404, 'a caller of another connection', ['proxy:other']],
    [404, 'a caller without permissions', []],
    [403, 'a caller who may only look', ['read']],
    [403, 'a caller who may have the token', ['token:crm']],
    [200, 'a caller of this connection', ['proxy:crm']],
    [200, 'a caller of all connections', ['proxy:*']],
    [200, 'an administrator', ['admin']],
  ])('answers %i to %s', async (status, _who, permissions) => {
    const upstream = await startRawUpstream();
    const proxy = await startProxy(upstream.url, { caller: { name: 'someone', permissions } });
    const answer = await fetch(`${proxy.url}/proxy/crm/a`);
    expect(answer.status).toBe(status);
    expect(upstream.requests()).toHaveLength(status === 200 ? 1 : 0);
    await proxy.close();
    await upstream.close();
  });

  test('an empty list of rules allows what the permission allows, and a rule all that is below it', async () => {
    const upstream = await startRawUpstream();
    const rules = [{ methods: ['GET'], pathPrefix: '/api/v2/outbound' }];
    const cases: [ProxyRule[], number][] = [
      [[], 200],
      [rules, 200],
      [[{ methods: ['POST'], pathPrefix: '/' }], 403],
    ];
    for (const [proxyRules, status] of cases) {
      const proxy = await startProxy(upstream.url, {
        caller: { name: 'ruled', permissions: ['proxy:crm'], proxyRules },
      });
      expect((await fetch(`${proxy.url}/proxy/crm/api/v2/outbound/campaigns?a=b`)).status).toBe(status);
      await proxy.close();
    }
    await upstream.close();
  });

  test('is counted under the names of connections that there are, and no others', async () => {
    const upstream = await startRawUpstream();
    const counted: unknown[] = [];
    const metrics = { callEnded: (...call: unknown[]) => void counted.push(call.slice(0, 2)) };
    const proxy = await startProxy(upstream.url, { parts: { metrics } });
    for (const path of ['/proxy/crm/a', '/proxy/made-up/a', '/proxy/crm/a/../b', '/proxy/crm/b']) {
      await rawExchange(proxy.port, `GET ${path} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n`);
    }
    expect(counted).toEqual([
      ['crm', 200],
      ['crm', 200],
    ]);
    expect(proxy.activity.map(({ status, summary }) => [status, summary])).toEqual([
      [200, 'GET /a'],
      [404, 'GET /a'],
      [200, 'GET /b'],
    ]);
    await proxy.close();
    await upstream.close();
  });
});
