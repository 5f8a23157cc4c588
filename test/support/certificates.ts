/** Certificate authorities, server and client certificates with any fault, made in milliseconds (EC P-256) and never written to disk. */
import 'reflect-metadata';
import { generateKeyPairSync, KeyObject, webcrypto } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from '@peculiar/asn1-x509';
import * as x509 from '@peculiar/x509';

const DAY_MS = 86_400_000;
const EC_SHA256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export type KeyUse = Exclude<keyof typeof x509.KeyUsageFlags, number>;
export type KeyKind = 'ec' | 'rsa1024' | 'rsa2048' | 'rsaPss2048';

interface CommonOptions {
  /** Days from now; negative is past. Default -1 and 30. */
  startsInDays?: number;
  endsInDays?: number;
  /** `null` leaves the extension out. */
  keyUsage?: readonly KeyUse[] | null;
  /** OIDs; absent for authorities by default, server authentication for leaves. `null` leaves the extension out. */
  extendedKeyUsage?: readonly string[] | null;
  /** Flips a bit of the signature. */
  badSignature?: boolean;
  /** Digest of the signature on this certificate, where its issuer has an EC key. */
  digest?: 'SHA-1' | 'SHA-256';
  key?: KeyKind;
  /** Digest of RSA signatures by this key, which WebCrypto ties to the key. Default `SHA-256`. */
  keyDigest?: 'SHA-1' | 'SHA-256';
  /** False leaves subject and authority key identifiers out. */
  keyIdentifiers?: boolean;
  /** Added as they are: OID, critical, DER. */
  extensions?: readonly { oid: string; critical: boolean; der: Uint8Array }[];
}

export interface AuthorityOptions extends CommonOptions {
  name?: string;
  /** `null` leaves basicConstraints out; false says that this is no authority. */
  isAuthority?: boolean | null;
  pathLength?: number;
  permittedDnsNames?: readonly string[];
  excludedDnsNames?: readonly string[];
  permittedEmails?: readonly string[];
}

export interface LeafOptions extends CommonOptions {
  /** Common name. Default `leaf`. */
  subject?: string;
  /** Default `['localhost']`. */
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
  emailAddresses?: readonly string[];
}

export interface IssuedCertificate {
  certPem: string;
  keyPem: string;
  /** Itself, then the intermediates, without the root: what a server is configured with. */
  chainPem: string;
  /** Hex. */
  serialNumber: string;
}

export interface Authority {
  name: string;
  keys: webcrypto.CryptoKeyPair;
  certPem: string;
  keyPem: string;
  /** Itself and its issuers, without the root. Empty for a root. */
  chainPem: string;
  serialNumber: string;
  issue(options?: LeafOptions): Promise<IssuedCertificate>;
  /** An intermediate below this one. */
  authority(options?: AuthorityOptions): Promise<Authority>;
  /** A certificate by this authority, as PEM, for the name and key of another, or of itself. */
  crossSign(other: Authority, options?: AuthorityOptions): Promise<string>;
  /** A revocation list as PEM. */
  revoke(
    serialNumbers: readonly string[],
    options?: { endsInDays?: number; issuerName?: string },
  ): Promise<string>;
}

interface Signer {
  name: string;
  keys: webcrypto.CryptoKeyPair;
  chainPem: string;
}

let lastSerial = 0x1000;

/** A self-signed root. */
export async function makeAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  return buildAuthority({ name: 'Test Root', ...options }, undefined);
}

/** A certificate that signs itself and is no authority. */
export async function makeSelfSigned(options: LeafOptions = {}): Promise<IssuedCertificate> {
  const keys = await makeKeys(options);
  const name = `CN=${options.subject ?? 'leaf'}`;
  const cert = await sign(options, name, keys, { name, keys, chainPem: '' }, leafExtensions(options));
  return issued(cert, keys, '');
}

async function buildAuthority(
  options: AuthorityOptions & { name: string },
  parent: Signer | undefined,
): Promise<Authority> {
  const keys = await makeKeys(options);
  const subject = `CN=${options.name}`;
  const cert = await sign(
    options,
    subject,
    keys,
    parent ?? { name: subject, keys, chainPem: '' },
    authorityExtensions(options),
  );
  const certPem = cert.toString('pem');
  const chainPem = parent ? joinPem(certPem, parent.chainPem) : '';
  const signer: Signer = { name: subject, keys, chainPem };
  return {
    name: options.name,
    keys,
    certPem,
    keyPem: keyPemOf(keys),
    chainPem,
    serialNumber: cert.serialNumber,
    issue: async (leaf = {}) => {
      const leafKeys = await makeKeys(leaf);
      return issued(
        await sign(leaf, `CN=${leaf.subject ?? 'leaf'}`, leafKeys, signer, leafExtensions(leaf)),
        leafKeys,
        chainPem,
      );
    },
    authority: (below = {}) => buildAuthority({ name: 'Test Intermediate', ...below }, signer),
    crossSign: async (other, cross = {}) =>
      (await sign(cross, `CN=${other.name}`, other.keys, signer, authorityExtensions(cross))).toString('pem'),
    revoke: (serialNumbers, list = {}) => makeRevocationList(serialNumbers, list, signer),
  };
}

function issued(
  cert: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
  chainPem: string,
): IssuedCertificate {
  const certPem = cert.toString('pem');
  return {
    certPem,
    keyPem: keyPemOf(keys),
    chainPem: joinPem(certPem, chainPem),
    serialNumber: cert.serialNumber,
  };
}

export function joinPem(...pems: readonly string[]): string {
  return pems
    .filter((pem) => pem !== '')
    .map((pem) => `${pem.trim()}\n`)
    .join('');
}

async function sign(
  options: CommonOptions,
  subject: string,
  keys: webcrypto.CryptoKeyPair,
  issuer: Signer,
  extensions: readonly x509.Extension[],
): Promise<x509.X509Certificate> {
  const now = Date.now();
  const cert = await x509.X509CertificateGenerator.create(
    {
      serialNumber: (++lastSerial).toString(16),
      subject,
      issuer: issuer.name,
      notBefore: new Date(now + (options.startsInDays ?? -1) * DAY_MS),
      notAfter: new Date(now + (options.endsInDays ?? 30) * DAY_MS),
      signingAlgorithm: signingAlgorithm(issuer.keys.privateKey, options.digest ?? 'SHA-256'),
      publicKey: keys.publicKey,
      signingKey: issuer.keys.privateKey,
      extensions: [
        ...extensions,
        ...(options.keyIdentifiers === false ? [] : await keyIdentifiers(keys, issuer)),
        ...(options.extensions ?? []).map(
          ({ oid, critical, der }) => new x509.Extension(oid, critical, der as never),
        ),
      ],
    },
    webcrypto,
  );
  return options.badSignature ? withFlippedBit(cert) : cert;
}

/** An EC key signs over any digest; WebCrypto ties an RSA key to one. */
function signingAlgorithm({ algorithm }: webcrypto.CryptoKey, digest: string): webcrypto.EcdsaParams {
  return algorithm.name === 'ECDSA'
    ? { ...algorithm, hash: digest }
    : ({ ...algorithm, saltLength: 20 } as never);
}

async function keyIdentifiers(keys: webcrypto.CryptoKeyPair, issuer: Signer): Promise<x509.Extension[]> {
  return [
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, webcrypto),
  ];
}

/** The last byte of a certificate is the last of its signature, so the encoding stays whole. */
function withFlippedBit(cert: x509.X509Certificate): x509.X509Certificate {
  const der = Buffer.from(cert.rawData);
  der[der.length - 1]! ^= 1;
  return new x509.X509Certificate(der);
}

function usageExtensions(
  keyUsage: readonly KeyUse[] | null,
  purposes: readonly string[] | null,
): x509.Extension[] {
  const bits = keyUsage?.reduce((sum, use) => sum | x509.KeyUsageFlags[use], 0);
  return [
    ...(bits === undefined ? [] : [new x509.KeyUsagesExtension(bits, true)]),
    ...(purposes ? [new x509.ExtendedKeyUsageExtension([...purposes])] : []),
  ];
}

function leafExtensions(options: LeafOptions): x509.Extension[] {
  const names = [
    ...(options.dnsNames ?? (options.ipAddresses ? [] : ['localhost'])).map((value) => ({
      type: 'dns' as const,
      value,
    })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ...(options.emailAddresses ?? []).map((value) => ({ type: 'email' as const, value })),
  ];
  const { keyUsage = ['digitalSignature'], extendedKeyUsage = [SERVER_AUTH] } = options;
  return [
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ...usageExtensions(keyUsage, extendedKeyUsage),
  ];
}

function authorityExtensions(options: AuthorityOptions): x509.Extension[] {
  const { isAuthority = true, keyUsage = ['keyCertSign', 'cRLSign'], extendedKeyUsage = null } = options;
  const constraints = nameConstraints(options);
  return [
    ...(isAuthority === null
      ? []
      : [new x509.BasicConstraintsExtension(isAuthority, options.pathLength, true)]),
    ...usageExtensions(keyUsage, extendedKeyUsage),
    ...(constraints ? [constraints] : []),
  ];
}

function nameConstraints(options: AuthorityOptions): x509.Extension | undefined {
  const subtree = (name: Partial<GeneralName>) => new GeneralSubtree({ base: new GeneralName(name) });
  const permitted = [
    ...(options.permittedDnsNames ?? []).map((dNSName) => subtree({ dNSName })),
    ...(options.permittedEmails ?? []).map((rfc822Name) => subtree({ rfc822Name })),
  ];
  const excluded = (options.excludedDnsNames ?? []).map((dNSName) => subtree({ dNSName }));
  if (permitted.length + excluded.length === 0) return undefined;
  const constraints = new NameConstraints({
    ...(permitted.length > 0 ? { permittedSubtrees: new GeneralSubtrees(permitted) } : {}),
    ...(excluded.length > 0 ? { excludedSubtrees: new GeneralSubtrees(excluded) } : {}),
  });
  return new x509.Extension('2.5.29.30', true, AsnConvert.serialize(constraints));
}

async function makeRevocationList(
  serialNumbers: readonly string[],
  options: { endsInDays?: number; issuerName?: string },
  signer: Signer,
): Promise<string> {
  const list = await x509.X509CrlGenerator.create(
    {
      issuer: options.issuerName === undefined ? signer.name : `CN=${options.issuerName}`,
      thisUpdate: new Date(Date.now() - 10 * DAY_MS),
      nextUpdate: new Date(Date.now() + (options.endsInDays ?? 30) * DAY_MS),
      entries: serialNumbers.map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(Date.now() - DAY_MS),
      })),
      signingAlgorithm: EC_SHA256 as never,
      signingKey: signer.keys.privateKey,
    },
    webcrypto,
  );
  return list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----').replaceAll('X509 X509', 'X509');
}

async function makeKeys({
  key = 'ec',
  keyDigest = 'SHA-256',
}: CommonOptions): Promise<webcrypto.CryptoKeyPair> {
  if (key === 'ec') return webcrypto.subtle.generateKey(EC_SHA256, true, ['sign', 'verify']);
  const algorithm = {
    name: key === 'rsaPss2048' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5',
    hash: keyDigest,
    modulusLength: key === 'rsa1024' ? 1024 : 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function keyPemOf(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** A private key that belongs to no certificate here. */
export function makeStrayKeyPem(passphrase?: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const protection = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...protection }) as string;
}
