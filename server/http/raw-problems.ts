/** Problems about what never gets as far as Express: callers read JSON on every path, these included. Node would answer some of them with nothing. */
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestListener,
  Server,
  ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { BridgeError } from '../errors.ts';
import { correlationOf } from './correlation.ts';
import { toProblem } from './problem.ts';

export const HEADER_BYTES_MAX = 32 * 1024;
/** Enough for an answer to arrive. */
const ANSWER_END_MS = 2_000;

/**
 * A fresh map each time: headers of an answer as Node and as bytes take them.
 * @param given Of the request, as far as any could be read.
 */
function written(
  error: BridgeError,
  given: IncomingHttpHeaders = {},
): { headers: Record<string, string>; body: string } {
  const { correlationId, traceparent } = correlationOf(given);
  const body = JSON.stringify(toProblem(error, correlationId));
  return {
    body,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(body)),
      'X-Correlation-Id': correlationId,
      traceparent,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    },
  };
}

/** Node looks after such a socket no more: a peer that never ends its half, or its TLS handshake, would hold it for ever. */
function endWith(socket: Duplex, error: BridgeError): void {
  setTimeout(() => socket.destroy(), ANSWER_END_MS).unref();
  const { headers, body } = written(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n${body}`);
}

const invalid = (detail: string) => new BridgeError('invalid_request', { detail });

function faultOf(code: string | undefined): BridgeError {
  if (code === 'HPE_HEADER_OVERFLOW') return invalid(`The headers are larger than ${HEADER_BYTES_MAX} bytes`);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return invalid('The request did not come in whole in time');
  return invalid('What came in is not an HTTP/1.1 request');
}

const HOST = 'host';

function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  return hosts;
}

/** RFC 9112 §3.2: no Host, or two of them, is 400. To be used with `requireHostHeader: false`, which would answer without a body. */
export function requireOneHost(listener: RequestListener): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    const hosts = hostsOf(request);
    if (hosts === 1 || (hosts === 0 && request.httpVersion === '1.0')) {
      listener(request, response);
      return;
    }
    const fault = invalid('The request must name its host in one Host header');
    const { headers, body } = written(fault, request.headers);
    response.writeHead(400, headers).end(body);
  };
}

/** @param isBusy Whether an answer is under way on a socket: then bytes of another would be taken for part of it. */
export function answerBelowExpress(server: Server, isBusy: (socket: Duplex) => boolean): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isBusy(socket)) socket.destroy();
    else endWith(socket, faultOf(error.code));
  });
  // An expectation that nobody knows may be left unmet (RFC 9110 §10.1.1); Node would refuse it without a body.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    endWith(socket, invalid('CONNECT is for forward proxies, and the bridge is none'));
  });
}
