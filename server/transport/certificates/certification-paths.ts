/** Finds the ways from a server's certificate to a trust anchor. Pure: it looks at names, key identifiers and signatures alone, judges nothing else. */
import { foldSerial } from './certificate-facts.ts';
import type { CertificateFacts } from './certificate-facts.ts';

/** Where anchors are looked up; a trust store is one. */
export interface AnchorIndex {
  isAnchor(certificate: CertificateFacts): boolean;
  /** @param subject Folded, as CertificateFacts gives it. */
  anchorsNamed(subject: string): readonly CertificateFacts[];
}

/** How a path ends at its last certificate. Only `anchor` is trusted. */
export type PathEnd = 'anchor' | 'selfSigned' | 'issuerMissing' | 'badSignature';

export interface CertificationPath {
  /** The leaf first, each followed by its issuer. */
  certificates: readonly CertificateFacts[];
  end: PathEnd;
}

/** Public chains have 2 to 5 certificates; a longer one is a mistake or an attack on the search. */
const PATH_LENGTH_MAX = 12;
/** Bounds the work that a hostile list of certificates can cause: about 0.2 ms each. */
const SIGNATURE_CHECKS_MAX = 64;

interface Search {
  sent: readonly CertificateFacts[];
  anchors: AnchorIndex;
  signatureChecksLeft: number;
  found: CertificationPath[];
}

/**
 * Every path from `sent[0]`, through the certificates that the server sent and the anchors, that cannot be made longer.
 * A path ends at the first anchor. Where issuers are at hand but no signature fits, the path ends with `badSignature`: that is
 * tampering, and not the same as an issuer that nobody has.
 * @returns Empty only where the search was given up because the list is too long or too tangled.
 */
export function findCertificationPaths(
  sent: readonly CertificateFacts[],
  anchors: AnchorIndex,
): CertificationPath[] {
  const [leaf] = sent;
  if (!leaf) return [];
  const search: Search = { sent, anchors, signatureChecksLeft: SIGNATURE_CHECKS_MAX, found: [] };
  extend([leaf], search);
  return search.found;
}

function extend(path: readonly CertificateFacts[], search: Search): void {
  const last = path.at(-1)!;
  const finish = (end: PathEnd) => search.found.push({ certificates: path, end });
  if (search.anchors.isAnchor(last)) return void finish('anchor');
  if (path.length >= PATH_LENGTH_MAX || search.signatureChecksLeft <= 0) return;

  const candidates = issuerCandidates(last, path, search);
  const issuers = candidates.filter((candidate) => isSignedBy(last, candidate, search));
  const namesItself = mayHaveIssued(last, last);
  if (namesItself && isSignedBy(last, last, search)) finish('selfSigned');
  else if (issuers.length === 0)
    finish(candidates.length > 0 || namesItself ? 'badSignature' : 'issuerMissing');
  for (const issuer of issuers) extend([...path, issuer], search);
}

/** Anchors first, since a path that ends sooner is cheaper and trusted. */
function issuerCandidates(
  of: CertificateFacts,
  path: readonly CertificateFacts[],
  search: Search,
): CertificateFacts[] {
  const seen = new Set(path.map((certificate) => certificate.fingerprint));
  return [...search.anchors.anchorsNamed(of.issuer), ...search.sent].filter((candidate) => {
    if (!mayHaveIssued(candidate, of) || seen.has(candidate.fingerprint)) return false;
    seen.add(candidate.fingerprint);
    return true;
  });
}

/** Name, and key identifier and serial number where both sides give them (RFC 5280 §4.2.1.1). */
function mayHaveIssued(issuer: CertificateFacts, subject: CertificateFacts): boolean {
  if (issuer.subject !== subject.issuer) return false;
  const { authorityKeyIdentifier, authoritySerialNumber } = subject.extensions ?? {};
  const { subjectKeyIdentifier } = issuer.extensions ?? {};
  if (authorityKeyIdentifier && subjectKeyIdentifier && authorityKeyIdentifier !== subjectKeyIdentifier)
    return false;
  return !authoritySerialNumber || authoritySerialNumber === foldSerial(issuer.x509.serialNumber);
}

function isSignedBy(subject: CertificateFacts, issuer: CertificateFacts, search: Search): boolean {
  return search.signatureChecksLeft-- > 0 && subject.isSignedBy(issuer);
}
