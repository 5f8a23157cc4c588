import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { CertificateFacts } from '../../../server/transport/certificates/certificate-facts.ts';
import { CertificateFileError } from '../../../server/transport/certificates/pem-blocks.ts';
import { createTrustStore } from '../../../server/transport/certificates/trust-store.ts';
import { makeAuthority } from '../../support/certificates.ts';

const factsOf = (pem: string) => new CertificateFacts(new X509Certificate(pem));

describe('createTrustStore', () => {
  test("trusts Node's own roots and reads every one of them", () => {
    const trust = createTrustStore();
    const roots = getCACertificates('default').map(factsOf);
    expect(roots.filter((root) => !trust.isAnchor(root) || root.broken !== undefined)).toEqual([]);
    expect(trust.secureContextOptions()).toEqual({ allowPartialTrustChain: true });
  });

  test('trusts the file beside them, with text between its blocks', async () => {
    const authority = await makeAuthority();
    const trust = createTrustStore({
      extraPem: `Issuer: CN=Test Root\r\n${authority.certPem}\nand a list\n${await authority.revoke(['1'])}`,
    });
    expect(trust.isAnchor(factsOf(authority.certPem))).toBe(true);
    expect(trust.isAnchor(factsOf((await makeAuthority()).certPem))).toBe(false);
    expect(trust.revocationLists).toHaveLength(1);
    expect(trust.secureContextOptions().ca).toHaveLength(getCACertificates('default').length + 1);
  });

  test('makes the plain secure context once', () => {
    const trust = createTrustStore();
    expect(trust.secureContext()).toBe(trust.secureContext());
  });
});

describe('a CA file that cannot be used is refused by name and with what to do', () => {
  let directory: string;
  let authorityPem: string;
  let keyPem: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ca-file-'));
    ({ certPem: authorityPem, keyPem } = await makeAuthority());
  });
  afterAll(() => rm(directory, { recursive: true }));

  test.each([
    { name: 'empty', content: () => '', says: /holds no certificate/ },
    { name: 'prose', content: () => 'hello', says: /holds no certificate/ },
    { name: 'cut off', content: () => authorityPem + authorityPem.slice(0, 300), says: /cut off or damaged/ },
    {
      name: 'not Base64',
      content: () => authorityPem.replace('M', '*'),
      says: /block 1 \(CERTIFICATE\) is not Base64/,
    },
    {
      name: 'a key',
      content: () => authorityPem + keyPem,
      says: /block 2 \(PRIVATE KEY\) is not an authority.*take it out/,
    },
    {
      name: 'garbage in PEM',
      content: () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      says: /block 1 \(CERTIFICATE\) is not a certificate that can be read/,
    },
    {
      name: 'a garbled revocation list',
      content: () => '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----',
      says: /is not a revocation list that can be read/,
    },
  ])('$name', async ({ content, says }) => {
    const path = join(directory, 'ca.pem');
    await writeFile(path, content());
    const create = () => createTrustStore({ caFile: path });
    expect(create).toThrow(CertificateFileError);
    expect(create).toThrow(says);
    expect(create).toThrow(`BRIDGE_CA_FILE ${path}`);
    expect(create).not.toThrow(keyPem.split('\n')[1]!);
  });

  test('missing', () => {
    expect(() => createTrustStore({ caFile: join(directory, 'none.pem') })).toThrow(
      /cannot be read \(ENOENT\)/,
    );
  });
});
