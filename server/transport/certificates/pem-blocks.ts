/** Reads PEM text (RFC 7468) block by block. Pure: no I/O; decides nothing about what a block is good for. */

export interface PemBlock {
  /** What stands after BEGIN: `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, … */
  label: string;
  /** The block alone, without the text around it. */
  pem: string;
  der: Buffer;
  /** True where the legacy header says that a passphrase protects the block (RFC 1421 `Proc-Type: 4,ENCRYPTED`). */
  encrypted: boolean;
}

/** A file of certificates or keys that cannot be used as it is. The message names the file, the fault and what to do, and holds no content of the file. */
export class CertificateFileError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CertificateFileError';
  }
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*?)-----END \1-----/g;
const LEGACY_HEADER = /^[A-Za-z-]+:.*$/gm;

/**
 * Every block of the text, in order; text between blocks is allowed, as `openssl x509 -text` writes it.
 * A BEGIN without its END is an error, so that a file cut off in the middle is not taken for a shorter one.
 * @throws CertificateFileError naming `source`.
 */
export function readPemBlocks(text: string, source: string): PemBlock[] {
  const blocks = [...text.matchAll(BLOCK)].map(([pem, label, body], index) =>
    toBlock(pem, label!, body!, `${source}: block ${index + 1}`),
  );
  const begun = text.match(/-----BEGIN [^\n]*/g)?.length ?? 0;
  if (begun !== blocks.length) {
    throw new CertificateFileError(
      `${source} holds a PEM block that is cut off or damaged. Copy the file again, whole, from -----BEGIN to -----END.`,
    );
  }
  return blocks;
}

function toBlock(pem: string, label: string, body: string, source: string): PemBlock {
  const base64 = body.replace(LEGACY_HEADER, '').replace(/\s+/g, '');
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new CertificateFileError(
      `${source} (${label}) is not Base64. Copy the file again; it must be PEM, not DER or PKCS #12.`,
    );
  }
  const encrypted = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(body);
  return { label, pem: `${pem}\n`, der: Buffer.from(base64, 'base64'), encrypted };
}
