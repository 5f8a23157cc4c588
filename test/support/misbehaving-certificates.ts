/** A throw-away certificate authority with a server and a client certificate, made anew in each process. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface PemPair {
  certificate: string;
  key: string;
}

export interface LoopbackCertificates {
  /** PEM of the authority that signed both. */
  ca: string;
  /** For `127.0.0.1` and `localhost`. */
  server: PemPair;
  client: PemPair;
}

let made: Promise<LoopbackCertificates> | undefined;

/** The same set for every caller in this process. */
export function loopbackCertificates(): Promise<LoopbackCertificates> {
  made ??= makeCertificates();
  return made;
}

async function makeCertificates(): Promise<LoopbackCertificates> {
  const caKeys = await generateKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: 'CN=Misbehaving test authority',
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const names = new x509.SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  return {
    ca: ca.toString('pem'),
    server: await sign(ca, caKeys, 'CN=localhost', x509.ExtendedKeyUsage.serverAuth, [names]),
    client: await sign(ca, caKeys, 'CN=bridge', x509.ExtendedKeyUsage.clientAuth, []),
  };
}

async function sign(
  ca: x509.X509Certificate,
  caKeys: CryptoKeyPair,
  subject: string,
  usage: string,
  more: x509.Extension[],
): Promise<PemPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject,
    issuer: ca.subject,
    signingKey: caKeys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.ExtendedKeyUsageExtension([usage]), ...more],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
}
