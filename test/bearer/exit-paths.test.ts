import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ComposedRequests } from '../../server/compose/compose-upstream.ts';
import type { ExitPath } from '../../server/bearer/exit-path.ts';
import type { Resolve } from '../../server/transport/egress-lookup.ts';
import type { TransportFaultCode } from '../../server/transport/transport-error.ts';
import { execute, testRequests } from '../support/bridge.ts';
import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { loopbackCertificates } from '../support/misbehaving-certificates.ts';
import { startMisbehavingProxy, type MisbehavingProxyKind } from '../support/misbehaving-proxy.ts';
import { startSocketServer } from '../support/misbehaving-sockets.ts';
import {
  startMisbehaving,
  type MisbehavingKind,
  type MisbehavingOptions,
} from '../support/misbehaving-server.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let requests: ComposedRequests;
let dns: DnsServer;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pcbridge-exit-'));
  const { ca } = await loopbackCertificates();
  await writeFile(join(directory, 'ca.pem'), ca);
  dns = await startDnsServer({
    'known.test': { a: ['127.0.0.1'] },
    'nx.test': 'nxDomain',
    'servfail.test': 'servFail',
    'refused.test': 'refused',
    'silent.test': 'silent',
    'empty.test': 'empty',
  });
  const resolverWith = (timeout: number) => {
    const resolver = new Resolver({ timeout, tries: 1 });
    resolver.setServers([dns.address]);
    return resolver;
  };
  const [patient, impatient] = [resolverWith(30_000), resolverWith(200)];
  const resolve: Resolve = async (host) => {
    if (isIP(host) !== 0) return [{ address: host, family: 4 }];
    const addresses = await (host === 'silent.test' ? impatient : patient).resolve4(host);
    return addresses.map((address) => ({ address, family: 4 }));
  };
  requests = testRequests(
    { BRIDGE_CA_FILE: join(directory, 'ca.pem'), BRIDGE_CERTIFICATES_DIR: directory },
    { resolve },
  );
});

afterAll(async () => {
  await requests.close();
  await dns.close();
  await rm(directory, { recursive: true, force: true });
});

type Ending = [exitPath: ExitPath, fault?: TransportFaultCode];

const isTimeout = ([, exitPath]: readonly [kind: string, ...ending: Ending]) => exitPath === 'Timeout';
const isOther = (one: readonly [kind: string, ...ending: Ending]) => !isTimeout(one);
/** The shortest that there is; what ends by itself may take its time on a busy machine. */
const SOON = { timeoutSeconds: 1 };
const IN_TIME = { timeoutSeconds: 30 };

async function endingAt(url: string, input: object = {}): Promise<Ending> {
  const { exitPath, fault, diagnosis } = await execute(requests, { url, ...IN_TIME, ...input });
  if (exitPath !== 'Success') {
    expect(diagnosis?.code).toMatch(/^[a-z0-9_]+$/);
    expect(diagnosis?.code).not.toBe('not_recognised');
    expect(diagnosis?.remedy).not.toBe('');
  }
  return fault === undefined ? [exitPath] : [exitPath, fault.fault];
}

async function endingOf(
  kind: MisbehavingKind,
  options: MisbehavingOptions = {},
  input: object = {},
): Promise<Ending> {
  const server = await startMisbehaving(kind, { intervalMs: 100, ...options });
  try {
    return await endingAt(`${server.url}/oauth/token`, input);
  } finally {
    await server.close();
  }
}

const HTTP_CASES: [kind: MisbehavingKind, ...ending: Ending][] = [
  ['token', 'Success'],
  ['earlyHints', 'Success'],
  ['refused', 'ConnectionFailure', 'connection_refused'],
  ['resetOnConnect', 'ConnectionFailure', 'connection_reset'],
  ['resetBeforeAnswer', 'ConnectionFailure', 'connection_reset'],
  ['closeBeforeAnswer', 'ConnectionFailure', 'connection_reset'],
  ['silent', 'Timeout', 'deadline'],
  ['slowHeaders', 'Timeout', 'deadline'],
  ['slowBody', 'Timeout', 'deadline'],
  ['resetInHeaders', 'Failure', 'answer_cut_off'],
  ['closeInHeaders', 'Failure', 'answer_cut_off'],
  ['resetInBody', 'Failure', 'answer_cut_off'],
  ['shortBody', 'Failure', 'answer_cut_off'],
  ['cutChunked', 'Failure', 'answer_cut_off'],
  ['redirect', 'Failure'],
  ['html', 'Failure'],
  ['emptyOk', 'Failure'],
  ['noContent', 'Failure'],
  ['truncatedJson', 'Failure'],
  ['noToken', 'Failure'],
  ['hugeBody', 'Failure', 'answer_too_large'],
  ['gzipBomb', 'Failure', 'answer_too_large'],
  ['oversizedHeaders', 'Failure', 'answer_too_large'],
  ['brokenGzip', 'Failure', 'answer_undecodable'],
  ['unknownEncoding', 'Failure', 'answer_undecodable'],
  ['garbage', 'Failure', 'answer_malformed'],
  ['badStatusLine', 'Failure', 'answer_malformed'],
  ['badHeader', 'Failure', 'answer_malformed'],
  ['badChunkSize', 'Failure', 'answer_malformed'],
  ['bothLengths', 'Failure', 'answer_cut_off'],
  ['unsolicitedUpgrade', 'Failure', 'answer_cut_off'],
];

describe('an http server', () => {
  test.each(HTTP_CASES.filter(isOther))('that shows %s ends as %s %s', async (kind, ...ending) => {
    expect(await endingOf(kind)).toEqual(ending);
  });

  test.concurrent.each(HTTP_CASES.filter(isTimeout))(
    'that shows %s ends as %s %s',
    async (kind, ...ending) => {
      expect(await endingOf(kind, {}, SOON)).toEqual(ending);
    },
  );
});

describe('an https server', () => {
  test.each(HTTP_CASES.filter(([kind]) => kind !== 'refused').filter(isOther))(
    'that shows %s ends as %s %s',
    async (kind, ...ending) => {
      expect(await endingOf(kind, { tls: true })).toEqual(ending);
    },
  );

  test.concurrent.each([...HTTP_CASES.filter(isTimeout), ['tlsSilent', 'Timeout', 'deadline'] as const])(
    'that shows %s ends as %s %s',
    async (kind, ...ending) => {
      // A kind that is about TLS has its own.
      expect(await endingOf(kind, { tls: true }, SOON)).toEqual(ending);
    },
  );

  test.each<[kind: MisbehavingKind, ...ending: Ending]>([
    ['tlsReset', 'ConnectionFailure', 'connection_reset'],
    ['tlsAlert', 'ConnectionFailure', 'tls_failed'],
    ['tlsSpokenPlain', 'ConnectionFailure', 'tls_failed'],
    ['clientCertificateTls13', 'ConnectionFailure', 'client_certificate_refused'],
    ['clientCertificateTls12', 'ConnectionFailure', 'tls_failed'],
  ])('whose handshake shows %s ends as %s %s', async (kind, ...ending) => {
    expect(await endingOf(kind)).toEqual(ending);
  });

  test('that asks for a client certificate is satisfied by the one named', async () => {
    const { client } = await loopbackCertificates();
    await writeFile(join(directory, 'client.pem'), `${client.certificate}\n${client.key}`, { mode: 0o600 });
    for (const kind of ['clientCertificateTls13', 'clientCertificateTls12'] as const) {
      const server = await startMisbehaving(kind);
      expect(await endingAt(server.url, { clientCertificate: 'client.pem' })).toEqual(['Success']);
      await server.close();
    }
  });

  test('case 24: sees nothing where the client certificate is missing', async () => {
    const server = await startMisbehaving('token', { tls: true });
    expect(await endingAt(server.url, { clientCertificate: 'nobody.pem' })).toEqual([
      'ConnectionFailure',
      'client_certificate_unusable',
    ]);
    expect(server.seen.connections).toBe(0);
    await server.close();
  });
});

describe('a resolver', () => {
  test.each<[host: string, ...ending: Ending]>([
    ['nx.test', 'UnknownHost', 'name_not_found'],
    ['empty.test', 'UnknownHost', 'name_not_found'],
    ['servfail.test', 'UnknownHost', 'name_server_failed'],
    ['refused.test', 'UnknownHost', 'name_server_failed'],
    ['silent.test', 'UnknownHost', 'name_server_failed'],
  ])('that fails for %s ends as %s %s', async (host, ...ending) => {
    expect(await endingAt(`https://${host}/oauth/token`)).toEqual(ending);
  });

  test('that knows the name leads to the server', async () => {
    const server = await startMisbehaving('token');
    expect(await endingAt(`http://known.test:${server.port}/`)).toEqual(['Success']);
    await server.close();
  });
});

describe('a forward proxy', () => {
  const TARGET = { https: 'https://known.test/oauth/token', http: 'http://known.test/oauth/token' };

  test.concurrent.each([
    ['stallBeforeAnswer', 'https'],
    ['stallAfterConnect', 'https'],
    ['stallBeforeAnswer', 'http'],
  ] as const)('that shows %s to an %s target ends as Timeout deadline', async (kind, scheme) => {
    const proxy = await startMisbehavingProxy(kind);
    const ending = await endingAt(TARGET[scheme], { proxyUri: proxy.url, ...SOON });
    expect(ending).toEqual(['Timeout', 'deadline']);
    await proxy.close();
  });

  test.each<[kind: MisbehavingProxyKind, ...ending: Ending]>([
    ['authenticationRequired', 'ConnectionFailure', 'proxy_authentication_required'],
    ['forbidden', 'ConnectionFailure', 'proxy_tunnel_refused'],
    ['badGateway', 'ConnectionFailure', 'proxy_tunnel_refused'],
    ['unavailable', 'ConnectionFailure', 'proxy_tunnel_refused'],
    ['gatewayTimeout', 'ConnectionFailure', 'proxy_tunnel_refused'],
    ['proxyStatusDnsError', 'UnknownHost', 'proxy_target_unknown'],
    ['squidDnsFail', 'UnknownHost', 'proxy_target_unknown'],
    ['reset', 'ConnectionFailure', 'connection_reset'],
    ['close', 'ConnectionFailure', 'connection_reset'],
    ['openThenReset', 'ConnectionFailure', 'connection_reset'],
  ])('that shows %s to an https target ends as %s %s', async (kind, ...ending) => {
    const proxy = await startMisbehavingProxy(kind);
    expect(await endingAt(TARGET.https, { proxyUri: proxy.url })).toEqual(ending);
    await proxy.close();
  });

  test('that speaks garbage is a connection that was never made', async () => {
    const proxy = await startMisbehavingProxy('garbage');
    expect((await endingAt(TARGET.https, { proxyUri: proxy.url }))[0]).toBe('ConnectionFailure');
    await proxy.close();
  });

  test.each<[kind: MisbehavingProxyKind, ...ending: Ending]>([
    ['authenticationRequired', 'Failure'],
    ['badGateway', 'Failure'],
    ['unavailable', 'Failure'],
    ['proxyStatusDnsError', 'UnknownHost', 'proxy_target_unknown'],
    ['squidDnsFail', 'UnknownHost', 'proxy_target_unknown'],
    ['reset', 'ConnectionFailure', 'connection_reset'],
    ['garbage', 'Failure', 'answer_malformed'],
  ])('that shows %s to an http target ends as %s %s', async (kind, ...ending) => {
    const proxy = await startMisbehavingProxy(kind);
    expect(await endingAt(TARGET.http, { proxyUri: proxy.url })).toEqual(ending);
    await proxy.close();
  });

  test('whose own name does not resolve is an unknown host', async () => {
    expect(await endingAt(TARGET.https, { proxyUri: 'http://nx.test:3128' })).toEqual([
      'UnknownHost',
      'name_not_found',
    ]);
  });

  test('whose own name does not resolve is told as that, and not as the target', async () => {
    const { diagnosis } = await execute(requests, { url: TARGET.https, proxyUri: 'http://nx.test:3128' });
    expect(diagnosis?.code).toBe('proxy_name_not_found');
  });

  test('that refuses connections is a connection failure', async () => {
    const closed = await startMisbehaving('refused');
    expect(await endingAt(TARGET.https, { proxyUri: closed.url })).toEqual([
      'ConnectionFailure',
      'connection_refused',
    ]);
    await closed.close();
  });

  test.each([
    ['http', false, false],
    ['http', true, false],
    ['https', false, false],
    ['https', true, false],
    ['http', true, true],
    ['https', true, true],
  ] as const)(
    'carries a request to an %s target (user info %s, TLS to the proxy %s)',
    async (scheme, withUser, tls) => {
      const target = await startMisbehaving('token', { tls: scheme === 'https' });
      const user = withUser ? { username: 'me@corp', password: 'p:a ss%/+ü' } : {};
      const proxy = await startForwardProxy({ ...user, tls, names: { 'known.test': '127.0.0.1' } });
      expect(await endingAt(`${target.url}/oauth/token`, { proxyUri: proxy.url })).toEqual(['Success']);
      expect(proxy.seen).toHaveLength(withUser ? proxy.seen.length : 1);
      expect(proxy.seen.at(-1)).toMatchObject({
        method: scheme === 'https' ? 'CONNECT' : 'POST',
        username: user.username ?? '',
        password: user.password ?? '',
      });
      expect(target.seen.requests[0]).not.toMatch(/proxy-authorization/i);
      await proxy.close();
      await target.close();
    },
  );

  test('with a wrong password says that it asks for one', async () => {
    const proxy = await startForwardProxy({ username: 'me', password: 'right' });
    const proxyUri = proxy.url.replace('right', 'wrong');
    expect(await endingAt(TARGET.https, { proxyUri })).toEqual([
      'ConnectionFailure',
      'proxy_authentication_required',
    ]);
    await proxy.close();
  });
});

test('case 13: an answer of a gigabyte leaves the memory flat', async () => {
  const server = await startMisbehaving('hugeBody');
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 5; round += 1)
    expect(await endingAt(server.url)).toEqual(['Failure', 'answer_too_large']);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  expect(server.seen.sentBytes).toBeLessThan(5 * 32 * 1024 * 1024);
  await server.close();
});

describe('what had come of an answer', () => {
  test('is shown beside the fault that ended it', async () => {
    const server = await startMisbehaving('unknownEncoding');
    const { fault, answer } = await execute(requests, { url: server.url });
    expect([fault?.fault, answer?.status, answer?.headers['content-encoding']]).toEqual([
      'answer_undecodable',
      200,
      'sdch',
    ]);
    await server.close();
  });

  test('is nothing where only an interim answer came', async () => {
    const server = await startSocketServer({
      onRequest: ({ socket }) => void socket.end('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'),
    });
    expect(await endingAt(server.url)).toEqual(['ConnectionFailure', 'connection_reset']);
    await server.close();
  });

  test('without a length is cut off where the connection does not end in order', async () => {
    const server = await startSocketServer({
      onRequest: ({ socket, reset }) =>
        void socket.write('HTTP/1.1 200 OK\r\n\r\n{"access_token":"whole"}', () => setTimeout(reset, 50)),
    });
    expect(await endingAt(server.url)).toEqual(['Failure', 'answer_cut_off']);
    await server.close();
  });
});
