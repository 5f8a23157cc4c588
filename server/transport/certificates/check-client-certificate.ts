/** Whether a PEM file will do as a client certificate, every question answered and not only the first that fails. Pure: no I/O; the clock comes in. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { Secret } from '../../secret.ts';
import { CertificateFacts } from './certificate-facts.ts';
import { CertificateFileError, readPemBlocks } from './pem-blocks.ts';
import type { PemBlock } from './pem-blocks.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const DAY_MS = 86_400_000;
/** Public authorities and PureCloud's own mails warn 30 days ahead. */
export const EXPIRY_WARNING_DAYS = 30;

export type ClientCertificateQuestion = 'certificate' | 'key' | 'dates' | 'purpose' | 'chain';

export interface ClientCertificateFinding {
  question: ClientCertificateQuestion;
  /** `unusable`: nothing can be sent with it. `fault`: servers will refuse it. `warning`: it works, for now. */
  outcome: 'ok' | 'warning' | 'fault' | 'unusable';
  /** Plain words with what to do, without any content of the key. */
  text: string;
}

export interface ClientCertificateCheck {
  findings: readonly ClientCertificateFinding[];
  /** There where certificate and key are present and fit. */
  usable?: UsableClientCertificate;
}

export interface UsableClientCertificate {
  /** The certificate and its issuers, in the order of the file, without the text between. */
  certPem: string;
  keyPem: Secret;
  certificate: X509Certificate;
}

/** @param pem Certificate, its issuers if the server needs them, and the private key, in any order but the certificate before its issuers. */
export function checkClientCertificate(pem: Secret, now: Date): ClientCertificateCheck {
  const content = readContent(pem);
  if ('finding' in content) return { findings: [content.finding] };
  const { certificates, keyBlocks } = content;
  const [leaf, ...issuers] = certificates;
  if (!leaf)
    return {
      findings: [finding('certificate', 'unusable', NO_CERTIFICATE), ...(keyBlocks[0] ? [] : [NO_KEY])],
    };

  const key = readKey(keyBlocks);
  const keyFinding = 'finding' in key ? key.finding : judgeFit(key.key, certificates);
  const findings = [
    finding('certificate', 'ok', `${leaf.label}, issued by ${leaf.x509.issuer.replaceAll('\n', ', ')}.`),
    keyFinding,
    judgeDates(leaf.x509, now),
    judgePurpose(leaf),
    judgeOrder(leaf, issuers),
  ];
  if (keyFinding.outcome === 'unusable') return { findings };
  const certPem = certificates.map(({ x509 }) => x509.toString()).join('');
  return { findings, usable: { certPem, keyPem: new Secret(keyBlocks[0]!.pem), certificate: leaf.x509 } };
}

function finding(
  question: ClientCertificateQuestion,
  outcome: ClientCertificateFinding['outcome'],
  text: string,
): ClientCertificateFinding {
  return { question, outcome, text };
}

const NO_CERTIFICATE =
  'The file holds no certificate. Put the PEM certificate and its private key into one file.';
const NO_KEY = finding(
  'key',
  'unusable',
  'The file holds no private key. Put the PEM private key into the same file as the certificate.',
);

interface Content {
  certificates: CertificateFacts[];
  keyBlocks: PemBlock[];
}

function readContent(pem: Secret): Content | { finding: ClientCertificateFinding } {
  try {
    const blocks = readPemBlocks(pem.reveal(), 'The file');
    const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(readCertificate);
    return { certificates, keyBlocks: blocks.filter(({ label }) => label.endsWith('PRIVATE KEY')) };
  } catch (error) {
    if (!(error instanceof CertificateFileError)) throw error;
    return { finding: finding('certificate', 'unusable', error.message) };
  }
}

function readCertificate(block: PemBlock, index: number): CertificateFacts {
  try {
    return new CertificateFacts(new X509Certificate(block.der));
  } catch (error) {
    throw new CertificateFileError(
      `Certificate ${index + 1} of the file cannot be read. Ask for the file again, as PEM.`,
      error,
    );
  }
}

function readKey(blocks: readonly PemBlock[]): { key: KeyObject } | { finding: ClientCertificateFinding } {
  const [block, second] = blocks;
  if (!block) return { finding: NO_KEY };
  const unusable = (text: string) => ({ finding: finding('key', 'unusable', text) });
  if (second)
    return unusable(
      'The file holds more than one private key. Leave only the one that belongs to the certificate.',
    );
  if (block.encrypted) {
    return unusable(
      'The private key is protected by a passphrase, which the bridge cannot ask for. Take it off: openssl pkey -in FILE -out KEY.',
    );
  }
  try {
    return { key: createPrivateKey(block.pem) };
  } catch {
    return unusable(
      'The private key cannot be read. It must be PEM, as PKCS #8 ("PRIVATE KEY"), PKCS #1 ("RSA PRIVATE KEY") or SEC 1.',
    );
  }
}

function judgeFit(key: KeyObject, certificates: readonly CertificateFacts[]): ClientCertificateFinding {
  const place = certificates.findIndex(({ x509 }) => x509.checkPrivateKey(key));
  if (place > 0) {
    return finding(
      'key',
      'unusable',
      `The private key belongs to certificate ${place + 1} of the file. Put that certificate first, then its issuers.`,
    );
  }
  if (place < 0)
    return finding(
      'key',
      'unusable',
      'The private key does not belong to the certificate. Use the key that the certificate was requested with.',
    );
  const refusal = refusalOfTls(certificates[0]!.x509, key);
  if (refusal !== undefined)
    return finding(
      'key',
      'unusable',
      `TLS refuses the certificate as too weak (${refusal}). Request a new one.`,
    );
  return finding('key', 'ok', 'The private key belongs to the certificate.');
}

/** What OpenSSL says when it is to use the pair: it knows its own limits on keys and digests best. */
function refusalOfTls(certificate: X509Certificate, key: KeyObject): string | undefined {
  try {
    createSecureContext({ cert: certificate.toString(), key: key.export({ type: 'pkcs8', format: 'pem' }) });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}

/** Whole days left, rounded down; negative once it is over. */
export function daysLeft(certificate: X509Certificate, now: Date): number {
  return Math.floor((certificate.validToDate.getTime() - now.getTime()) / DAY_MS);
}

function judgeDates(certificate: X509Certificate, now: Date): ClientCertificateFinding {
  const { validFromDate: starts, validToDate: ends } = certificate;
  if (now > ends) return finding('dates', 'fault', `It expired at ${ends.toISOString()}. Request a new one.`);
  if (now < starts)
    return finding(
      'dates',
      'fault',
      `It is not valid before ${starts.toISOString()}. Check the clock of this machine, or wait.`,
    );
  const days = daysLeft(certificate, now);
  const text = `Valid until ${ends.toISOString()}, ${days === 1 ? '1 day' : `${days} days`} left.`;
  return days < EXPIRY_WARNING_DAYS
    ? finding('dates', 'warning', `${text} Request its successor now.`)
    : finding('dates', 'ok', text);
}

function judgePurpose({ extensions, broken }: CertificateFacts): ClientCertificateFinding {
  if (broken !== undefined)
    return finding('purpose', 'fault', 'Its extensions are not encoded correctly. Ask for a new one.');
  const { extendedKeyUsage: purposes, keyUsage } = extensions ?? {};
  if (purposes && !purposes.includes(CLIENT_AUTH)) {
    return finding(
      'purpose',
      'fault',
      'It is not meant for TLS clients. Ask for one with the extended key usage "client authentication".',
    );
  }
  if (keyUsage && !keyUsage.includes('digitalSignature')) {
    return finding(
      'purpose',
      'fault',
      'Its key may not sign, which a TLS client must. Ask for one with the key usage "digital signature".',
    );
  }
  return finding('purpose', 'ok', 'It may be used by a TLS client.');
}

/** TLS before 1.3 demands the order; many servers still do. */
function judgeOrder(leaf: CertificateFacts, issuers: readonly CertificateFacts[]): ClientCertificateFinding {
  const chain = [leaf, ...issuers];
  const misplaced = issuers.find(
    (issuer, i) => issuer.subject !== chain[i]!.issuer || !chain[i]!.isSignedBy(issuer),
  );
  if (misplaced) {
    return finding(
      'chain',
      'fault',
      `${misplaced.label} did not issue the certificate before it. Put the certificate first, then each issuer after what it issued.`,
    );
  }
  const text =
    issuers.length === 0
      ? 'The file holds the certificate alone, without issuers.'
      : `${issuers.length} issuers follow in the right order.`;
  return finding('chain', 'ok', issuers.length === 1 ? '1 issuer follows.' : text);
}
