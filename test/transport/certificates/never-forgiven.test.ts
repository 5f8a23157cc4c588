/** What no flag forgives: every test dials, or judges, with all four exceptions on. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createTrustStore } from '../../../server/transport/certificates/trust-store.ts';
import { CERTIFICATE_FAULTS } from '../../../server/transport/transport-error.ts';
import { joinPem, makeAuthority, makeSelfSigned } from '../../support/certificates.ts';
import type { IssuedCertificate } from '../../support/certificates.ts';
import { startCountingTlsServer } from '../../support/faulty-tls-servers.ts';
import type { CountingTlsServer } from '../../support/faulty-tls-servers.ts';
import { dial } from './dial.ts';

interface Scene {
  server: IssuedCertificate;
  caPem: string;
  host?: string;
}

/** Fault, scene, and what is said of it. */
const SCENES: readonly { name: string; make: () => Promise<Scene>; says: RegExp }[] = [
  {
    name: 'a bad signature on the server certificate',
    make: async () => {
      const root = await makeAuthority();
      return { server: await root.issue({ badSignature: true }), caPem: root.certPem };
    },
    says: /bad signature on CN=leaf/,
  },
  {
    name: 'a bad signature on an intermediate',
    make: async () => {
      const root = await makeAuthority();
      const below = await root.authority({ badSignature: true });
      return { server: await below.issue(), caPem: root.certPem };
    },
    says: /bad signature on CN=Test Intermediate/,
  },
  {
    name: 'a bad signature under an authority that is not known either',
    make: async () => {
      const below = await (await makeAuthority()).authority();
      return {
        server: await below.issue({ badSignature: true }),
        caPem: (await makeAuthority({ name: 'Another Root' })).certPem,
      };
    },
    says: /bad signature on CN=leaf/,
  },
  {
    name: 'a bad signature of a certificate by itself',
    make: async () => ({
      server: await makeSelfSigned({ badSignature: true }),
      caPem: (await makeAuthority()).certPem,
    }),
    says: /bad signature on CN=leaf/,
  },
  {
    name: 'a signature by another authority that bears the name of a trusted one',
    make: async () => {
      const impostor = await makeAuthority({ keyIdentifiers: false });
      return {
        server: await impostor.issue({ keyIdentifiers: false }),
        caPem: (await makeAuthority()).certPem,
      };
    },
    says: /bad signature on CN=leaf/,
  },
  {
    name: 'a revoked server certificate',
    make: async () => {
      const root = await makeAuthority();
      const below = await root.authority();
      const server = await below.issue();
      return { server, caPem: joinPem(root.certPem, await below.revoke([server.serialNumber])) };
    },
    says: /CN=leaf is revoked/,
  },
  {
    name: 'a revoked intermediate',
    make: async () => {
      const root = await makeAuthority();
      const below = await root.authority();
      return {
        server: await below.issue(),
        caPem: joinPem(root.certPem, await root.revoke([below.serialNumber])),
      };
    },
    says: /CN=Test Intermediate is revoked/,
  },
  {
    name: 'a certificate on a revocation list whose own time is over',
    make: async () => {
      const root = await makeAuthority();
      const server = await root.issue();
      return {
        server,
        caPem: joinPem(root.certPem, await root.revoke([server.serialNumber], { endsInDays: -2 })),
      };
    },
    says: /CN=leaf is revoked/,
  },
  {
    name: 'a revoked certificate whose issuer the server leaves out',
    make: async () => {
      const root = await makeAuthority();
      const below = await root.authority();
      const server = await below.issue();
      return {
        server: { ...server, chainPem: server.certPem },
        caPem: joinPem(root.certPem, await below.revoke([server.serialNumber])),
      };
    },
    says: /CN=leaf is revoked/,
  },
  {
    name: 'more authorities than one of them allows',
    make: async () => {
      const root = await makeAuthority({ pathLength: 0 });
      return { server: await (await root.authority()).issue(), caPem: root.certPem };
    },
    says: /CN=Test Root allows 0 authorities below it, not 1/,
  },
  {
    name: 'an unknown critical extension',
    make: async () => {
      const root = await makeAuthority();
      const extension = { oid: '1.3.6.1.4.1.99999.1', critical: true, der: new Uint8Array([5, 0]) };
      return { server: await root.issue({ extensions: [extension] }), caPem: root.certPem };
    },
    says: /unknown critical extension 1\.3\.6\.1\.4\.1\.99999\.1/,
  },
  {
    name: 'a SHA-1 signature',
    make: async () => {
      const root = await makeAuthority();
      return { server: await (await root.authority({ digest: 'SHA-1' })).issue(), caPem: root.certPem };
    },
    says: /CN=Test Intermediate is too weak: signature by/,
  },
  {
    name: 'an RSA key of 1024 bits in an authority',
    make: async () => {
      const root = await makeAuthority();
      return { server: await (await root.authority({ key: 'rsa1024' })).issue(), caPem: root.certPem };
    },
    says: /CN=Test Intermediate is too weak: key of 1024 bits/,
  },
  {
    name: 'an extension that stands there twice',
    make: async () => {
      const root = await makeAuthority();
      const der = new Uint8Array([0x30, 0]);
      return {
        server: await root.issue({
          extensions: [1, 2].map(() => ({ oid: '1.2.3.4', critical: false, der })),
        }),
        caPem: root.certPem,
      };
    },
    says: /CN=leaf is not encoded correctly/,
  },
  {
    name: 'a key usage that is no bit string',
    make: async () => {
      const root = await makeAuthority();
      const broken = { oid: '2.5.29.15', critical: true, der: new Uint8Array([0x04, 0x01, 0x00]) };
      return { server: await root.issue({ keyUsage: null, extensions: [broken] }), caPem: root.certPem };
    },
    says: /CN=leaf is not encoded correctly/,
  },
  {
    name: 'a name that the authority may not vouch for',
    make: async () => {
      const root = await makeAuthority();
      return {
        server: await (await root.authority({ permittedDnsNames: ['example.com'] })).issue(),
        caPem: root.certPem,
      };
    },
    says: /CN=Test Intermediate may not vouch for localhost/,
  },
  {
    name: 'a name that the authority is barred from',
    make: async () => {
      const root = await makeAuthority({ excludedDnsNames: ['localhost'] });
      return { server: await root.issue(), caPem: root.certPem };
    },
    says: /CN=Test Root may not vouch for localhost/,
  },
  {
    name: 'a constraint on a form of name that only OpenSSL checks',
    make: async () => {
      const root = await makeAuthority({ permittedEmails: ['example.com'] });
      return { server: await root.issue({ emailAddresses: ['a@elsewhere.test'] }), caPem: root.certPem };
    },
    says: /OpenSSL refused the certificate \(UNSPECIFIED\)/,
  },
  {
    name: 'such a constraint behind one fault of each forgivable kind',
    make: async () => {
      const root = await makeAuthority({ permittedEmails: ['example.com'], keyUsage: ['digitalSignature'] });
      const server = await root.issue({
        emailAddresses: ['a@elsewhere.test'],
        dnsNames: ['elsewhere.test'],
        endsInDays: -0.5,
      });
      return {
        server: { ...server, chainPem: joinPem(server.certPem, root.certPem) },
        caPem: (await makeAuthority({ name: 'Another Root' })).certPem,
      };
    },
    says: /OpenSSL refused the certificate \(UNSPECIFIED\)/,
  },
];

describe('is refused with every exception on', () => {
  let server: CountingTlsServer | undefined;
  afterEach(() => server?.close());

  test.each(SCENES)('$name', async ({ make, says }) => {
    const scene = await make();
    server = await startCountingTlsServer({
      cert: scene.server.chainPem,
      key: scene.server.keyPem,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    const trust = createTrustStore({ roots: [], extraPem: scene.caPem });
    const { refusal } = await dial({ port: server.port, trust, forgiven: CERTIFICATE_FAULTS });
    await server.settled();
    expect(refusal?.fault).toBe('certificate_refused');
    expect(refusal?.details.fatal).toMatch(says);
    expect(server.applicationBytes()).toBe(0);
  });
});
