/** The shell under every misbehaving peer: a raw listener on loopback that records what reaches it. What is done to a socket comes in from outside. */
import net from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import tls from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { PemPair } from './misbehaving-certificates.ts';

export interface Seen {
  connections: number;
  /** Bytes received, after TLS where there is any. */
  bytes: number;
  /** Each whole request as it came: head and body, as latin1 text. */
  requests: string[];
  /** Bytes of a poured answer that the peer's operating system took. */
  sentBytes: number;
}

export interface MisbehavingServer {
  url: string;
  host: string;
  port: number;
  seen: Seen;
  /** Destroys every socket and frees the port. */
  close: () => Promise<void>;
}

/** One connection, as a behaviour gets it. */
export interface Peer {
  socket: Socket;
  seen: Seen;
  /** Sends RST, under TLS too. */
  reset: () => void;
}

export interface SocketServerOptions {
  /** Called with the bare connection, before anything is read. Where absent the requests are read. */
  onConnection?: (peer: Peer) => void;
  /** Called when a whole request has been read. */
  onRequest?: (peer: Peer, request: string) => void;
  tls?: PemPair & tls.TLSSocketOptions;
  /** Of `url`; default by `tls`. */
  scheme?: 'http' | 'https';
}

const HOST = '127.0.0.1';

export async function startSocketServer(options: SocketServerOptions): Promise<MisbehavingServer> {
  const seen: Seen = { connections: 0, bytes: 0, requests: [], sentBytes: 0 };
  const sockets = new Set<Socket>();
  const server = net.createServer((raw) => {
    seen.connections += 1;
    sockets.add(raw);
    raw.once('close', () => sockets.delete(raw));
    raw.on('error', () => raw.destroy());
    raw.setNoDelay(true);
    serve(raw, options, seen);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const scheme = options.scheme ?? (options.tls ? 'https' : 'http');
  const close = () => closeAll(server, sockets);
  return { url: `${scheme}://${HOST}:${port}`, host: HOST, port, seen, close };
}

function serve(raw: Socket, options: SocketServerOptions, seen: Seen): void {
  const socket = options.tls ? secure(raw, options.tls) : raw;
  const peer: Peer = { socket, seen, reset: () => void raw.resetAndDestroy() };
  if (options.onConnection) options.onConnection(peer);
  else readRequests(socket, seen, (request) => options.onRequest?.(peer, request));
}

function secure(raw: Socket, options: PemPair & tls.TLSSocketOptions): TLSSocket {
  const { certificate, key, ...more } = options;
  const secureContext = tls.createSecureContext({ ...more, cert: certificate, key });
  const socket = new tls.TLSSocket(raw, { ...more, isServer: true, secureContext });
  socket.on('error', () => raw.destroy());
  return socket;
}

function readRequests(socket: Socket, seen: Seen, onRequest: (request: string) => void): void {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length;
    text += chunk.toString('latin1');
    for (let end = endOfRequest(text); end !== undefined; end = endOfRequest(text)) {
      const request = text.slice(0, end);
      text = text.slice(end);
      seen.requests.push(request);
      onRequest(request);
    }
  });
}

/** Index after the first whole request in `text`, by Content-Length or the last chunk; undefined while it is not whole. */
export function endOfRequest(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd);
  const bodyStart = headEnd + 4;
  if (/^transfer-encoding:.*chunked/im.test(head)) {
    const last = text.indexOf('0\r\n\r\n', bodyStart);
    return last < 0 ? undefined : last + 5;
  }
  const end = bodyStart + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return text.length < end ? undefined : end;
}

async function closeAll(server: net.Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
