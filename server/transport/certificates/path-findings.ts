/** Every fault of one certification path, each by its own rule and without regard to the others. Pure. */
import { checkServerIdentity } from 'node:tls';
import type { CertificateFault } from '../transport-error.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { weaknessOfKey, weaknessOfSignature } from './certificate-strength.ts';
import type { CertificationPath } from './certification-paths.ts';
import { findConstraintViolations } from './name-constraints.ts';
import { isRevoked } from './revocation-list.ts';
import type { RevocationList } from './revocation-list.ts';

/** One thing that is wrong. `fatal` is outside the four faults and is never forgiven. */
export interface CertificateFinding {
  fault: CertificateFault | 'fatal';
  /** What is wrong with which certificate, in a few plain words. */
  text: string;
}

export interface PathContext {
  host: string;
  now: Date;
  revocationLists: readonly RevocationList[];
}

export function findPathFindings(path: CertificationPath, context: PathContext): CertificateFinding[] {
  const { certificates } = path;
  return [
    ...endFindings(path),
    ...certificates.flatMap((certificate) => dateFindings(certificate, context.now)),
    ...nameFindings(certificates[0]!, context.host),
    ...certificates.flatMap((certificate, depth) =>
      depth === 0 ? leafUsageFindings(certificate) : issuerUsageFindings(certificate),
    ),
    ...[
      ...certificates.flatMap(encodingFaults),
      ...strengthFaults(path),
      ...pathLengthFaults(certificates),
      ...findConstraintViolations(certificates),
      ...certificates
        .filter((one, i) => isRevoked(one, issuerOf(path, i), context.revocationLists))
        .map((one) => `${one.label} is revoked`),
    ].map(fatal),
  ];
}

/** Undefined at the end of a path whose issuer is not at hand; a self-signed certificate is its own. */
function issuerOf({ certificates, end }: CertificationPath, depth: number): CertificateFacts | undefined {
  return certificates[depth + 1] ?? (end === 'issuerMissing' ? undefined : certificates[depth]);
}

function fatal(text: string): CertificateFinding {
  return { fault: 'fatal', text };
}

function endFindings({ certificates, end }: CertificationPath): CertificateFinding[] {
  const last = certificates.at(-1)!;
  const unknown = (text: string): CertificateFinding[] => [{ fault: 'unknownCertificateAuthority', text }];
  switch (end) {
    case 'anchor':
      return [];
    case 'badSignature':
      return [fatal(`bad signature on ${last.label}`)];
    case 'selfSigned':
      return unknown(`${last.label} is self-signed and not a known authority`);
    case 'issuerMissing':
      return unknown(`the authority that issued ${last.label} is not known`);
  }
}

function dateFindings({ x509, label }: CertificateFacts, now: Date): CertificateFinding[] {
  const finding = (text: string): CertificateFinding[] => [{ fault: 'invalidCertificateDate', text }];
  const { validFromDate: starts, validToDate: ends } = x509;
  if (Number.isNaN(starts.getTime()) || Number.isNaN(ends.getTime()))
    return [fatal(`the dates of ${label} cannot be read`)];
  if (now < starts) return finding(`${label} is not valid before ${starts.toISOString()}`);
  return now > ends ? finding(`${label} expired at ${ends.toISOString()}`) : [];
}

/** Node compares in ASCII, the form in which certificates carry internationalised names (RFC 5280 §7.2), and addresses without brackets. */
function nameFindings({ x509, label }: CertificateFacts, host: string): CertificateFinding[] {
  const problem = checkServerIdentity(host.replace(/^\[(.*)\]$/, '$1'), x509.toLegacyObject());
  return problem ? [{ fault: 'certificateNameMismatch', text: `${label} is not for ${host}` }] : [];
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** Server Gated Cryptography by its two makers: OpenSSL takes it for serverAuth, and old authorities still carry it. */
const SERVER_PURPOSES: ReadonlySet<string> = new Set([
  SERVER_AUTH,
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
]);
/** A TLS key signs, decrypts or agrees; OpenSSL asks for any one of the three. */
const SERVER_KEY_USES: ReadonlySet<string> = new Set(['digitalSignature', 'keyEncipherment', 'keyAgreement']);

function usage(text: string): CertificateFinding {
  return { fault: 'wrongCertificateUsage', text };
}

function purposeFindings({ extensions, label }: CertificateFacts): CertificateFinding[] {
  const purposes = extensions?.extendedKeyUsage;
  return purposes && !purposes.some((oid) => SERVER_PURPOSES.has(oid))
    ? [usage(`${label} is not for TLS servers`)]
    : [];
}

function leafUsageFindings(leaf: CertificateFacts): CertificateFinding[] {
  const uses = leaf.extensions?.keyUsage;
  const isUnfit = uses && !uses.some((use) => SERVER_KEY_USES.has(use));
  return [
    ...purposeFindings(leaf),
    ...(isUnfit ? [usage(`the key of ${leaf.label} may not be used for TLS`)] : []),
  ];
}

function issuerUsageFindings(issuer: CertificateFacts): CertificateFinding[] {
  const findings = purposeFindings(issuer);
  if (!issuer.extensions) return findings;
  // Version 1 has no extensions to say it with; OpenSSL takes such a certificate for an authority where it signs itself.
  const isOldRoot = issuer.extensions.version < 3 && issuer.isSelfIssued;
  if (!isOldRoot && !issuer.extensions.basicConstraints?.isAuthority)
    findings.push(usage(`${issuer.label} is not a certificate authority`));
  if (!maySignCertificates(issuer))
    findings.push(usage(`the key of ${issuer.label} may not sign certificates`));
  return findings;
}

export function maySignCertificates({ extensions }: CertificateFacts): boolean {
  return extensions?.keyUsage?.includes('keyCertSign') ?? true;
}

function encodingFaults({ broken, extensions, label }: CertificateFacts): string[] {
  if (broken !== undefined) return [`${label} is not encoded correctly`];
  return (extensions?.unknownCritical ?? []).map(
    (oid) => `${label} has the unknown critical extension ${oid}`,
  );
}

function strengthFaults({ certificates, end }: CertificationPath): string[] {
  return certificates.flatMap((certificate, depth) => {
    const isAnchor = end === 'anchor' && depth === certificates.length - 1;
    const weaknesses = [keyWeakness(certificate), isAnchor ? undefined : weaknessOfSignature(certificate)];
    return weaknesses
      .filter((text) => text !== undefined)
      .map((text) => `${certificate.label} is too weak: ${text}`);
  });
}

function keyWeakness({ x509 }: CertificateFacts): string | undefined {
  try {
    return weaknessOfKey(x509.publicKey);
  } catch {
    return 'its key cannot be read';
  }
}

/** Certificates that an authority issues to itself, to change its key, do not count (RFC 5280 §4.2.1.9). */
function pathLengthFaults(certificates: readonly CertificateFacts[]): string[] {
  return certificates.flatMap((issuer, depth) => {
    const limit = depth === 0 ? undefined : issuer.extensions?.basicConstraints?.pathLength;
    const below = certificates.slice(1, depth).filter((certificate) => !certificate.isSelfIssued).length;
    return limit !== undefined && below > limit
      ? [`${issuer.label} allows ${limit} authorities below it, not ${below}`]
      : [];
  });
}
