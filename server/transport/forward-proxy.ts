/** A forward proxy: its address, its credentials, and the tunnel through it (RFC 9110 §9.3.6). */
import type { Socket } from 'node:net';
import { Client } from 'undici';
import { Secret } from '../secret.ts';
import { joinedHeaders } from './exchange.ts';
import { TransportError } from './transport-error.ts';

export interface ForwardProxy {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number;
  /** Value of Proxy-Authorization. */
  authorization?: Secret;
  /** The password alone, to be taken out of what a proxy says. */
  password?: Secret;
  /** Set by the operator through HTTPS_PROXY: then it is not under the egress policy, which is for what callers name. */
  trusted: boolean;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param uri `http://user:password@host:port`, percent-encoding in the user info allowed. */
export function parseForwardProxy(uri: string, trusted = false): ForwardProxy {
  const url = new URL(uri);
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const hasUser = url.username !== '' || url.password !== '';
  const userInfo = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    protocol,
    hostname: unbracketed(url.hostname),
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
    ...(hasUser
      ? {
          authorization: new Secret(`Basic ${Buffer.from(userInfo, 'utf8').toString('base64')}`),
          password: new Secret(decoded(url.password)),
        }
      : {}),
    trusted,
  };
}

/** `[::1]` as URLs write it -> `::1` as sockets take it. */
export function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export function proxyHeaders(proxy: ForwardProxy): Record<string, string> {
  return proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization.reveal() };
}

/** What a proxy writes in its answer when the target's name does not resolve. RFC 9209 §2.3; squid; npm proxy-chain. */
export function saysTargetUnknown(status: number, headers: Readonly<Record<string, string>>): boolean {
  return (
    /\berror="?dns_(error|timeout)/i.test(headers['proxy-status'] ?? '') ||
    (headers['x-squid-error'] ?? '').startsWith('ERR_DNS_FAIL') ||
    status === 593
  );
}

function refusalOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  target: string,
): TransportError {
  const details = { phase: 'proxy', atProxy: true, proxyStatus: status } as const;
  if (saysTargetUnknown(status, headers)) {
    return new TransportError('proxy_target_unknown', `The forward proxy cannot resolve ${target}`, details);
  }
  if (status === 407) {
    return new TransportError(
      'proxy_authentication_required',
      'The forward proxy asks for a user and password',
      details,
    );
  }
  return new TransportError(
    'proxy_tunnel_refused',
    `The forward proxy answered ${status} to CONNECT ${target}`,
    details,
  );
}

/**
 * Asks the proxy on `socket` for a tunnel to `target` and gives back the socket, now talking to the target.
 * @param target `host:port`.
 * @throws TransportError `proxy_target_unknown` | `proxy_authentication_required` | `proxy_tunnel_refused`.
 */
export async function openTunnel(
  socket: Socket,
  proxy: ForwardProxy,
  target: string,
  signal: AbortSignal,
): Promise<Socket> {
  const origin = `${proxy.protocol}//${proxy.hostname.includes(':') ? `[${proxy.hostname}]` : proxy.hostname}:${proxy.port}`;
  const client = new Client(origin, {
    connect: (_options, callback) => queueMicrotask(() => callback(null, socket)),
    headersTimeout: 0,
  });
  const {
    statusCode,
    headers,
    socket: tunnel,
  } = await client.connect({
    path: target,
    headers: { host: target, ...proxyHeaders(proxy) },
    signal,
  });
  if (statusCode >= 200 && statusCode < 300) return tunnel as Socket;
  tunnel.on('error', () => undefined).destroy();
  throw refusalOf(statusCode, joinedHeaders(headers), target);
}
