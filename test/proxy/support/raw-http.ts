/** HTTP as bytes: nothing between a test and the wire tidies anything up. */
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Sends bytes and gives back all that comes until the other side closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

export interface RawUpstream {
  port: number;
  url: string;
  /** Everything that was received, over all connections, in order of arrival. */
  received(): Buffer;
  requests(): string[];
  clear(): void;
  close(): Promise<void>;
}

const DEFAULT_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** Keeps what it receives byte for byte and answers once the head of a request, and the announced body, are there. */
export async function startRawUpstream(
  answer: (head: string, socket: Socket) => string | Buffer | undefined = () => DEFAULT_ANSWER,
): Promise<RawUpstream> {
  let all: Buffer[] = [];
  const server = net.createServer((socket) => {
    let request = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      all.push(chunk);
      request = Buffer.concat([request, chunk]);
      const end = request.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = request.subarray(0, end).toString('latin1');
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      const isChunked = /^transfer-encoding: chunked$/im.test(head);
      const isWhole = isChunked
        ? request.subarray(-5).toString() === '0\r\n\r\n'
        : request.length >= end + 4 + length;
      if (!isWhole) return;
      request = Buffer.alloc(0);
      const text = answer(head, socket);
      if (text !== undefined) socket.write(text);
      if (text !== undefined && /^connection: close$/im.test(String(text))) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const received = () => Buffer.concat(all);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    requests: () =>
      received()
        .toString('latin1')
        .split(/(?=^[A-Z]+ \S+ HTTP\/1\.1\r$)/m)
        .filter((text) => text !== ''),
    clear: () => (all = []),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
