/** All that is wrong with the certificates that a server sent, not only what stops OpenSSL. Pure: the clock and the trust come in. */
import { CERTIFICATE_FAULTS } from '../transport-error.ts';
import type { CertificateFault } from '../transport-error.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { findCertificationPaths } from './certification-paths.ts';
import type { AnchorIndex, CertificationPath } from './certification-paths.ts';
import { unexplainedVerdict } from './openssl-verdict.ts';
import { findPathFindings } from './path-findings.ts';
import type { CertificateFinding } from './path-findings.ts';
import type { RevocationList } from './revocation-list.ts';

export interface CertificateEvidence {
  /** As the server sent them, its own first. */
  chain: readonly CertificateFacts[];
  /** Name or address that was dialled. */
  host: string;
  trust: AnchorIndex & { revocationLists: readonly RevocationList[] };
  now: Date;
  /** Code of `authorizationError`; undefined where OpenSSL found nothing. */
  opensslError?: string | undefined;
}

export interface CertificateVerdict {
  /** Each of the four at most once, in the order of CERTIFICATE_FAULTS. */
  faults: readonly CertificateFault[];
  findings: readonly CertificateFinding[];
}

interface JudgedPath {
  path: CertificationPath;
  findings: readonly CertificateFinding[];
}

/**
 * Judges every path that the sent certificates allow and answers for the best: without fatal findings before with, fewer faults before
 * more, anchored before not. The choice does not depend on what is forgiven, so that the same chain always has the same faults.
 */
export function findCertificateFaults({
  chain,
  host,
  trust,
  now,
  opensslError,
}: CertificateEvidence): CertificateVerdict {
  if (chain.length === 0) return verdict([{ fault: 'fatal', text: 'the server showed no certificate' }]);
  const context = { host, now, revocationLists: trust.revocationLists };
  const judged = findCertificationPaths(chain, trust).map((path) => ({
    path,
    findings: findPathFindings(path, context),
  }));
  const best = judged.toSorted((a, b) => badness(a) - badness(b))[0];
  if (!best)
    return verdict([{ fault: 'fatal', text: 'the server sent more certificates than can be followed' }]);
  return verdict([...best.findings, ...unexplainedVerdict(opensslError, best.findings, best.path)]);
}

function badness({ path, findings }: JudgedPath): number {
  const isFatal = findings.some(({ fault }) => fault === 'fatal');
  return (isFatal ? 100 : 0) + faultsOf(findings).length * 10 + (path.end === 'anchor' ? 0 : 1);
}

function verdict(findings: readonly CertificateFinding[]): CertificateVerdict {
  return { faults: faultsOf(findings), findings };
}

function faultsOf(findings: readonly CertificateFinding[]): CertificateFault[] {
  return CERTIFICATE_FAULTS.filter((fault) => findings.some((finding) => finding.fault === fault));
}
