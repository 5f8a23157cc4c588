/** Certificate revocation lists (RFC 5280 §5) as the operator gives them beside the authorities. Pure: no I/O, nothing is fetched. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList, CRLReason, CRLReasons } from '@peculiar/asn1-x509';
import type { RevokedCertificate } from '@peculiar/asn1-x509';
import { foldSerial, hex } from './certificate-facts.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { CertificateFileError } from './pem-blocks.ts';

const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const REASON_CODE = '2.5.29.21';
const CERTIFICATE_ISSUER = '2.5.29.29';

/** Signature algorithm of a list -> digest; null where the algorithm has its own. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};

export interface RevocationList {
  /** DER of the issuer's name, hex. */
  issuerDer: string;
  /** Serial numbers, folded. */
  revoked: ReadonlySet<string>;
  isSignedBy(key: KeyObject): boolean;
}

/**
 * Reads one list. The end of its validity is not asked about: a revocation does not lapse with the list that told of it, and a
 * certificate that an old list does not name is treated as one that no list names, so that a forgotten file cannot stop all traffic.
 * @throws CertificateFileError where the list cannot be read, cannot be checked, or speaks for another issuer (indirect).
 */
export function readRevocationList(der: Uint8Array, source: string): RevocationList {
  const list = parseList(der, source);
  const algorithm = list.signatureAlgorithm.algorithm;
  const digest = DIGESTS[algorithm];
  if (digest === undefined) {
    throw new CertificateFileError(
      `${source} is signed by an algorithm that cannot be checked (${algorithm}). Ask for one signed with RSA or ECDSA and SHA-2.`,
    );
  }
  const signed = Buffer.from(list.tbsCertListRaw ?? new ArrayBuffer(0));
  const signature = Buffer.from(list.signature);
  return {
    issuerDer: hex(AsnConvert.serialize(list.tbsCertList.issuer)),
    revoked: new Set((list.tbsCertList.revokedCertificates ?? []).filter(isRevocation).map(serialOf)),
    isSignedBy: (key) => verifies(digest, signed, key, signature),
  };
}

function parseList(der: Uint8Array, source: string): CertificateList {
  let list: CertificateList;
  try {
    list = AsnConvert.parse(der, CertificateList);
  } catch (error) {
    throw new CertificateFileError(
      `${source} is not a revocation list that can be read. Fetch it again from its authority.`,
      error,
    );
  }
  const { crlExtensions = [], revokedCertificates = [] } = list.tbsCertList;
  const speaksForOthers = revokedCertificates.some((entry) =>
    entry.crlEntryExtensions?.some(({ extnID }) => extnID === CERTIFICATE_ISSUER),
  );
  const isIndirect = crlExtensions.some(
    ({ extnID, extnValue }) => extnID === ISSUING_DISTRIBUTION_POINT && isMarkedIndirect(extnValue.buffer),
  );
  if (speaksForOthers || isIndirect) {
    throw new CertificateFileError(
      `${source} is an indirect revocation list. Use the list that the authority signs for its own certificates.`,
    );
  }
  return list;
}

/** `[4] indirectCRL` of IssuingDistributionPoint, which is short: its bytes as a whole are looked at. */
function isMarkedIndirect(value: ArrayBuffer): boolean {
  return hex(value).includes('8401ff');
}

/** An entry may also take a certificate off hold again. */
function isRevocation({ crlEntryExtensions = [] }: RevokedCertificate): boolean {
  const reason = crlEntryExtensions.find(({ extnID }) => extnID === REASON_CODE);
  return !reason || AsnConvert.parse(reason.extnValue.buffer, CRLReason).reason !== CRLReasons.removeFromCRL;
}

function serialOf({ userCertificate }: RevokedCertificate): string {
  return foldSerial(hex(userCertificate));
}

function verifies(digest: string | null, signed: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(
      digest,
      signed,
      key.asymmetricKeyType === 'rsa' ? { key, padding: constants.RSA_PKCS1_PADDING } : key,
      signature,
    );
  } catch {
    return false;
  }
}

/**
 * Whether a list of the certificate's issuer names it. The serial number is looked up first, so that a signature is only checked
 * where it matters. Where the issuer itself is not at hand the list is believed unchecked: it comes from the operator, and a server
 * must not escape it by leaving its issuer out.
 */
export function isRevoked(
  certificate: CertificateFacts,
  issuer: CertificateFacts | undefined,
  lists: readonly RevocationList[],
): boolean {
  const serial = foldSerial(certificate.x509.serialNumber);
  const naming = lists.filter((list) => list.revoked.has(serial));
  if (naming.length === 0 || !certificate.extensions) return false;
  const issuerDer = hex(AsnConvert.serialize(certificate.extensions.issuerName));
  return naming.some(
    (list) => list.issuerDer === issuerDer && (!issuer || list.isSignedBy(issuer.x509.publicKey)),
  );
}
