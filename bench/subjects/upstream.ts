/** An upstream that costs next to nothing: answers every request on a connection with bytes that were made before. */
import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { serveSubject, settings } from './serve-subject.ts';

interface UpstreamSettings {
  bodyBytes: number;
  /** Before each answer. */
  delayMs?: number;
  /** A token answer in place of filling. */
  isTokenEndpoint?: boolean;
  /** Life of the tokens; given, each one is another. */
  expiresInSeconds?: number;
}

const { bodyBytes, delayMs = 0, isTokenEndpoint = false, expiresInSeconds } = settings<UpstreamSettings>();

function answerWith(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** As random as a real one: a text of one letter over and over is searched in another time. */
function accessToken(number: number): string {
  return createHash('shake256', { outputLength: 90 }).update(String(number)).digest('base64url');
}

function tokenAnswer(number: number): Buffer {
  const token = {
    access_token: accessToken(number),
    token_type: 'bearer',
    expires_in: expiresInSeconds ?? 86_399,
  };
  return answerWith(Buffer.from(JSON.stringify(token)));
}

const answer = isTokenEndpoint ? tokenAnswer(0) : answerWith(Buffer.alloc(bodyBytes, 'x'));
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
      const bytes = expiresInSeconds === undefined ? answer : tokenAnswer(requests);
      if (delayMs === 0) socket.write(bytes);
      else setTimeout(() => socket.write(bytes), delayMs);
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
