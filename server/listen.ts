/** An application on a port, over http or https, and a stop that lets what is in flight end. */
import http, { type RequestListener, type Server, type ServerOptions } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { trackConnections } from './http/open-connections.ts';
import { answerBelowExpress, HEADER_BYTES_MAX, requireOneHost } from './http/raw-problems.ts';
import type { TlsPair } from './tls-files.ts';

/** A request may take this long to come in whole; a slow one holds a socket, not the service. */
const REQUEST_RECEIVED_MS = 120_000;
const HEADERS_RECEIVED_MS = 10_000;
/** How late either of them may be noticed; Node looks every 30 s by default. */
const LOOK_EVERY_MS = 2_000;

/**
 * Longer than balancers keep an idle connection (60 s: nginx, AWS, Heroku and Azure rather less): whoever sends on a connection that is
 * being closed at that moment sees a reset, and a POST is not sent again. Node's 5 s would make that an everyday thing.
 */
const IDLE_MS = 75_000;

/**
 * As many as the system allows (Linux: net.core.somaxconn). Behind Node's 511, what comes all at once, as after a deployment, is sent
 * again by the callers' systems after one, three and seven seconds.
 */
const BACKLOG = 65_535;

/**
 * A connection on which nothing moves for as long, in neither direction, is cut: above all that a caller may have to wait for, and an
 * end for whoever takes nothing of a file or a list. The proxy has a shorter one of its own.
 */
const SILENT_MS = 300_000;

const TLS_HANDSHAKE_MS = 10_000;

/**
 * Every client is asked for a certificate and none is refused for its lack: one that is pinned to a caller signs in, whoever issued
 * it, and any other counts as none.
 */
const TLS_SETTINGS = {
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: 'TLSv1.2',
  handshakeTimeout: TLS_HANDSHAKE_MS,
} as const;

export interface Listener {
  url: string;
  port: number;
  /** For connections from now on; https only. */
  useTls(pair: TlsPair): void;
  /** Stops taking requests, waits for those in flight, then for at most `graceMs` more; resolves when every socket is closed. */
  stop(graceMs: number): Promise<void>;
}

const LIMITS: ServerOptions = {
  requestTimeout: REQUEST_RECEIVED_MS,
  headersTimeout: HEADERS_RECEIVED_MS,
  keepAliveTimeout: IDLE_MS,
  connectionsCheckingInterval: LOOK_EVERY_MS,
  maxHeaderSize: HEADER_BYTES_MAX,
  requireHostHeader: false, // requireOneHost answers in JSON
};

export interface ListenLimits extends ServerOptions {
  silentMs?: number;
}

/**
 * @param tls Where given, https is spoken, and nothing else.
 * @param limits For tests that cannot wait as long.
 * @throws the operating system's error where the port cannot be had: `EADDRINUSE`, `EACCES`.
 */
export async function listen(
  app: RequestListener,
  host: string,
  port: number,
  tls?: TlsPair,
  { silentMs = SILENT_MS, ...limits }: ListenLimits = {},
): Promise<Listener> {
  const answer = requireOneHost(app);
  const secure =
    tls === undefined
      ? undefined
      : https.createServer({ ...LIMITS, ...limits, ...TLS_SETTINGS, ...tls }, answer);
  const server: Server = secure ?? http.createServer({ ...LIMITS, ...limits }, answer);
  server.timeout = silentMs;
  const connections = trackConnections(server);
  answerBelowExpress(server, connections.isBusy);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `${secure === undefined ? 'http' : 'https'}://${name}:${address.port}`,
    port: address.port,
    useTls: (pair) => secure?.setSecureContext({ ...TLS_SETTINGS, ...pair }),
    stop: connections.stop,
  };
}
