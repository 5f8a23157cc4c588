/** An application on a port: parser faults answered as problems, and a stop that lets what is in flight end. */
import { randomUUID } from 'node:crypto';
import http, { type Server, type ServerOptions } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { BridgeError } from './errors.ts';
import { toProblem } from './http/problem.ts';
import type { TlsPair } from './tls-files.ts';

/** A request may take this long to come in whole; a slow one holds a socket, not the service. */
const REQUEST_RECEIVED_MS = 30_000;
const HEADERS_RECEIVED_MS = 10_000;
const HEADER_BYTES_MAX = 32 * 1024;

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

function problemOf(code: string | undefined): BridgeError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new BridgeError('invalid_request', {
      detail: `The headers are larger than ${HEADER_BYTES_MAX} bytes`,
    });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new BridgeError('invalid_request', { detail: 'The request did not come in whole in time' });
  }
  return new BridgeError('invalid_request', { detail: 'What came in is not an HTTP/1.1 request' });
}

/** Node would answer a bare 400; callers read JSON on every path, this one included. */
function answerParserFault(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const correlationId = randomUUID();
  const body = JSON.stringify(toProblem(problemOf(error.code), correlationId));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Correlation-Id: ${correlationId}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
}

function stopServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const LIMITS: ServerOptions = {
  requestTimeout: REQUEST_RECEIVED_MS,
  headersTimeout: HEADERS_RECEIVED_MS,
  maxHeaderSize: HEADER_BYTES_MAX,
};

/**
 * @param tls Where given, https is spoken, and nothing else.
 * @throws the operating system's error where the port cannot be had: `EADDRINUSE`, `EACCES`.
 */
export async function listen(app: Express, host: string, port: number, tls?: TlsPair): Promise<Listener> {
  const secure =
    tls === undefined ? undefined : https.createServer({ ...LIMITS, ...TLS_SETTINGS, ...tls }, app);
  const server: Server = secure ?? http.createServer(LIMITS, app);
  server.on('clientError', answerParserFault);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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
    stop: (graceMs) => stopServer(server, graceMs),
  };
}
