/** The client certificate of a request: of its own TLS connection, or of the header of a proxy that is trusted to have checked it. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { BridgeError } from '../errors.ts';

export interface PresentedCertificate {
  /** SHA-256 fingerprint, lower-case hexadecimal. */
  sha256: string;
  /** Epoch milliseconds; absent where a proxy names the fingerprint alone, and so has checked the dates itself. */
  notBeforeMs?: number;
  notAfterMs?: number;
}

const FINGERPRINT = /^[0-9a-f]{64}$/i;
const CHARS_MAX = 16_384;

function presented(certificate: X509Certificate): PresentedCertificate {
  return {
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}

const ofSockets = new WeakMap<Socket, PresentedCertificate | 'none'>();

/** The client has proven in the handshake that it holds the key; who signed the certificate does not matter, as with any pinned key. */
export function certificateOfSocket(socket: Socket): PresentedCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  let known = ofSockets.get(socket);
  if (known === undefined) {
    const certificate = socket.getPeerX509Certificate();
    known = certificate === undefined ? 'none' : presented(certificate);
    ofSockets.set(socket, known);
  }
  return known === 'none' ? undefined : known;
}

/** `%0A` and the like; a `+` is Base64's and no space, as nginx and Envoy have it. */
function urlDecoded(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text;
}

/** URL-encoded PEM, PEM in one line, or DER in Base64. */
function parseCertificate(text: string): PresentedCertificate {
  // A proxy that adds a header beside one that it let through: which of the two is its own?
  if (text.includes(',')) throw new RangeError('more than one value');
  const decoded = urlDecoded(text.trim());
  const body = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(decoded)?.[1] ?? decoded;
  return presented(new X509Certificate(Buffer.from(body.replaceAll(/[^A-Za-z0-9+/=]/g, ''), 'base64')));
}

/** Splits at a sign that stands outside quotes. */
function splitUnquoted(text: string, separator: string): string[] {
  const parts = [''];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === '"' && text[at - 1] !== '\\') quoted = !quoted;
    if (sign === separator && !quoted) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts;
}

/**
 * Envoy adds an element for each hop that it did not throw away, so the last is the one that the nearest proxy has seen for itself.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
function parseForwardedClientCert(text: string): PresentedCertificate | undefined {
  const element = splitUnquoted(text, ',').at(-1)!;
  const members = new Map(
    splitUnquoted(element, ';').map((pair) => {
      const [name = '', value = ''] = pair.trim().split(/=(.*)/s);
      return [name.toLowerCase(), value.replace(/^"(.*)"$/s, '$1')];
    }),
  );
  const certificate = members.get('cert');
  if (certificate) return parseCertificate(certificate);
  const hash = members.get('hash') ?? '';
  return FINGERPRINT.test(hash) ? { sha256: hash.toLowerCase() } : undefined;
}

function parseHeader(name: string, text: string): PresentedCertificate | undefined {
  if (name === 'x-forwarded-client-cert') return parseForwardedClientCert(text);
  // RFC 9440 §2.1 has a byte sequence between colons.
  return parseCertificate(name === 'client-cert' ? text.replace(/^:(.*):$/, '$1') : text);
}

function unreadable(name: string, what: string, cause?: unknown): BridgeError {
  return new BridgeError('caller_unauthenticated', {
    detail: `The header with the client certificate holds ${what}`,
    remedy: `Let the proxy before the bridge set ${name} to the URL-encoded PEM certificate of the client, once, in place of whatever a client sends under that name.`,
    cause,
  });
}

/**
 * For the header of a trusted proxy alone, and the one that BRIDGE_CLIENT_CERTIFICATE_HEADER names: a proxy passes on what it does not
 * know, and a fingerprint is public, so whoever could send such a header through would be whoever he likes. An empty one, or nginx's
 * "(null)" and the like, is none.
 * @param name In lower case.
 * @throws BridgeError `caller_unauthenticated` for two of them, of which one may have slipped through, or one that is no certificate.
 */
export function certificateOfHeader(
  name: string,
  text: string | readonly string[] | undefined,
): PresentedCertificate | undefined {
  if (typeof text !== 'string' || /^(|-|\(null\))$/.test(text.trim())) return undefined;
  try {
    if (text.length > CHARS_MAX) throw new RangeError('too long');
    const certificate = parseHeader(name, text);
    if (certificate !== undefined) return certificate;
  } catch (error) {
    throw unreadable(name, 'no certificate', error);
  }
  throw unreadable(name, 'neither a certificate nor its SHA-256');
}
