/** Sends a request through the profile's proxy, certificate and exceptions; the answer comes back whole, or as a stream. */
import { createHash } from 'node:crypto';
import { ConnectionPool, type ConnectionPoolOptions, type PooledConnection } from './connection-pool.ts';
import { Deadline, type LeavingSignal } from './deadline.ts';
import { exchange, type Answer, type OutgoingRequest } from './exchange.ts';
import { proxyHeaders, saysTargetUnknown, type ForwardProxy } from './forward-proxy.ts';
import { authorityOf, openSocket, targetOf, type SocketParts, type TransportProfile } from './open-socket.ts';
import {
  readable,
  streamedExchange,
  type OpenedAnswer,
  type StreamedAnswer,
  type StreamedRequest,
} from './streamed-exchange.ts';
import { TransportError } from './transport-error.ts';

/** A token answer has a few hundred bytes; a megabyte is generous and keeps a hostile one out of memory. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface SendOptions {
  timeoutMs: number;
  bodyBytesMax?: number;
  signal?: LeavingSignal;
}

export interface StreamOptions {
  /** Until the answer begins: name look-up, connect, TLS and the whole request body included. */
  timeoutMs: number;
  /** From then on: how long the upstream may be silent while it is being read. */
  stallMs: number;
  /** Ends the exchange until the answer begins; afterwards, destroy its body. */
  signal?: LeavingSignal;
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
  /** As `stream`, with a body that is no stream yet: for whoever passes on very many answers. */
  open(request: StreamedRequest, profile: TransportProfile, options: StreamOptions): Promise<OpenedAnswer>;
  close(): Promise<void>;
}

/** What is passed on may hold its socket for minutes, at the pace of whoever reads it: no sign-in waits in the same line. */
const PASSED_ON = 'passed on ';

/** Two requests share a socket only where nothing that was decided on it could differ; digests, since the parts hold secrets. */
function poolKey(origin: string, profile: TransportProfile): string {
  const { proxy, clientCertificate, forgiven } = profile;
  if (proxy === undefined && clientCertificate === undefined && forgiven.size === 0) return origin;
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
function proxyFault({ status, headers }: OpenedAnswer): TransportError | undefined {
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

/** What follows from target and profile, whatever is sent: worked out once where the same two come again and again. */
interface Way {
  origin: string;
  host: string;
  url: URL;
  profile: TransportProfile;
  absoluteForm: boolean;
  /** For the forward proxy, flat. */
  proxyLines: readonly string[];
  poolKey: string;
}

export function createTransport(options: TransportOptions): Transport {
  const pool = new ConnectionPool(options.pool);
  const ways = new WeakMap<TransportProfile, WeakMap<URL, Way>>();

  function profileFor(url: URL, given: TransportProfile): TransportProfile {
    const environmentProxy = given.proxy === undefined ? options.proxyFor?.(url) : undefined;
    return environmentProxy === undefined ? given : { ...given, proxy: environmentProxy };
  }

  function wayTo(url: URL, given: TransportProfile): Way {
    const profile = profileFor(url, given);
    const absoluteForm = isAbsoluteForm(url, profile);
    const { origin, host } = url;
    const proxyLines = absoluteForm ? Object.entries(proxyHeaders(profile.proxy!)).flat() : [];
    return { origin, host, url, profile, absoluteForm, proxyLines, poolKey: poolKey(origin, profile) };
  }

  /** @param url Never changed afterwards, and nor is the profile. */
  function knownWayTo(url: URL, given: TransportProfile): Way {
    let known = ways.get(given);
    if (known === undefined) ways.set(given, (known = new WeakMap()));
    let way = known.get(url);
    if (way === undefined) {
      const found = wayTo(url, given);
      known.set(url, (way = { ...found, poolKey: `${PASSED_ON}${found.poolKey}` }));
    }
    return way;
  }

  function connect(way: Way, deadline: Deadline): PooledConnection | Promise<PooledConnection> {
    const idle = pool.takeIdle(way.poolKey);
    if (idle !== undefined) return idle;
    const open = () => openSocket(targetOf(way.url), way.profile, options, deadline);
    return pool.acquire(way.poolKey, way.origin, open, deadline.signal);
  }

  async function send(
    request: OutgoingRequest,
    given: TransportProfile,
    { timeoutMs, bodyBytesMax = ANSWER_BYTES_MAX, signal }: SendOptions,
  ): Promise<SentAnswer> {
    const way = wayTo(request.url, given);
    const { absoluteForm, origin, profile } = way;
    const { pathname, search } = request.url;
    const deadline = new Deadline(timeoutMs, signal);
    try {
      const connection = await connect(way, deadline);
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

  async function open(
    request: StreamedRequest,
    given: TransportProfile,
    { timeoutMs, stallMs, signal }: StreamOptions,
  ): Promise<OpenedAnswer> {
    const way = knownWayTo(request.origin, given);
    const { absoluteForm, origin, host, proxyLines } = way;
    const { method, path, body } = request;
    const wire = {
      method,
      path: absoluteForm ? `${origin}${path}` : path,
      headers: ['host', host, ...proxyLines, ...request.headers],
      ...(body === undefined ? {} : { body }),
    };
    const deadline = new Deadline(timeoutMs, signal);
    try {
      const connected = connect(way, deadline);
      const connection = connected instanceof Promise ? await connected : connected;
      const answer = await streamedExchange(connection, wire, deadline, stallMs);
      const fault = absoluteForm ? proxyFault(answer) : undefined;
      if (fault === undefined) return answer;
      answer.body.destroy();
      throw fault;
    } finally {
      deadline.clear();
    }
  }

  return {
    send,
    open,
    stream: async (request, profile, given) => readable(await open(request, profile, given)),
    close: () => pool.close(),
  };
}
