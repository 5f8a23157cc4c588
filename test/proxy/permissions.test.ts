import { describe, expect, test } from '@jest/globals';
import type { ProxyRule } from '../../server/callers/proxy-rules.ts';
import { startProxy } from './support/start-proxy.ts';
import { startRawUpstream } from './support/raw-http.ts';

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
});
