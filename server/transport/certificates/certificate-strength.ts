/** Keys and signatures too weak to prove anything: what OpenSSL refuses at security level 2 (112 bits). Pure. */
import type { KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { CertificateFacts } from './certificate-facts.ts';

const RSA_BITS_MIN = 2048;
const EC_BITS_MIN = 224;

/** Signature algorithms over a digest of less than 112 bits of collision resistance: MD2, MD4, MD5, SHA-1, RIPEMD-160. */
const WEAK_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.3',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
  '1.2.840.10040.4.3',
  '1.3.14.3.2.3',
  '1.3.14.3.2.13',
  '1.3.14.3.2.15',
  '1.3.14.3.2.27',
  '1.3.14.3.2.29',
  '1.3.36.3.3.1.2',
]);
const RSA_PSS = '1.2.840.113549.1.1.10';
const WEAK_DIGESTS: ReadonlySet<string> = new Set([
  '1.3.14.3.2.26',
  '1.2.840.113549.2.5',
  '1.2.840.113549.2.2',
  '1.3.36.3.2.1',
]);

/** @returns What is weak about the key, in a few words; undefined where it is strong enough. */
export function weaknessOfKey(key: KeyObject): string | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < RSA_BITS_MIN) return `key of ${modulusLength} bits`;
  const curveBits = key.asymmetricKeyType === 'ec' ? bitsOfCurve(namedCurve) : EC_BITS_MIN;
  return curveBits < EC_BITS_MIN ? `key on the curve ${namedCurve ?? 'unnamed'}` : undefined;
}

/** Curve names carry their size (`secp384r1`, `prime256v1`, `sect283k1`); a curve without a name is explicit, which nobody honest uses. */
function bitsOfCurve(name: string | undefined): number {
  return Number(/\d{3}/.exec(name ?? '')?.[0] ?? 0);
}

/** Anchors are trusted as they are, so their own signature is not asked about. */
export function weaknessOfSignature({ x509, extensions }: CertificateFacts): string | undefined {
  const oid = x509.signatureAlgorithmOid;
  const isWeak = oid === RSA_PSS ? isWeakPss(extensions?.signatureParameters) : WEAK_SIGNATURES.has(oid);
  return isWeak ? `signature by ${x509.signatureAlgorithm ?? oid}` : undefined;
}

/** RSASSA-PSS-params: `SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … }` (RFC 4055 §3.1). Both lengths fit in one byte. */
function isWeakPss(parameters: ArrayBuffer | undefined): boolean {
  const bytes = new Uint8Array(parameters ?? new ArrayBuffer(0));
  if (bytes[2] !== 0xa0) return true;
  try {
    return WEAK_DIGESTS.has(AsnConvert.parse(bytes.slice(4, 4 + bytes[3]!), AlgorithmIdentifier).algorithm);
  } catch {
    return true;
  }
}
