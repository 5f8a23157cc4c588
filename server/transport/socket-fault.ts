/** What Node, OpenSSL and undici throw -> a TransportError. Pure; matched on codes, never on messages. */
import { TransportError, type TransportErrorDetails, type TransportFaultCode } from './transport-error.ts';

const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'ETIMEDOUT',
]);
const RESET = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);

/** The alerts of RFC 8446 §6.2 that speak of the peer's certificate: ours. */
const CLIENT_CERTIFICATE_ALERT =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|CERTIFICATE_REQUIRED)/;

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return mostTelling(errors);
  return typeof code === 'string' ? code : undefined;
}

/** One error for each address that was tried: where one was reached, its refusal says more than the way to another that is missing. */
function mostTelling(errors: readonly unknown[]): string | undefined {
  const codes = errors.map(codeOf);
  return (
    ['ECONNREFUSED', 'ECONNRESET'].find((code) => codes.includes(code)) ??
    codes.find((code) => code !== undefined && !UNREACHABLE.has(code)) ??
    codes[0]
  );
}

/** undici's parser errors have lost their code; their name tells what they are. */
function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'UNKNOWN';
}

function isTls(code: string): boolean {
  return (
    code.startsWith('ERR_SSL_') ||
    code.startsWith('ERR_TLS_') ||
    code === 'EPROTO' ||
    code.startsWith('ERR_OSSL_')
  );
}

const PARSER = new Set(['HTTPParserError', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_INVALID_ARG']);

function isParser(code: string): boolean {
  return code.startsWith('HPE_') || PARSER.has(code);
}

function faultBeforeAnswer(code: string): TransportFaultCode {
  if (CLIENT_CERTIFICATE_ALERT.test(code)) return 'client_certificate_refused';
  if (isTls(code)) return 'tls_failed';
  if (code === 'ECONNREFUSED') return 'connection_refused';
  if (UNREACHABLE.has(code)) return 'connection_unreachable';
  if (RESET.has(code)) return 'connection_reset';
  return 'connection_failed';
}

/**
 * @param answerBegan Whether a byte of the answer had been received: from then on a reset is a cut answer, not a lost connection.
 */
export function socketFault(
  error: unknown,
  details: TransportErrorDetails,
  answerBegan: boolean,
): TransportError {
  if (error instanceof TransportError) return error;
  const code = codeOf(error) ?? nameOf(error);
  const fault = faultOf(code, answerBegan);
  return new TransportError(
    fault,
    `${SENTENCES[fault] ?? 'The connection failed'} (${code})`,
    { ...details, systemCode: code },
    error,
  );
}

function faultOf(code: string, answerBegan: boolean): TransportFaultCode {
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'answer_too_large';
  if (isParser(code))
    return code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'HPE_INVALID_EOF_STATE'
      ? 'answer_cut_off'
      : 'answer_malformed';
  return answerBegan ? 'answer_cut_off' : faultBeforeAnswer(code);
}

const SENTENCES: Partial<Record<TransportFaultCode, string>> = {
  connection_refused: 'Nothing accepts connections at that host and port',
  connection_unreachable: 'There is no way to that address',
  connection_reset: 'The connection was closed before an answer began',
  tls_failed: 'No TLS session could be made',
  client_certificate_refused: 'The server refused the client certificate, or asks for one',
  answer_malformed: 'The answer is not HTTP/1.1',
  answer_cut_off: 'The answer ended in the middle',
  answer_too_large: 'The headers of the answer are too large',
};
