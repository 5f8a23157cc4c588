/** Forward proxies that fail in every way one can, on 127.0.0.1 and a free port. Good ones: forward-proxy.ts. */
import { startSocketServer } from './misbehaving-sockets.ts';
import type { MisbehavingServer, Peer } from './misbehaving-sockets.ts';

type Behaviour = (peer: Peer) => void;

const OPEN = 'HTTP/1.1 200 Connection established\r\n\r\n';

function refusal(status: string, headers: readonly string[] = [], body = ''): Behaviour {
  const lines = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body];
  return ({ socket }) => void socket.end(lines.join('\r\n'));
}

const PROXY_KINDS = {
  authenticationRequired: refusal('407 Proxy Authentication Required', [
    'Proxy-Authenticate: Basic realm="proxy"',
  ]),
  forbidden: refusal('403 Forbidden'),
  badGateway: refusal('502 Bad Gateway'),
  unavailable: refusal('503 Service Unavailable'),
  gatewayTimeout: refusal('504 Gateway Timeout'),
  /** RFC 9209 §2.3.2. */
  proxyStatusDnsError: refusal('504 Gateway Timeout', [
    'Proxy-Status: proxy.example; error=dns_error; rcode="NXDOMAIN"',
  ]),
  squidDnsFail: refusal(
    '503 Service Unavailable',
    ['Server: squid/6.6', 'X-Squid-Error: ERR_DNS_FAIL 0', 'Content-Type: text/html'],
    '<html><body>The following error was encountered: Unable to determine IP address from host name</body></html>',
  ),
  /** Takes the request and never answers it. */
  stallBeforeAnswer: () => undefined,
  /** Opens the tunnel and passes nothing on. */
  stallAfterConnect: ({ socket }) => void socket.write(OPEN),
  reset: ({ reset }) => reset(),
  close: ({ socket }) => void socket.end(),
  garbage: ({ socket }) => void socket.end('\u0000\u0001 no HTTP\r\n\r\n'),
  openThenReset: ({ socket, reset }) => void socket.write(OPEN, () => setImmediate(reset)),
} as const satisfies Record<string, Behaviour>;

export type MisbehavingProxyKind = keyof typeof PROXY_KINDS;
export const MISBEHAVING_PROXY_KINDS = Object.keys(PROXY_KINDS) as readonly MisbehavingProxyKind[];

/** `url` goes into `proxyUri`; `seen.requests` shows what the proxy was asked. */
export function startMisbehavingProxy(kind: MisbehavingProxyKind): Promise<MisbehavingServer> {
  return startSocketServer({ onRequest: (peer) => PROXY_KINDS[kind](peer) });
}
