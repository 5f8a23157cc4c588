import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { createTrustStore } from '../../../server/transport/certificates/trust-store.ts';
import { verifyPeer } from '../../../server/transport/certificates/verify-peer.ts';
import { CLIENT_AUTH, joinPem, makeAuthority, makeSelfSigned } from '../../support/certificates.ts';
import { startCountingTlsServer } from '../../support/faulty-tls-servers.ts';
import type { CountingTlsServer } from '../../support/faulty-tls-servers.ts';
import { dial } from './dial.ts';
import type { DialOptions } from './dial.ts';

const servers: CountingTlsServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serve(options: TlsOptions): Promise<CountingTlsServer> {
  const server = await startCountingTlsServer(options);
  servers.push(server);
  return server;
}

async function dialOnce(
  chain: { chainPem: string; keyPem: string },
  caPem: string,
  options: Partial<DialOptions> = {},
) {
  const { port } = await serve({ cert: chain.chainPem, key: chain.keyPem });
  return dial({ port, trust: createTrustStore({ roots: [], extraPem: caPem }), ...options });
}

const OK = { statusLine: 'HTTP/1.1 200 OK' };

describe('verifyPeer', () => {
  test('names all of several faults and forgives none of them for the other', async () => {
    const authority = await makeAuthority();
    const leaf = await authority.issue({ dnsNames: ['elsewhere.test'], startsInDays: -20, endsInDays: -3 });
    const { refusal } = await dialOnce(leaf, (await makeAuthority({ name: 'Another Root' })).certPem, {
      forgiven: ['certificateNameMismatch'],
    });
    expect(refusal?.details).toMatchObject({
      faults: ['unknownCertificateAuthority', 'certificateNameMismatch', 'invalidCertificateDate'],
      unforgiven: ['unknownCertificateAuthority', 'invalidCertificateDate'],
    });
    expect(refusal?.message).toMatch(
      /The certificate of localhost is refused: .*not known; CN=leaf expired at/,
    );
    expect(refusal?.message).not.toMatch(/elsewhere/);
  });

  test('finds a fault beside a client certificate that the server takes', async () => {
    const authority = await makeAuthority();
    const leaf = await authority.issue({ startsInDays: -20, endsInDays: -3 });
    const client = await authority.issue({ subject: 'client', extendedKeyUsage: [CLIENT_AUTH] });
    const server = await serve({
      cert: leaf.chainPem,
      key: leaf.keyPem,
      ca: authority.certPem,
      requestCert: true,
    });
    const trust = createTrustStore({ roots: [], extraPem: authority.certPem });
    const tls = {
      secureContext: undefined,
      ...trust.secureContextOptions(),
      cert: client.certPem,
      key: client.keyPem,
    };
    const { refusal } = await dial({ port: server.port, trust, tls });
    await server.settled();
    expect(refusal?.details.unforgiven).toEqual(['invalidCertificateDate']);
    expect(server.applicationBytes()).toBe(0);
    expect(await dial({ port: server.port, trust, tls, forgiven: ['invalidCertificateDate'] })).toEqual(OK);
    expect(server.clientNames()).toEqual(expect.arrayContaining(['CN=client']));
  });

  test('refuses a resumed session, which shows no certificate', async () => {
    const authority = await makeAuthority();
    const leaf = await authority.issue();
    const { port } = await serve({ cert: leaf.chainPem, key: leaf.keyPem, maxVersion: 'TLSv1.2' });
    const trust = createTrustStore({ roots: [], extraPem: authority.certPem });
    const first = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      secureContext: trust.secureContext(),
    });
    await once(first, 'secureConnect');
    const session = first.getSession();
    first.destroy();
    const { refusal } = await dial({ port, trust, tls: { session: session! } });
    expect(refusal?.details.fatal).toBe('the session was resumed');
  });

  test('refuses to judge the same socket twice, since its certificates are gone', async () => {
    const authority = await makeAuthority();
    const leaf = await authority.issue();
    const { port } = await serve({ cert: leaf.chainPem, key: leaf.keyPem });
    const trust = createTrustStore({ roots: [], extraPem: authority.certPem });
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      secureContext: trust.secureContext(),
    });
    await once(socket, 'secureConnect');
    expect(verifyPeer(socket, 'localhost', trust, new Set(), new Date())).toBeUndefined();
    expect(verifyPeer(socket, 'localhost', trust, new Set(), new Date())?.details.fatal).toBe(
      'the server showed no certificate',
    );
    socket.destroy();
  });
});

describe('hosts', () => {
  test.each([
    { name: 'an IPv4 address', leaf: { ipAddresses: ['127.0.0.1'] }, host: '127.0.0.1', fits: true },
    { name: 'an IPv6 address in brackets', leaf: { ipAddresses: ['::1'] }, host: '[::1]', fits: true },
    {
      name: 'an IPv6 address written otherwise',
      leaf: { ipAddresses: ['::1'] },
      host: '0:0:0:0:0:0:0:1',
      fits: true,
    },
    { name: 'another IP address', leaf: { ipAddresses: ['127.0.0.2'] }, host: '127.0.0.1', fits: false },
    {
      name: 'an IP address as a DNS name',
      leaf: { dnsNames: ['127.0.0.1'] },
      host: '127.0.0.1',
      fits: false,
    },
    {
      name: 'an IP address as a common name',
      leaf: { subject: '127.0.0.1', dnsNames: [] },
      host: '127.0.0.1',
      fits: false,
    },
    {
      name: 'an internationalised name',
      leaf: { dnsNames: ['xn--bcher-kva.example'] },
      host: 'bücher.example',
      fits: true,
    },
    {
      name: 'its ASCII form',
      leaf: { dnsNames: ['xn--bcher-kva.example'] },
      host: 'xn--bcher-kva.example',
      fits: true,
    },
    { name: 'other case', leaf: { dnsNames: ['login.example'] }, host: 'LOGIN.example', fits: true },
    { name: 'a wildcard', leaf: { dnsNames: ['*.example.com'] }, host: 'login.example.com', fits: true },
    {
      name: 'a wildcard two labels deep',
      leaf: { dnsNames: ['*.example.com'] },
      host: 'a.login.example.com',
      fits: false,
    },
    { name: 'no name at all', leaf: { dnsNames: ['login.example'] }, host: '', fits: false },
    {
      name: 'a common name beside other DNS names',
      leaf: { subject: 'a.example', dnsNames: ['b.example'] },
      host: 'a.example',
      fits: false,
    },
  ])('$name: $fits', async ({ leaf, host, fits }) => {
    const authority = await makeAuthority();
    const dialled = await dialOnce(await authority.issue(leaf), authority.certPem, {
      host,
      tls: { servername: '' },
    });
    if (fits) expect(dialled).toEqual(OK);
    else expect(dialled.refusal?.details.faults).toEqual(['certificateNameMismatch']);
  });
});

describe('trust', () => {
  test('takes an intermediate of the CA file for an anchor', async () => {
    const intermediate = await (await makeAuthority()).authority();
    expect(await dialOnce(await intermediate.issue(), intermediate.certPem)).toEqual(OK);
  });

  test('takes an intermediate of the CA file where the server leaves it out', async () => {
    const intermediate = await (await makeAuthority()).authority();
    const leaf = await intermediate.issue();
    expect(await dialOnce({ ...leaf, chainPem: leaf.certPem }, intermediate.certPem)).toEqual(OK);
  });

  test("takes the server's own certificate of the CA file", async () => {
    const leaf = await makeSelfSigned();
    expect(await dialOnce(leaf, leaf.certPem)).toEqual(OK);
  });

  test('does not know an authority whose intermediate is left out', async () => {
    const root = await makeAuthority();
    const leaf = await (await root.authority()).issue();
    const { refusal } = await dialOnce({ ...leaf, chainPem: leaf.certPem }, root.certPem);
    expect(refusal?.details.faults).toEqual(['unknownCertificateAuthority']);
  });

  test('does not know a self-signed certificate, nor a root that the server sends itself', async () => {
    const other = (await makeAuthority({ name: 'Another Root' })).certPem;
    const root = await makeAuthority();
    const leaf = await root.issue();
    for (const chain of [
      await makeSelfSigned(),
      { ...leaf, chainPem: joinPem(leaf.certPem, root.certPem) },
    ]) {
      expect((await dialOnce(chain, other)).refusal?.details.faults).toEqual(['unknownCertificateAuthority']);
      expect(await dialOnce(chain, other, { forgiven: ['unknownCertificateAuthority'] })).toEqual(OK);
    }
  });

  test('finds its way through certificates in the wrong order and strangers among them', async () => {
    const root = await makeAuthority();
    const upper = await root.authority({ name: 'Upper' });
    const lower = await upper.authority({ name: 'Lower' });
    const leaf = await lower.issue();
    const stranger = await makeAuthority({ name: 'Stranger' });
    const chainPem = joinPem(leaf.certPem, stranger.certPem, upper.certPem, root.certPem, lower.certPem);
    expect(await dialOnce({ ...leaf, chainPem }, root.certPem)).toEqual(OK);
  });

  test('is not stopped by revocation lists that name others', async () => {
    const root = await makeAuthority();
    const leaf = await root.issue();
    const namesake = await makeAuthority();
    const lists = [
      await root.revoke(['77']),
      await root.revoke(['77'], { endsInDays: -1 }),
      await namesake.revoke([leaf.serialNumber]),
    ];
    expect(await dialOnce(leaf, joinPem(root.certPem, ...lists))).toEqual(OK);
  });

  test('does not take the revocation list of another issuer for that of one that is missing', async () => {
    const intermediate = await (await makeAuthority()).authority();
    const leaf = await intermediate.issue();
    const other = await makeAuthority({ name: 'Another Root' });
    const caPem = joinPem(other.certPem, await other.revoke([leaf.serialNumber]));
    const forgiven = ['unknownCertificateAuthority'] as const;
    expect(await dialOnce({ ...leaf, chainPem: leaf.certPem }, caPem, { forgiven })).toEqual(OK);
  });
});
