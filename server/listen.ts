/** An application on a port: parser faults answered as problems, and a stop that lets what is in flight end. */
import { randomUUID } from 'node:crypto';
import http, { type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { BridgeError } from './errors.ts';
import { toProblem } from './http/problem.ts';

/** A request may take this long to come in whole; a slow one holds a socket, not the service. */
const REQUEST_RECEIVED_MS = 30_000;
const HEADERS_RECEIVED_MS = 10_000;
const HEADER_BYTES_MAX = 32 * 1024;

export interface Listener {
  url: string;
  port: number;
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

/** @throws the operating system's error where the port cannot be had: `EADDRINUSE`, `EACCES`. */
export async function listen(app: Express, host: string, port: number): Promise<Listener> {
  const server = http.createServer(
    {
      requestTimeout: REQUEST_RECEIVED_MS,
      headersTimeout: HEADERS_RECEIVED_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    app,
  );
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
    url: `http://${name}:${address.port}`,
    port: address.port,
    stop: (graceMs) => stopServer(server, graceMs),
  };
}
