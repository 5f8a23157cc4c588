/** Recognises in plain text what the transport would have reported as a fault: messages of Node, OpenSSL, curl and Java. Pure. */
import type {
  CertificateFault,
  TransportErrorDetails,
  TransportFaultCode,
} from '../transport/transport-error.ts';
import type { DiagnosisFacts } from './facts.ts';

type Fault = NonNullable<DiagnosisFacts['fault']>;
type Clue = readonly [phrase: RegExp, code: TransportFaultCode, details: TransportErrorDetails];

function certificate(fault: CertificateFault): TransportErrorDetails {
  return { phase: 'tls', faults: [fault], unforgiven: [fault] };
}

/** Phrases in normalised text, most telling first. */
const CLUES: readonly Clue[] = [
  [
    /unable to get local issuer|unable_to_get_issuer_cert|self[- ]signed certificate|self_signed_cert|unable to verify the first certificate|unable_to_verify_leaf|unable to get issuer certificate/,
    'certificate_refused',
    certificate('unknownCertificateAuthority'),
  ],
  [
    /err_tls_cert_altname_invalid|does not match certificate's altnames|no alternative certificate subject name|certificate subject name .{0,200}does not match/,
    'certificate_refused',
    certificate('certificateNameMismatch'),
  ],
  [
    /certificate has expired|cert_has_expired|certificate is not yet valid|cert_not_yet_valid/,
    'certificate_refused',
    certificate('invalidCertificateDate'),
  ],
  [
    /unsupported certificate purpose|invalid_purpose/,
    'certificate_refused',
    certificate('wrongCertificateUsage'),
  ],
  [
    /wrong version number|err_ssl_wrong_version_number|ssl_error_rx_record_too_long|packet length too long|ssl routines[^ ]{0,40}:http request/,
    'tls_failed',
    { phase: 'tls', systemCode: 'ERR_SSL_WRONG_VERSION_NUMBER' },
  ],
  [
    /unsupported protocol|alert protocol version|no protocols available|no shared cipher/,
    'tls_failed',
    { phase: 'tls', systemCode: 'ERR_SSL_UNSUPPORTED_PROTOCOL' },
  ],
  [
    /alert (?:bad certificate|certificate required|handshake failure.{0,80}client cert)|bad_certificate|certificate_required/,
    'client_certificate_refused',
    { phase: 'tls' },
  ],
  [
    /\beproto\b|ssl handshake|handshake_failure|handshake failure|tls handshake/,
    'tls_failed',
    { phase: 'tls' },
  ],
  [/could not resolve proxy/, 'name_not_found', { phase: 'nameLookup', atProxy: true }],
  [
    /\benotfound\b|could not resolve host|unknownhostexception|name or service not known|no such host/,
    'name_not_found',
    { phase: 'nameLookup' },
  ],
  [/\beai_again\b|temporary failure in name resolution/, 'name_server_failed', { phase: 'nameLookup' }],
  [/\beconnrefused\b|connection refused/, 'connection_refused', { phase: 'connect' }],
  [
    /\behostunreach\b|\benetunreach\b|no route to host|network is unreachable/,
    'connection_unreachable',
    { phase: 'connect' },
  ],
  [
    /\beconnreset\b|socket hang up|connection reset|und_err_socket|other side closed|empty reply from server/,
    'connection_reset',
    { phase: 'answer' },
  ],
  [
    /und_err_headers_timeout|und_err_body_timeout|headers timeout error|body timeout error|operation timed out after/,
    'deadline',
    { phase: 'answer' },
  ],
  [
    /\betimedout\b|und_err_connect_timeout|connect timeout|connection timed out/,
    'deadline',
    { phase: 'connect' },
  ],
  [
    /proxy authentication required|from proxy after connect: 407|received http code 407/,
    'proxy_authentication_required',
    { phase: 'proxy', proxyStatus: 407 },
  ],
  [
    /from proxy after connect|connect tunnel failed|tunneling socket could not be established/,
    'proxy_tunnel_refused',
    { phase: 'proxy' },
  ],
  [/\bhpe_[a-z_]{3,40}|parse error: expected http/, 'answer_malformed', { phase: 'answer' }],
];

export function faultInText(normalised: string): Fault | undefined {
  const clue = CLUES.find(([phrase]) => phrase.test(normalised));
  return clue === undefined ? undefined : { code: clue[1], details: clue[2], message: '' };
}
