import { describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { CertificateFacts } from '../../../server/transport/certificates/certificate-facts.ts';
import { findCertificateFaults } from '../../../server/transport/certificates/find-certificate-faults.ts';
import { createAnchorIndex } from '../../../server/transport/certificates/trust-store.ts';
import { makeAuthority, makeSelfSigned } from '../../support/certificates.ts';

const factsOf = (pem: string) => new CertificateFacts(new X509Certificate(pem));

function judge(
  sent: readonly string[],
  anchors: readonly string[],
  more: { opensslError?: string; now?: Date } = {},
) {
  const trust = { ...createAnchorIndex(anchors.map(factsOf)), revocationLists: [] };
  const { faults, findings } = findCertificateFaults({
    chain: sent.map(factsOf),
    host: 'localhost',
    trust,
    now: new Date(),
    ...more,
  });
  return { faults, fatal: findings.filter(({ fault }) => fault === 'fatal').map(({ text }) => text) };
}

const NOTHING = { faults: [], fatal: [] };

describe('paths', () => {
  test('takes the sound one of two paths, whichever certificate comes first', async () => {
    const [old, root] = [
      await makeAuthority({ name: 'Old Root', endsInDays: -0.5 }),
      await makeAuthority({ name: 'Root' }),
    ];
    const issuer = await root.authority({ name: 'Issuer' });
    const leaf = await issuer.issue();
    const expiredTwin = await old.crossSign(issuer);
    for (const sent of [
      [leaf.certPem, expiredTwin, issuer.certPem],
      [leaf.certPem, issuer.certPem, expiredTwin],
    ]) {
      expect(judge(sent, [old.certPem, root.certPem])).toEqual(NOTHING);
    }
  });

  test('gives up on a list made to be searched without end', async () => {
    const root = await makeAuthority();
    const twins = await Promise.all(Array.from({ length: 30 }, () => root.crossSign(root)));
    const leaf = await root.issue();
    const { faults, fatal } = judge([leaf.certPem, ...twins], []);
    expect(faults.length + fatal.length).toBeGreaterThan(0);
  });

  test('has something fatal to say of no certificate at all', () => {
    expect(judge([], []).fatal).toEqual(['the server showed no certificate']);
  });
});

describe('dates', () => {
  test.each([
    { days: -1.5, faults: ['invalidCertificateDate'] },
    { days: -0.5, faults: [] },
    { days: 29.5, faults: [] },
    { days: 30.5, faults: ['invalidCertificateDate'] },
  ])('are judged by the clock that comes in: $days days from now', async ({ days, faults }) => {
    const root = await makeAuthority({ startsInDays: -100, endsInDays: 100 });
    const leaf = await root.issue();
    expect(judge([leaf.certPem], [root.certPem], { now: new Date(Date.now() + days * 86_400_000) })).toEqual({
      faults,
      fatal: [],
    });
  });
});

describe('strength', () => {
  test.each([
    {
      name: 'RSA key of 1024 bits',
      leaf: { key: 'rsa1024' as const },
      fatal: ['CN=leaf is too weak: key of 1024 bits'],
    },
    { name: 'RSA key of 2048 bits', leaf: { key: 'rsa2048' as const }, fatal: [] },
    {
      name: 'SHA-1 signature',
      leaf: { digest: 'SHA-1' as const },
      fatal: [expect.stringMatching(/^CN=leaf is too weak: signature by/)],
    },
  ])('$name', async ({ leaf, fatal }) => {
    const root = await makeAuthority();
    expect(judge([(await root.issue(leaf)).certPem], [root.certPem])).toEqual({ faults: [], fatal });
  });

  test.each(['rsa2048', 'rsaPss2048'] as const)('weighs the digest of signatures by %s', async (key) => {
    const [strong, weak] = [await makeAuthority({ key }), await makeAuthority({ key, keyDigest: 'SHA-1' })];
    expect(judge([(await strong.issue()).certPem], [strong.certPem])).toEqual(NOTHING);
    const { fatal } = judge([(await weak.issue()).certPem], [weak.certPem]);
    expect(fatal).toEqual([expect.stringMatching(/^CN=leaf is too weak: signature by/)]);
  });

  test('does not ask about the signature of an anchor by itself', async () => {
    const root = await makeAuthority({ digest: 'SHA-1' });
    expect(judge([(await root.issue()).certPem], [root.certPem])).toEqual(NOTHING);
  });
});

describe("OpenSSL's verdict", () => {
  test.each([
    { opensslError: 'CERT_HAS_EXPIRED', faults: ['invalidCertificateDate'], fatal: 0 },
    { opensslError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', faults: ['unknownCertificateAuthority'], fatal: 0 },
    { opensslError: 'INVALID_PURPOSE', faults: ['wrongCertificateUsage'], fatal: 0 },
    { opensslError: 'HOSTNAME_MISMATCH', faults: ['certificateNameMismatch'], fatal: 0 },
    { opensslError: 'UNSPECIFIED', faults: [], fatal: 1 },
    { opensslError: 'CERT_REVOKED', faults: [], fatal: 1 },
    { opensslError: 'A_CODE_OF_THE_FUTURE', faults: [], fatal: 1 },
  ])('$opensslError counts where we found nothing', async ({ opensslError, faults, fatal }) => {
    const root = await makeAuthority();
    const verdict = judge([(await root.issue()).certPem], [root.certPem], { opensslError });
    expect(verdict.faults).toEqual(faults);
    expect(verdict.fatal).toHaveLength(fatal);
  });

  test("does not hear Node's opinion on a name that may not be the one dialled", async () => {
    const root = await makeAuthority();
    const leaf = await root.issue();
    expect(judge([leaf.certPem], [root.certPem], { opensslError: 'ERR_TLS_CERT_ALTNAME_INVALID' })).toEqual(
      NOTHING,
    );
  });

  test('is not counted twice where our finding explains it', async () => {
    const leaf = await makeSelfSigned();
    expect(judge([leaf.certPem], [], { opensslError: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toEqual({
      faults: ['unknownCertificateAuthority'],
      fatal: [],
    });
  });
});
