/** Sends a request through the profile's proxy, certificate and exceptions, and gives back the whole answer. */
import { createHash } from 'node:crypto';
import { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.ts';
import { startDeadline } from './deadline.ts';
import { exchange, type Answer, type OutgoingRequest } from './exchange.ts';
import { proxyHeaders, type ForwardProxy } from './forward-proxy.ts';
import { authorityOf, openSocket, targetOf, type SocketParts, type TransportProfile } from './open-socket.ts';

/** A token answer has a few hundred bytes; a megabyte is generous and keeps a hostile one out of memory. */
export const ANSWER_BYTES_MAX = 1024 * 1024;

export interface SendOptions {
  timeoutMs: number;
  bodyBytesMax?: number;
  signal?: AbortSignal;
}

export interface TransportOptions extends SocketParts {
  /** The operator's proxy for an address, from HTTPS_PROXY and NO_PROXY. */
  proxyFor?(url: URL): ForwardProxy | undefined;
  pool?: ConnectionPoolOptions;
}

export interface Transport {
  send(request: OutgoingRequest, profile: TransportProfile, options: SendOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** Two requests share a socket only where nothing that was decided on it could differ; digests, since the parts hold secrets. */
function poolKey(origin: string, profile: TransportProfile): string {
  const { proxy, clientCertificate, forgiven } = profile;
  const proxyPart =
    proxy === undefined
      ? ''
      : [proxy.protocol, authorityOf(proxy), proxy.trusted, proxy.authorization?.reveal() ?? ''];
  const parts = [origin, proxyPart, clientCertificate?.fingerprint256 ?? '', [...forgiven].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function isAbsoluteForm(request: OutgoingRequest, profile: TransportProfile): boolean {
  return profile.proxy !== undefined && request.url.protocol === 'http:';
}

export function createTransport(options: TransportOptions): Transport {
  const pool = new ConnectionPool(options.pool);

  async function send(
    request: OutgoingRequest,
    given: TransportProfile,
    { timeoutMs, bodyBytesMax = ANSWER_BYTES_MAX, signal }: SendOptions,
  ) {
    const environmentProxy = given.proxy === undefined ? options.proxyFor?.(request.url) : undefined;
    const profile = environmentProxy === undefined ? given : { ...given, proxy: environmentProxy };
    const { origin, pathname, search } = request.url;
    const absoluteForm = isAbsoluteForm(request, profile);
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const key = poolKey(origin, profile);
      const open = () => openSocket(targetOf(request.url), profile, options, deadline);
      const connection = await pool.acquire(key, origin, open, deadline.signal);
      try {
        const headers = absoluteForm
          ? { ...proxyHeaders(profile.proxy!), ...request.headers }
          : request.headers;
        const path = absoluteForm ? `${origin}${pathname}${search}` : `${pathname}${search}`;
        return await exchange(connection, { ...request, headers }, path, bodyBytesMax, deadline);
      } finally {
        connection.release();
      }
    } finally {
      deadline.clear();
    }
  }

  return { send, close: () => pool.close() };
}
