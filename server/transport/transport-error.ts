/** Why an exchange with an upstream ended without a whole answer. Facts only: the exit path and the words are decided elsewhere. */

/** Where the exchange was when it ended. `proxy`: talking to the forward proxy before the target could be reached. */
export type TransportPhase = 'prepare' | 'nameLookup' | 'connect' | 'proxy' | 'tls' | 'send' | 'answer';

/** The four certificate faults that a request may forgive, each by its own flag. */
export const CERTIFICATE_FAULTS = [
  'unknownCertificateAuthority',
  'wrongCertificateUsage',
  'certificateNameMismatch',
  'invalidCertificateDate',
] as const;
export type CertificateFault = (typeof CERTIFICATE_FAULTS)[number];

/** Closed set, so that exit path and diagnosis are tables over it. */
export const TRANSPORT_FAULTS = [
  'name_not_found', // the resolver says that the name does not exist
  'name_server_failed', // no resolver gave an answer about the name
  'proxy_target_unknown', // the forward proxy says that it cannot resolve the target
  'deadline', // the one deadline passed, in `phase`
  'connection_refused',
  'connection_unreachable',
  'connection_reset', // closed or reset before an answer began
  'connection_failed', // any other failure of the socket before an answer began
  'tls_failed', // no TLS session: not TLS at all, no common version or cipher, an alert
  'certificate_refused', // the server's certificate has faults that are not all forgiven: `faults`, `fatal`
  'client_certificate_unusable', // missing, unreadable, key does not fit; nothing was sent
  'client_certificate_refused', // the server answered our certificate, or the lack of one, with an alert
  'proxy_authentication_required', // 407 to CONNECT
  'proxy_tunnel_refused', // any other status to CONNECT
  'answer_malformed', // not HTTP/1.1
  'answer_cut_off', // ended in the middle
  'answer_too_large',
  'answer_undecodable', // its content encoding is broken or unknown
] as const;
export type TransportFaultCode = (typeof TRANSPORT_FAULTS)[number];

export interface TransportErrorDetails {
  phase: TransportPhase;
  /** True where the forward proxy, and not the target, is the peer that failed. */
  atProxy?: boolean;
  /** Every fault found on the chain, forgiven or not. */
  faults?: readonly CertificateFault[];
  /** Those of `faults` that no flag forgave. */
  unforgiven?: readonly CertificateFault[];
  /** Certificate fault outside the four, in a few words: `bad signature on CN=…`. */
  fatal?: string;
  /** Status that the forward proxy answered to CONNECT. */
  proxyStatus?: number;
  /** Code of the operating system, OpenSSL or the HTTP parser: `ECONNREFUSED`, `HPE_INVALID_CONSTANT`. */
  systemCode?: string;
}

export class TransportError extends Error {
  readonly fault: TransportFaultCode;
  readonly details: TransportErrorDetails;
  /** As much of an answer as had come. Foreign text: to be redacted before it is shown. */
  received?: { status: number; headers: Readonly<Record<string, string>>; body: string };

  constructor(fault: TransportFaultCode, message: string, details: TransportErrorDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransportError';
    this.fault = fault;
    this.details = details;
  }
}
