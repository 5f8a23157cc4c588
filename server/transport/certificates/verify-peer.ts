/**
 * Decides, after the TLS handshake and before a byte of HTTP, whether the server is who it must be.
 * The transport connects with `rejectUnauthorized: false` and without session resumption, and asks here.
 */
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { TransportError } from '../transport-error.ts';
import type { CertificateFault } from '../transport-error.ts';
import { CertificateFacts } from './certificate-facts.ts';
import { findCertificateFaults } from './find-certificate-faults.ts';
import type { CertificateVerdict } from './find-certificate-faults.ts';
import type { TrustStore } from './trust-store.ts';

/** OpenSSL's own limit on a handshake leaves room for thousands; more than this is no honest server. */
const SENT_CERTIFICATES_MAX = 32;

/**
 * Undefined where the request may go on: nothing fatal, and every fault found is forgiven. Else the error to end it with, `certificate_refused`.
 * Call it once per socket, since Node hands the sent certificates out once only.
 * @param host Name or address that was dialled; the forward proxy's own where the proxy is the peer.
 */
export function verifyPeer(
  socket: TLSSocket,
  host: string,
  trust: TrustStore,
  forgiven: ReadonlySet<CertificateFault>,
  now: Date,
): TransportError | undefined {
  if (socket.isSessionReused())
    return refusal(
      host,
      { faults: [], findings: [{ fault: 'fatal', text: 'the session was resumed' }] },
      forgiven,
    );
  const opensslError = opensslErrorOf(socket);
  const chain = sentCertificates(socket);
  const verdict = findCertificateFaults({ chain, host, trust, now, opensslError });
  return refusal(host, verdict, forgiven, opensslError);
}

/** Typed as an Error by Node's types; in truth it is the code, a string. */
function opensslErrorOf(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  const error = socket.authorizationError as Error | string | null | undefined;
  if (typeof error === 'string') return error;
  return (error as NodeJS.ErrnoException | null | undefined)?.code ?? 'UNSPECIFIED';
}

/** In the order sent: `issuerCertificate` of a peer's certificate is simply the next of the list, not a verified issuer. */
function sentCertificates(socket: TLSSocket): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  let next: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (next && chain.length < SENT_CERTIFICATES_MAX) {
    chain.push(new CertificateFacts(next));
    next = next.issuerCertificate;
  }
  return chain;
}

function refusal(
  host: string,
  { faults, findings }: CertificateVerdict,
  forgiven: ReadonlySet<CertificateFault>,
  opensslError?: string,
): TransportError | undefined {
  const unforgiven = faults.filter((fault) => !forgiven.has(fault));
  const fatal = findings.filter(({ fault }) => fault === 'fatal').map(({ text }) => text);
  if (unforgiven.length === 0 && fatal.length === 0) return undefined;
  const reasons = findings
    .filter(({ fault }) => fault === 'fatal' || !forgiven.has(fault))
    .map(({ text }) => text);
  return new TransportError(
    'certificate_refused',
    `The certificate of ${host} is refused: ${reasons.join('; ')}.`,
    {
      phase: 'tls',
      faults,
      unforgiven,
      ...(fatal.length > 0 ? { fatal: fatal.join('; ') } : {}),
      ...(opensslError === undefined ? {} : { systemCode: opensslError }),
    },
  );
}
