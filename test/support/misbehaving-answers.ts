/** What a misbehaving HTTP server does once it has read the request: one entry a kind. No listener here. */
import { gzipBomb, drip, pour } from '../../sandbox/streaming.ts';
import type { Peer } from './misbehaving-sockets.ts';

export const GOOD_TOKEN = { access_token: 'a-good-token', token_type: 'bearer', expires_in: 3600 } as const;

export interface AnswerOptions {
  /** Between two bytes of the slow kinds. Default 1000. */
  intervalMs?: number;
  /** Of `hugeBody` and, unpacked, `gzipBomb`. Default 1 GiB. */
  bytes?: number;
  /** Of `answer`, `html` and `redirect`. */
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Of `redirect`. */
  location?: string;
}

type Behaviour = (peer: Peer, options: AnswerOptions) => void;

const ONE_GIB = 1024 ** 3;
const POUR_CHUNK = Buffer.alloc(64 * 1024, 'a');
const TOKEN_JSON = JSON.stringify(GOOD_TOKEN);
const HTML = '<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>';
const JSON_TYPE = { 'Content-Type': 'application/json' } as const;

/** A whole answer with a right Content-Length. */
export function httpAnswer(
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): string {
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)) };
  return `${head(status, all)}${body}`;
}

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`;
}

const send =
  (text: string): Behaviour =>
  ({ socket }) =>
    void socket.write(text);
const sendAndEnd =
  (text: string): Behaviour =>
  ({ socket }) =>
    void socket.end(text);
/** The bytes get on the wire first: the peer sees a beginning, then the reset. */
const sendAndReset =
  (text: string): Behaviour =>
  ({ socket, reset }) =>
    void socket.write(text, () => setImmediate(reset));
const withLength = (length: number) => head(200, { ...JSON_TYPE, 'Content-Length': String(length) });
const chunked = head(200, { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' });
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

export const ANSWERS = {
  /** Behaves well, for comparison. */
  token: send(httpAnswer(200, TOKEN_JSON)),
  answer: ({ socket }, { status = 200, body = '', headers = JSON_TYPE }) =>
    void socket.write(httpAnswer(status, body, headers)),
  silent: () => undefined,
  resetBeforeAnswer: ({ reset }) => reset(),
  closeBeforeAnswer: ({ socket }) => void socket.end(),
  resetInHeaders: sendAndReset('HTTP/1.1 200 OK\r\nContent-Type: appl'),
  closeInHeaders: sendAndEnd('HTTP/1.1 200 OK\r\nContent-Type: appl'),
  resetInBody: sendAndReset(`${withLength(4096)}{"access_token":"half`),
  slowHeaders: ({ socket }, { intervalMs = 1000 }) => {
    const padding = `X-Padding: ${'a'.repeat(4096)}\r\n`;
    drip(socket, Buffer.from(`HTTP/1.1 200 OK\r\n${padding}\r\n`), intervalMs);
  },
  slowBody: ({ socket }, { intervalMs = 1000 }) => {
    const body = `{"access_token":"${'a'.repeat(4096)}"}`;
    socket.write(withLength(body.length));
    drip(socket, Buffer.from(body), intervalMs);
  },
  redirect: ({ socket }, { status = 302, location = '/elsewhere' }) =>
    void socket.write(httpAnswer(status, '', { Location: location })),
  html: ({ socket }, { status = 200 }) =>
    void socket.write(httpAnswer(status, HTML, { 'Content-Type': 'text/html' })),
  emptyOk: send(httpAnswer(200)),
  noContent: send('HTTP/1.1 204 No Content\r\n\r\n'),
  /** Whole as HTTP, cut as JSON. */
  truncatedJson: send(httpAnswer(200, TOKEN_JSON.slice(0, -20))),
  /** Ends before Content-Length is reached. */
  shortBody: sendAndEnd(`${withLength(TOKEN_JSON.length + 100)}${TOKEN_JSON}`),
  /** Ends without the last chunk, although the JSON is whole. */
  cutChunked: sendAndEnd(`${chunked}${chunk(TOKEN_JSON)}`),
  noToken: send(httpAnswer(200, '{"token_type":"bearer","expires_in":3600}')),
  hugeBody: (peer, { bytes = ONE_GIB }) => {
    const { socket, seen } = peer;
    socket.write(head(200, { ...JSON_TYPE, 'Content-Length': String(bytes) }));
    void pour(
      socket,
      POUR_CHUNK,
      bytes,
      () => (seen.sentBytes = socket.bytesWritten - socket.writableLength),
    );
  },
  gzipBomb: ({ socket, seen }, { bytes = ONE_GIB }) => {
    const body = gzipBomb(bytes);
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip', 'Content-Length': String(body.length) };
    socket.write(head(200, headers));
    void pour(socket, body, body.length, (sent) => (seen.sentBytes += sent));
  },
  /** Says gzip and is not. */
  brokenGzip: send(httpAnswer(200, TOKEN_JSON, { ...JSON_TYPE, 'Content-Encoding': 'gzip' })),
  unknownEncoding: send(httpAnswer(200, TOKEN_JSON, { ...JSON_TYPE, 'Content-Encoding': 'sdch' })),
  garbage: sendAndEnd('\u0000\u0001\u0002 this is no HTTP at all\r\n\r\n'),
  badStatusLine: sendAndEnd('HTTP/1.1 banana OK\r\nContent-Length: 0\r\n\r\n'),
  badHeader: sendAndEnd('HTTP/1.1 200 OK\r\nBad Header\u0001Name: x\r\nContent-Length: 0\r\n\r\n'),
  badChunkSize: sendAndEnd(`${chunked}xyz\r\n${TOKEN_JSON}\r\n0\r\n\r\n`),
  /** Content-Length and chunked at once: the beginning of every request smuggling. */
  bothLengths: sendAndEnd(
    `${head(200, { ...JSON_TYPE, 'Content-Length': '5', 'Transfer-Encoding': 'chunked' })}${chunk(TOKEN_JSON)}0\r\n\r\n`,
  ),
  oversizedHeaders: sendAndEnd(
    httpAnswer(200, TOKEN_JSON, { ...JSON_TYPE, 'X-Large': 'a'.repeat(256 * 1024) }),
  ),
  /** Legal: an interim answer, then the token. */
  earlyHints: send(
    `HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n${httpAnswer(200, TOKEN_JSON)}`,
  ),
  /** Not legal: nobody asked to switch. */
  unsolicitedUpgrade: send(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  ),
} as const satisfies Record<string, Behaviour>;
