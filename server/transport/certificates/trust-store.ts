/** The certificate authorities that the bridge trusts: Node's own and those of BRIDGE_CA_FILE, and the revocation lists beside them. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Secret } from '../../secret.ts';
import { CertificateFacts } from './certificate-facts.ts';
import type { AnchorIndex } from './certification-paths.ts';
import { CertificateFileError, readPemBlocks } from './pem-blocks.ts';
import type { PemBlock } from './pem-blocks.ts';
import { readRevocationList } from './revocation-list.ts';
import type { RevocationList } from './revocation-list.ts';

export interface TrustStoreOptions {
  /** BRIDGE_CA_FILE: PEM certificates and `X509 CRL` blocks. */
  caFile?: string | undefined;
  /** The same as text. */
  extraPem?: string | undefined;
  /** PEM certificates in place of Node's default roots. */
  roots?: readonly string[] | undefined;
}

export interface TrustStore extends AnchorIndex {
  readonly revocationLists: readonly RevocationList[];
  /**
   * For `tls.connect`. Any certificate of the CA file is an anchor, an intermediate or a server's own included, for OpenSSL as for us.
   * `ca` is left out where only Node's roots are trusted: Node then shares one store over all contexts.
   */
  secureContextOptions(): { ca?: string[]; allowPartialTrustChain: true };
  /**
   * A ready context, with a client certificate or without. Make one per profile and keep it: loading some 150 roots takes OpenSSL about
   * 13 ms, which `tls.connect` would pay again on each connection if it were given `ca`. The one without is made once.
   */
  secureContext(client?: { certPem: string; keyPem: Secret }): SecureContext;
}

/** @throws CertificateFileError that names the file and what is wrong in it. */
export function createTrustStore({ caFile, extraPem, roots }: TrustStoreOptions = {}): TrustStore {
  const extra = [
    ...(caFile === undefined ? [] : readExtra(readCaFile(caFile), `BRIDGE_CA_FILE ${caFile}`)),
    ...(extraPem === undefined ? [] : readExtra(extraPem, 'The PEM text of extra authorities')),
  ];
  const extraCertificates = extra.filter((item) => item.kind === 'authority');
  const rootPems = roots ?? getCACertificates('default');
  const index = lazy(() =>
    createAnchorIndex([...rootPems.map(readRoot), ...extraCertificates.map(({ facts }) => facts)]),
  );
  const plainContext = lazy(() => createSecureContext(secureContextOptions()));

  function secureContextOptions(): { ca?: string[]; allowPartialTrustChain: true } {
    const needsOwn = roots !== undefined || extraCertificates.length > 0;
    const ca = needsOwn ? { ca: [...rootPems, ...extraCertificates.map(({ pem }) => pem)] } : {};
    return { ...ca, allowPartialTrustChain: true };
  }

  return {
    isAnchor: (certificate) => index().isAnchor(certificate),
    anchorsNamed: (subject) => index().anchorsNamed(subject),
    revocationLists: extra.filter((item) => item.kind === 'revocationList').map(({ list }) => list),
    secureContextOptions,
    secureContext: (client) =>
      client
        ? createSecureContext({
            ...secureContextOptions(),
            cert: client.certPem,
            key: client.keyPem.reveal(),
          })
        : plainContext(),
  };
}

/** By subject and by fingerprint; each anchor is parsed when a path first comes to it. */
export function createAnchorIndex(anchors: readonly CertificateFacts[]): AnchorIndex {
  const bySubject = new Map<string, CertificateFacts[]>();
  const fingerprints = new Set<string>();
  for (const anchor of anchors) {
    if (fingerprints.has(anchor.fingerprint)) continue;
    fingerprints.add(anchor.fingerprint);
    bySubject.set(anchor.subject, [...(bySubject.get(anchor.subject) ?? []), anchor]);
  }
  return {
    isAnchor: (certificate) => fingerprints.has(certificate.fingerprint),
    anchorsNamed: (subject) => bySubject.get(subject) ?? [],
  };
}

type ExtraItem =
  | { kind: 'authority'; pem: string; facts: CertificateFacts }
  | { kind: 'revocationList'; list: RevocationList };

function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CertificateFileError(
      `BRIDGE_CA_FILE ${path} cannot be read (${code}). Check the path and that the bridge may read it.`,
      error,
    );
  }
}

function readExtra(text: string, source: string): ExtraItem[] {
  const blocks = readPemBlocks(text, source);
  if (blocks.length === 0) {
    throw new CertificateFileError(
      `${source} holds no certificate. It must be PEM: -----BEGIN CERTIFICATE----- and so on.`,
    );
  }
  return blocks.map((block, i) => readExtraBlock(block, `${source}: block ${i + 1} (${block.label})`));
}

function readExtraBlock(block: PemBlock, source: string): ExtraItem {
  if (block.label === 'X509 CRL')
    return { kind: 'revocationList', list: readRevocationList(block.der, source) };
  if (block.label === 'CERTIFICATE')
    return { kind: 'authority', pem: block.pem, facts: readAuthority(block, source) };
  const advice = block.label.includes('PRIVATE KEY')
    ? 'A private key does not belong into a file of authorities: take it out.'
    : 'Only CERTIFICATE and X509 CRL blocks belong into a file of authorities: take it out, or convert it with openssl x509.';
  throw new CertificateFileError(`${source} is not an authority. ${advice}`);
}

function readAuthority(block: PemBlock, source: string): CertificateFacts {
  let facts: CertificateFacts | undefined;
  try {
    facts = new CertificateFacts(new X509Certificate(block.der));
  } catch (error) {
    throw new CertificateFileError(
      `${source} is not a certificate that can be read. Copy it again from its authority.`,
      error,
    );
  }
  if (facts.broken === undefined) return facts;
  throw new CertificateFileError(
    `${source} is not encoded correctly (${facts.broken}). Ask its authority for a correct one.`,
  );
}

function readRoot(pem: string): CertificateFacts {
  return new CertificateFacts(new X509Certificate(pem));
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
