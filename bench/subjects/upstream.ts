/** An upstream that costs next to nothing: answers every request on a connection with bytes that were made before. */
import { createServer, type AddressInfo } from 'node:net';
import { serveSubject, settings } from './serve-subject.ts';

interface UpstreamSettings {
  bodyBytes: number;
  /** Before each answer. */
  delayMs?: number;
  /** A token answer in place of filling. */
  isTokenEndpoint?: boolean;
}

const { bodyBytes, delayMs = 0, isTokenEndpoint = false } = settings<UpstreamSettings>();
const TOKEN = { access_token: 'u'.repeat(120), token_type: 'bearer', expires_in: 86_399 };
const body = isTokenEndpoint ? Buffer.from(JSON.stringify(TOKEN)) : Buffer.alloc(bodyBytes, 'x');
const answer = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`),
  body,
]);
let requests = 0;

/** Where a request ends that begins at the start of these bytes; -1: not here yet. */
function endOfRequest(bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return -1;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0);
  const end = head + 4 + length;
  return end > bytes.length ? -1 : end;
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
      pending = pending.subarray(end);
      requests += 1;
      if (delayMs === 0) socket.write(answer);
      else setTimeout(() => socket.write(answer), delayMs);
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  serveSubject(
    { port },
    {
      stop: () => Promise.resolve(server.close()),
      answer: () => Promise.resolve({ requests }),
    },
  );
});
