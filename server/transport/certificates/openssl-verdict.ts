/** OpenSSL's own verdict as a second opinion: what it refused must be among our findings. Pure. */
import type { CertificateFault } from '../transport-error.ts';
import type { CertificationPath } from './certification-paths.ts';
import { hasUncheckedConstraints } from './name-constraints.ts';
import { maySignCertificates } from './path-findings.ts';
import type { CertificateFinding } from './path-findings.ts';

/**
 * Code of Node's `authorizationError` -> the fault that it means. A code that is not here is never forgiven.
 * @see https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes
 */
const FAULT_OF_CODE: Readonly<Record<string, CertificateFault>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'unknownCertificateAuthority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknownCertificateAuthority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknownCertificateAuthority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknownCertificateAuthority',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknownCertificateAuthority',
  CERT_UNTRUSTED: 'unknownCertificateAuthority',
  CERT_HAS_EXPIRED: 'invalidCertificateDate',
  CERT_NOT_YET_VALID: 'invalidCertificateDate',
  INVALID_CA: 'wrongCertificateUsage',
  INVALID_PURPOSE: 'wrongCertificateUsage',
  HOSTNAME_MISMATCH: 'certificateNameMismatch',
};

/**
 * Not OpenSSL's: Node compared the name, and where the target is an address or stands behind a proxy it may have compared another one
 * (`localhost`, for want of a better). The name that was dialled has been checked by the same function.
 */
const NAME_BY_NODE = 'ERR_TLS_CERT_ALTNAME_INVALID';

/**
 * What OpenSSL's verdict adds to the findings of the path; empty where they explain it.
 * OpenSSL tells only its last fault, and Node gives a name to the older ones alone: the rest, name constraints and an authority whose
 * key may not sign certificates among them, are all `UNSPECIFIED`. The second of these two explains it only where no constraint of the
 * path is left that could be the other.
 */
export function unexplainedVerdict(
  opensslError: string | undefined,
  findings: readonly CertificateFinding[],
  { certificates }: CertificationPath,
): CertificateFinding[] {
  if (opensslError === undefined || opensslError === NAME_BY_NODE) return [];
  const fault = FAULT_OF_CODE[opensslError];
  const text = `OpenSSL refused the certificate (${opensslError})`;
  if (fault) return findings.some((finding) => finding.fault === fault) ? [] : [{ fault, text }];
  if (findings.some((finding) => finding.fault === 'fatal')) return [];
  const signsUnasked = certificates.slice(1).some((issuer) => !maySignCertificates(issuer));
  const isExplained =
    opensslError === 'UNSPECIFIED' && signsUnasked && !hasUncheckedConstraints(certificates);
  return isExplained ? [] : [{ fault: 'fatal', text }];
}
