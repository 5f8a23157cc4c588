/** What the checks need to know of one certificate, read lazily from it. Pure: no I/O, no clock, no verdicts. */
import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  KeyUsage,
  NameConstraints,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import type { GeneralName, KeyUsageType, Name } from '@peculiar/asn1-x509';

const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/**
 * Critical extensions that are evaluated here or, for policies, distribution points and the Netscape type, have no bearing on a
 * TLS server: the list that OpenSSL supports, less proxy certificates and RFC 3779 resources.
 */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  ...Object.values(OID),
  '2.5.29.31', // CRL distribution points
  '2.5.29.32', // certificate policies
  '2.5.29.33', // policy mappings
  '2.5.29.36', // policy constraints
  '2.5.29.54', // inhibit anyPolicy
  '2.16.840.1.113730.1.1', // Netscape certificate type
]);

/** The fields that Node's X509Certificate does not give. An absent extension is an absent member: each has its own rule for absence. */
export interface CertificateExtensions {
  /** 1, 2 or 3. */
  version: number;
  keyUsage?: readonly KeyUsageType[];
  /** OIDs. */
  extendedKeyUsage?: readonly string[];
  basicConstraints?: { isAuthority: boolean; pathLength?: number };
  nameConstraints?: NameConstraints;
  subjectAltNames?: readonly GeneralName[];
  /** Lower-case hex. */
  subjectKeyIdentifier?: string;
  authorityKeyIdentifier?: string;
  authoritySerialNumber?: string;
  /** OIDs of critical extensions outside the known list. */
  unknownCritical: readonly string[];
  /** As encoded, for comparison with the issuer of a revocation list. */
  issuerName: Name;
  signatureParameters?: ArrayBuffer;
}

/** One certificate with its fields; parsed on first use and then kept, since anchors live as long as the process. */
export class CertificateFacts {
  readonly x509: X509Certificate;
  #extensions: CertificateExtensions | Error | undefined;
  #fingerprint: string | undefined;
  #subject: string | undefined;
  #issuer: string | undefined;

  constructor(x509: X509Certificate) {
    this.x509 = x509;
  }

  /** SHA-256 over the whole certificate: its identity. */
  get fingerprint(): string {
    return (this.#fingerprint ??= this.x509.fingerprint256);
  }

  /** Subject, folded as names are compared. */
  get subject(): string {
    return (this.#subject ??= foldName(this.x509.subject));
  }

  get issuer(): string {
    return (this.#issuer ??= foldName(this.x509.issuer));
  }

  get isSelfIssued(): boolean {
    return this.subject === this.issuer;
  }

  /** One line for messages. */
  get label(): string {
    return (
      (this.x509.subject as string | undefined)?.replaceAll('\n', ', ') ||
      `certificate ${this.x509.serialNumber}`
    );
  }

  /** Undefined where the encoding is broken; `broken` then says why. */
  get extensions(): CertificateExtensions | undefined {
    const read = this.#read();
    return read instanceof Error ? undefined : read;
  }

  get broken(): string | undefined {
    const read = this.#read();
    return read instanceof Error ? read.message : undefined;
  }

  /** False too where OpenSSL cannot use the key or the algorithm, since that proves nothing. */
  isSignedBy(issuer: CertificateFacts): boolean {
    try {
      return this.x509.verify(issuer.x509.publicKey);
    } catch {
      return false;
    }
  }

  #read(): CertificateExtensions | Error {
    if (this.#extensions === undefined) {
      try {
        this.#extensions = readExtensions(this.x509.raw);
      } catch (error) {
        this.#extensions = error instanceof Error ? error : new Error('unreadable');
      }
    }
    return this.#extensions;
  }
}

/**
 * Folds case and runs of white space, as RFC 5280 §7.1 and OpenSSL compare names. Too loose a match only offers one more issuer
 * candidate: the signature decides.
 */
function foldName(name: string | undefined): string {
  return (name ?? '')
    .toLowerCase()
    .replace(/[ \t]+/g, ' ')
    .trim();
}

export function hex(bytes: ArrayBuffer | Uint8Array): string {
  return Buffer.from(bytes as ArrayBuffer).toString('hex');
}

/** A serial number as OpenSSL and DER write it differ in case and leading zeros. */
export function foldSerial(serialHex: string): string {
  return serialHex.toLowerCase().replace(/^0+(?=.)/, '');
}

function readExtensions(der: Uint8Array): CertificateExtensions {
  const certificate = AsnConvert.parse(der, Certificate);
  const tbs = certificate.tbsCertificate;
  const values = new Map<string, ArrayBuffer>();
  const unknownCritical: string[] = [];
  for (const extension of tbs.extensions ?? []) {
    if (values.has(extension.extnID)) throw new Error(`extension ${extension.extnID} stands there twice`);
    values.set(extension.extnID, extension.extnValue.buffer);
    if (extension.critical && !KNOWN_EXTENSIONS.has(extension.extnID)) unknownCritical.push(extension.extnID);
  }
  const parameters = certificate.signatureAlgorithm.parameters;
  return {
    version: tbs.version + 1,
    ...readUsage(values),
    ...readIdentifiers(values),
    ...readNames(values),
    unknownCritical,
    issuerName: tbs.issuer,
    ...(parameters ? { signatureParameters: parameters } : {}),
  };
}

type ExtensionValues = ReadonlyMap<string, ArrayBuffer>;

function readUsage(
  values: ExtensionValues,
): Pick<CertificateExtensions, 'keyUsage' | 'extendedKeyUsage' | 'basicConstraints'> {
  const keyUsage = values.get(OID.keyUsage);
  const extendedKeyUsage = values.get(OID.extendedKeyUsage);
  const constraints = values.get(OID.basicConstraints);
  return {
    ...(keyUsage ? { keyUsage: AsnConvert.parse(keyUsage, KeyUsage).toJSON() } : {}),
    ...(extendedKeyUsage
      ? { extendedKeyUsage: [...AsnConvert.parse(extendedKeyUsage, ExtendedKeyUsage)] }
      : {}),
    ...(constraints ? { basicConstraints: readBasicConstraints(constraints) } : {}),
  };
}

function readBasicConstraints(value: ArrayBuffer): { isAuthority: boolean; pathLength?: number } {
  const { cA, pathLenConstraint } = AsnConvert.parse(value, BasicConstraints);
  return {
    isAuthority: cA,
    ...(pathLenConstraint === undefined ? {} : { pathLength: Number(pathLenConstraint) }),
  };
}

function readIdentifiers(
  values: ExtensionValues,
): Pick<CertificateExtensions, 'subjectKeyIdentifier' | 'authorityKeyIdentifier' | 'authoritySerialNumber'> {
  const subject = values.get(OID.subjectKeyIdentifier);
  const value = values.get(OID.authorityKeyIdentifier);
  const authority = value && AsnConvert.parse(value, AuthorityKeyIdentifier);
  return {
    ...(subject ? { subjectKeyIdentifier: hex(AsnConvert.parse(subject, SubjectKeyIdentifier).buffer) } : {}),
    ...(authority?.keyIdentifier ? { authorityKeyIdentifier: hex(authority.keyIdentifier.buffer) } : {}),
    ...(authority?.authorityCertSerialNumber
      ? { authoritySerialNumber: foldSerial(hex(authority.authorityCertSerialNumber)) }
      : {}),
  };
}

function readNames(
  values: ExtensionValues,
): Pick<CertificateExtensions, 'nameConstraints' | 'subjectAltNames'> {
  const constraints = values.get(OID.nameConstraints);
  const alternatives = values.get(OID.subjectAltName);
  return {
    ...(constraints ? { nameConstraints: AsnConvert.parse(constraints, NameConstraints) } : {}),
    ...(alternatives ? { subjectAltNames: [...AsnConvert.parse(alternatives, SubjectAlternativeName)] } : {}),
  };
}
