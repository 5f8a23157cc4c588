import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ComposedRequests } from '../../server/compose/compose-upstream.ts';
import type { Resolve } from '../../server/transport/egress-lookup.ts';
import { execute, testRequests } from '../support/bridge.ts';
import { startDnsServer, type DnsEntry } from '../support/dns-server.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { startMisbehaving } from '../support/misbehaving-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function upstream() {
  const server = await startMisbehaving('token');
  closing.push(server.close);
  return server;
}

function requestsWith(env: NodeJS.ProcessEnv, resolve?: Resolve): ComposedRequests {
  const requests = testRequests(env, resolve === undefined ? {} : { resolve });
  closing.push(requests.close);
  return requests;
}

async function resolveWith(table: Record<string, DnsEntry>) {
  const dns = await startDnsServer(table);
  closing.push(dns.close);
  const resolver = new Resolver({ timeout: 10_000, tries: 1 });
  resolver.setServers([dns.address]);
  const resolve: Resolve = async (host) =>
    isIP(host) === 0 ? (await resolver.resolve4(host)).map((address) => ({ address, family: 4 })) : [];
  return { dns, resolve };
}

const refused = (answer: Promise<unknown>) => expect(answer).rejects.toMatchObject({ code: 'egress_denied' });

describe('the egress policy', () => {
  test.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0177.0.0.1', 'localhost', '[::1]'])(
    'lets nothing reach this machine as %s unless private addresses are allowed',
    async (host) => {
      const server = await upstream();
      const requests = requestsWith({
        BRIDGE_EGRESS_ALLOW: '127.0.0.1,localhost,[::1]',
        BRIDGE_EGRESS_ALLOW_PRIVATE: 'false',
      });
      await refused(execute(requests, { url: `http://${host}:${server.port}/` }));
      expect(server.seen.connections).toBe(0);
    },
  );

  test('refuses a host that is not listed, and one that only looks like it', async () => {
    const requests = requestsWith({ BRIDGE_EGRESS_ALLOW: 'login.mypurecloud.com:443,*.salesforce.com' });
    for (const url of [
      'https://login.mypurecloud.com.evil.test/',
      'https://evil.test/login.mypurecloud.com',
      'https://xlogin.mypurecloud.com/',
      'https://login.mypurecloud.com:8443/',
      'https://salesforce.com/',
      'https://evilsalesforce.com/',
    ]) {
      await refused(execute(requests, { url }));
    }
  });

  test('case 23: judges the address that is dialled, at every dial: a name that answers otherwise later gains nothing', async () => {
    const server = await upstream();
    // 240.0.0.1 is reserved and never allowed; it stands for whatever must not be reached.
    const { dns, resolve } = await resolveWith({
      'rebind.test': [{ a: ['127.0.0.1'] }, { a: ['240.0.0.1'] }],
    });
    const requests = requestsWith({}, resolve);
    const url = `http://rebind.test:${server.port}/`;
    expect((await execute(requests, { url })).exitPath).toBe('Success');
    expect(dns.seen).toHaveLength(1);
    // Another profile takes a connection of its own, and with it a look-up of its own.
    await refused(execute(requests, { url, ignoreInvalidCertificateDate: true }));
    expect(server.seen.connections).toBe(1);
  });

  test('drops the addresses that are refused and dials the others', async () => {
    const server = await upstream();
    const { resolve } = await resolveWith({ 'mixed.test': { a: ['240.0.0.1', '127.0.0.1'] } });
    const requests = requestsWith({}, resolve);
    expect((await execute(requests, { url: `http://mixed.test:${server.port}/` })).exitPath).toBe('Success');
  });

  test('holds for the forward proxy that a caller names, and for the target behind it', async () => {
    const server = await upstream();
    const proxy = await startForwardProxy();
    closing.push(proxy.close);
    const url = `http://127.0.0.1:${server.port}/`;
    const noProxy = requestsWith({ BRIDGE_EGRESS_ALLOW: `127.0.0.1:${server.port}` });
    await refused(execute(noProxy, { url, proxyUri: proxy.url }));
    const noTarget = requestsWith({ BRIDGE_EGRESS_ALLOW: `127.0.0.1:${proxy.port}` });
    await refused(execute(noTarget, { url, proxyUri: proxy.url }));
    expect([proxy.seen.length, server.seen.connections]).toEqual([0, 0]);
  });

  test.each(['http://a', 'a b', '*', 'a:99999', 'a,,b', ',', '*.*.com', 'a/b', ''])(
    'refuses to start on the malformed entry %p',
    (entry) => {
      expect(() => requestsWith({ BRIDGE_EGRESS_ALLOW: entry })).toThrow(/BRIDGE_EGRESS_ALLOW/);
    },
  );
});
