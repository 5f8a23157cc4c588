/** Sends a request through the profile's proxy, certificate and exceptions; the answer comes back whole, or as a stream. */
import { createHash } from 'node:crypto';
import { ConnectionPool, type ConnectionPoolOptions, type PooledConnection } from './connection-pool.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { exchange, type Answer, type OutgoingRequest } from './exchange.ts';
import { proxyHeaders, saysTargetUnknown, type ForwardProxy } from './forward-proxy.ts';
import { authorityOf, openSocket, targetOf, type SocketParts, type TransportProfile } from './open-socket.ts';
import { streamedExchange, type StreamedAnswer, type StreamedRequest } from './streamed-exchange.ts';
import { TransportError } from './transport-error.ts';

/** A token answer has a few hundred bytes; a megabyte is generous and keeps a hostile one out of memory. */
export const ANSWER_BYTES_MAX = 1024 * 1024;

export interface SendOptions {
  timeoutMs: number;
  bodyBytesMax?: number;
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** Until the answer begins: name look-up, connect, TLS and the whole request body included. */
  timeoutMs: number;
  /** From then on: how long the upstream may be silent while it is being read. */
  stallMs: number;
  /** Ends the exchange until the answer begins; afterwards, destroy its body. */
  signal?: AbortSignal;
}

export interface TransportOptions extends SocketParts {
  /** The operator's proxy for an address, from HTTPS_PROXY and NO_PROXY. */
  proxyFor?(url: URL): ForwardProxy | undefined;
  pool?: ConnectionPoolOptions;
}

export interface SentAnswer extends Answer {
  /** The forward proxy that read the request, added its password to it, and may have answered in the target's place. */
  forwardedBy?: ForwardProxy;
}

export interface Transport {
  send(request: OutgoingRequest, profile: TransportProfile, options: SendOptions): Promise<SentAnswer>;
  /**
   * As `send`, over the same connections and under the same policy, but request and answer stream and nothing is decoded.
   * @throws TransportError where no answer began; BridgeError `egress_denied`; the signal's reason.
   */
  stream(
    request: StreamedRequest,
    profile: TransportProfile,
    options: StreamOptions,
  ): Promise<StreamedAnswer>;
  close(): Promise<void>;
}

/** Two requests share a socket only where nothing that was decided on it could differ; digests, since the parts hold secrets. */
function poolKey(origin: string, profile: TransportProfile): string {
  const { proxy, clientCertificate, forgiven } = profile;
  const proxyPart =
    proxy === undefined
      ? ''
      : [proxy.protocol, authorityOf(proxy), proxy.trusted, proxy.authorization?.reveal() ?? ''];
  const parts = [origin, proxyPart, clientCertificate?.certPem ?? '', [...forgiven].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function isAbsoluteForm(url: URL, profile: TransportProfile): boolean {
  return profile.proxy !== undefined && url.protocol === 'http:';
}

/** A proxy that is asked in absolute form answers in the target's place; what it says of itself is no answer of the target. */
function proxyFault({ status, headers }: StreamedAnswer): TransportError | undefined {
  const details = { phase: 'proxy', atProxy: true, proxyStatus: status } as const;
  if (status === 407) {
    const message = 'The forward proxy asks for a user and password';
    return new TransportError('proxy_authentication_required', message, details);
  }
  const named = Object.fromEntries(
    headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1]!]] : [])),
  );
  if (!saysTargetUnknown(status, named)) return undefined;
  return new TransportError('proxy_target_unknown', 'The forward proxy cannot resolve the target', details);
}

export function createTransport(options: TransportOptions): Transport {
  const pool = new ConnectionPool(options.pool);
  /** Of profiles that are used again and again, by origin. */
  const keys = new WeakMap<TransportProfile, Map<string, string>>();

  function keyOf(origin: string, profile: TransportProfile): string {
    const byOrigin = keys.get(profile) ?? new Map<string, string>();
    keys.set(profile, byOrigin);
    let key = byOrigin.get(origin);
    if (key === undefined) byOrigin.set(origin, (key = poolKey(origin, profile)));
    return key;
  }

  function profileFor(url: URL, given: TransportProfile): TransportProfile {
    const environmentProxy = given.proxy === undefined ? options.proxyFor?.(url) : undefined;
    return environmentProxy === undefined ? given : { ...given, proxy: environmentProxy };
  }

  function connect(url: URL, profile: TransportProfile, deadline: Deadline): Promise<PooledConnection> {
    const open = () => openSocket(targetOf(url), profile, options, deadline);
    const { origin } = url;
    return pool.acquire(keyOf(origin, profile), origin, open, deadline.signal);
  }

  async function send(
    request: OutgoingRequest,
    given: TransportProfile,
    { timeoutMs, bodyBytesMax = ANSWER_BYTES_MAX, signal }: SendOptions,
  ): Promise<SentAnswer> {
    const profile = profileFor(request.url, given);
    const { origin, pathname, search } = request.url;
    const absoluteForm = isAbsoluteForm(request.url, profile);
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const connection = await connect(request.url, profile, deadline);
      try {
        const headers = absoluteForm
          ? { ...proxyHeaders(profile.proxy!), ...request.headers }
          : request.headers;
        const path = absoluteForm ? `${origin}${pathname}${search}` : `${pathname}${search}`;
        const answer = await exchange(connection, { ...request, headers }, path, bodyBytesMax, deadline);
        return absoluteForm ? { ...answer, forwardedBy: profile.proxy! } : answer;
      } finally {
        connection.release();
      }
    } finally {
      deadline.clear();
    }
  }

  async function stream(
    request: StreamedRequest,
    given: TransportProfile,
    { timeoutMs, stallMs, signal }: StreamOptions,
  ) {
    const { origin } = request;
    const profile = profileFor(origin, given);
    const absoluteForm = isAbsoluteForm(origin, profile);
    const proxyLines = absoluteForm ? Object.entries(proxyHeaders(profile.proxy!)).flat() : [];
    const wire = {
      ...request,
      path: absoluteForm ? `${origin.origin}${request.path}` : request.path,
      headers: ['host', origin.host, ...proxyLines, ...request.headers],
    };
    const deadline = startDeadline(timeoutMs, signal);
    try {
      const connection = await connect(origin, profile, deadline);
      const answer = await streamedExchange(connection, wire, deadline, stallMs);
      const fault = absoluteForm ? proxyFault(answer) : undefined;
      if (fault === undefined) return answer;
      answer.body.destroy();
      throw fault;
    } finally {
      deadline.clear();
    }
  }

  return { send, stream, close: () => pool.close() };
}
