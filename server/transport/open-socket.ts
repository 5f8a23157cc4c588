/** From a host name to a socket on which HTTP may begin: look-up, connect, tunnel, TLS, verification. */
import net, { type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { BridgeError } from '../errors.ts';
import { untilAborted, type Deadline } from './deadline.ts';
import { openTunnel, unbracketed, type ForwardProxy } from './forward-proxy.ts';
import { codeOf, socketFault } from './socket-fault.ts';
import { TransportError, type CertificateFault } from './transport-error.ts';
import type { ClientCertificate } from './certificates/client-certificates.ts';

/** All that decides which sockets a request may share with another. */
export interface TransportProfile {
  proxy?: ForwardProxy;
  clientCertificate?: ClientCertificate;
  forgiven: ReadonlySet<CertificateFault>;
}

export interface Target {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number;
}

export interface ResolvedAddress {
  address: string;
  family: number;
}

export interface SocketParts {
  /** Addresses of a host that may be dialled; judges name, port and every address. */
  lookupAllowed(host: string, port: number, signal: AbortSignal): Promise<readonly ResolvedAddress[]>;
  /** Judges the name alone: of a target that a proxy will resolve. Throws where it is not allowed. */
  checkTarget(host: string, port: number): void;
  /** Addresses of the operator's own proxy: no policy. */
  lookupTrusted(host: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]>;
  /** Trusted authorities, and our certificate where the server asks for one; kept, since making one is slow. */
  secureContext(clientCertificate?: ClientCertificate): tls.SecureContext;
  verifyPeer(
    socket: TLSSocket,
    host: string,
    forgiven: ReadonlySet<CertificateFault>,
  ): TransportError | undefined;
}

/** Each address of a host gets this long before the next is tried beside it (RFC 8305 §5 says 250 ms; slow links need more). */
const ADDRESS_ATTEMPT_MS = 1_000;
const NOTHING_FORGIVEN: ReadonlySet<CertificateFault> = new Set();

export function targetOf(url: URL): Target {
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  return {
    protocol,
    hostname: unbracketed(url.hostname),
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}

export function authorityOf({ hostname, port }: { hostname: string; port: number }): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      socket.off('error', fail).off('close', closed).off(event, done);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const fail = (error: Error) => finish(() => reject(error));
    const closed = () => finish(() => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    const done = () => finish(resolve);
    const abort = () => {
      socket.on('error', () => undefined).destroy();
      finish(() => reject(signal.reason as Error));
    };
    socket.once('error', fail).once('close', closed).once(event, done);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

async function dial(
  addresses: readonly ResolvedAddress[],
  port: number,
  deadline: Deadline,
): Promise<Socket> {
  const socket = net.connect({
    host: 'resolved.invalid',
    port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    // Node dials what this gives and nothing else: what was checked is what is dialled.
    lookup: (_host, _options, callback) => callback(null, [...addresses]),
  });
  await settled(socket, 'connect', deadline.signal);
  return socket;
}

async function startTls(
  socket: Socket,
  host: string,
  secureContext: tls.SecureContext,
  deadline: Deadline,
): Promise<TLSSocket> {
  const secured = tls.connect({
    secureContext,
    socket,
    // RFC 6066 §3: an address is no server name.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false, // verifyPeer decides, on every fault and not on the first
    checkServerIdentity: () => undefined,
  });
  try {
    await settled(secured, 'secureConnect', deadline.signal);
  } catch (error) {
    secured.on('error', () => undefined).destroy();
    throw error;
  }
  return secured;
}

function verified(
  secured: TLSSocket,
  host: string,
  forgiven: ReadonlySet<CertificateFault>,
  parts: SocketParts,
): TLSSocket {
  try {
    const refusal = parts.verifyPeer(secured, host, forgiven);
    if (refusal === undefined) return secured;
    throw refusal;
  } catch (error) {
    secured.on('error', () => undefined).destroy();
    throw error;
  }
}

async function openToProxy(proxy: ForwardProxy, parts: SocketParts, deadline: Deadline): Promise<Socket> {
  deadline.atProxy = true;
  deadline.phase = 'nameLookup';
  const addresses = await untilAborted(
    proxy.trusted
      ? parts.lookupTrusted(proxy.hostname, deadline.signal)
      : parts.lookupAllowed(proxy.hostname, proxy.port, deadline.signal),
    deadline.signal,
  ).catch((error: unknown) => {
    if (error instanceof TransportError) error.details.atProxy = true;
    throw error;
  });
  deadline.phase = 'connect';
  const socket = await dial(addresses, proxy.port, deadline);
  if (proxy.protocol === 'http:') return socket;
  deadline.phase = 'tls';
  const secured = await startTls(socket, proxy.hostname, parts.secureContext(), deadline);
  return verified(secured, proxy.hostname, NOTHING_FORGIVEN, parts);
}

async function openDirect(target: Target, parts: SocketParts, deadline: Deadline): Promise<Socket> {
  deadline.phase = 'nameLookup';
  const addresses = await untilAborted(
    parts.lookupAllowed(target.hostname, target.port, deadline.signal),
    deadline.signal,
  );
  deadline.phase = 'connect';
  return dial(addresses, target.port, deadline);
}

async function openThroughProxy(
  target: Target,
  proxy: ForwardProxy,
  parts: SocketParts,
  deadline: Deadline,
): Promise<Socket> {
  parts.checkTarget(target.hostname, target.port);
  const socket = await openToProxy(proxy, parts, deadline);
  if (target.protocol === 'http:') return socket; // absolute form: the proxy reads the target from the request line
  deadline.phase = 'proxy';
  try {
    return await openTunnel(socket, proxy, authorityOf(target), deadline.signal);
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  }
}

/** Before anything is dialled: a certificate that OpenSSL will not load is found while nobody has heard of us. */
function secureContextFor(profile: TransportProfile, parts: SocketParts): tls.SecureContext {
  try {
    return parts.secureContext(profile.clientCertificate);
  } catch (error) {
    if (profile.clientCertificate === undefined) throw error;
    throw new TransportError(
      'client_certificate_unusable',
      `The client certificate "${profile.clientCertificate.name}" cannot be used: TLS refuses it or one of its issuers (${codeOf(error) ?? 'unknown error'})`,
      { phase: 'prepare' },
      error,
    );
  }
}

/** @throws TransportError for whatever went wrong before HTTP could begin; BridgeError `egress_denied`. */
export async function openSocket(
  target: Target,
  profile: TransportProfile,
  parts: SocketParts,
  deadline: Deadline,
): Promise<Socket> {
  try {
    const secureContext = target.protocol === 'https:' ? secureContextFor(profile, parts) : undefined;
    const socket =
      profile.proxy === undefined
        ? await openDirect(target, parts, deadline)
        : await openThroughProxy(target, profile.proxy, parts, deadline);
    deadline.atProxy = false;
    if (secureContext === undefined) return socket;
    deadline.phase = 'tls';
    const secured = await startTls(socket, target.hostname, secureContext, deadline);
    return verified(secured, target.hostname, profile.forgiven, parts);
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason;
    // Faults of ours, such as a refused egress, pass as they are.
    if (error instanceof BridgeError) throw error;
    throw beforeHttp(socketFault(error, { phase: deadline.phase, atProxy: deadline.atProxy }, false));
  }
}

/** Nothing that ends here is an answer of the target: a proxy that does not speak HTTP has refused the tunnel in its way. */
function beforeHttp(error: TransportError): TransportError {
  if (!error.fault.startsWith('answer_')) return error;
  return new TransportError(
    'proxy_tunnel_refused',
    'The forward proxy did not answer as an HTTP proxy does',
    error.details,
    error,
  );
}
