/** Where the body of a request begins and ends, and what makes two servers disagree about it. Pure. */
import { BridgeError } from '../errors.ts';
import { comparable, valuesOf } from './header-names.ts';

export type RequestFraming = { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' };

const FRAMING = /^(content-length|transfer-encoding)$/;

function refused(detail: string, remedy?: string): BridgeError {
  return new BridgeError('invalid_request', {
    detail: `${detail}. Nothing was sent.`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/**
 * Node's parser has refused most of these by now. They are refused here too, since what a server in front of the bridge and one
 * behind it read differently becomes a second request that nobody has looked at (RFC 9112 §11.2).
 * @throws BridgeError `invalid_request`.
 */
export function framingOf(raw: readonly string[]): RequestFraming {
  const lengths = valuesOf(raw, 'content-length');
  const encodings = valuesOf(raw, 'transfer-encoding');
  if (raw.some((name, index) => index % 2 === 0 && name.includes('_') && FRAMING.test(comparable(name))))
    throw refused('A header that frames the body is spelt with "_"');
  if (lengths.length > 0 && encodings.length > 0)
    throw refused('The request has both Content-Length and Transfer-Encoding');
  if (encodings.length > 0) {
    if (encodings.length === 1 && encodings[0]!.toLowerCase() === 'chunked') return { kind: 'chunked' };
    throw refused('The Transfer-Encoding is not "chunked"');
  }
  if (lengths.length === 0) return { kind: 'none' };
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0]!))
    throw refused('The Content-Length is not one whole number');
  return { kind: 'length', bytes: Number(lengths[0]) };
}

/**
 * Refuses what cannot be proxied: a change of protocol, and TRACE, whose answer would show the token that the bridge adds.
 * An offer of HTTP/2 (`h2c`) may be passed over in silence, and Java's own client makes one with every request (RFC 9110 §7.8).
 * @throws BridgeError `invalid_request`.
 */
export function requireProxiable(method: string, raw: readonly string[]): void {
  if (method === 'TRACE' || method === 'CONNECT')
    throw refused(`The proxy does not pass on ${method}`, 'Use another method.');
  const protocols = valuesOf(raw, 'upgrade').flatMap((value) => value.split(','));
  if (protocols.some((protocol) => protocol.trim().toLowerCase() !== 'h2c')) {
    throw refused(
      'The proxy does not pass on connections that change their protocol, such as WebSockets',
      'Create the channel through the proxy and connect to the address it gives you directly: that address needs no token.',
    );
  }
}
