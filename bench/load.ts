/**
 * Loads a server: so many connections, each sending its next request as soon as the answer is whole, or at a given rate.
 * Written over plain sockets, since a client that costs as much as the server measures itself.
 */
import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  port: number;
  /** Request line and headers without Host and the empty line, as `GET / HTTP/1.1`. */
  head: readonly string[];
  body?: string;
  connections: number;
  /** Ends after so long, or after so many requests. */
  seconds?: number;
  requests?: number;
  /** Requests a second over all connections; absent: as many as the server takes. */
  rate?: number;
}

export interface LoadResult {
  requests: number;
  /** Answers that were not 200, and connections that were lost. */
  errors: number;
  seconds: number;
  bodyBytes: number;
  /** Milliseconds. At a rate they count from when a request was due, so that one that had to wait is not left out. */
  latencyMs: { p50: number; p99: number; max: number };
}

/** At a rate, the first requests meet fifty sockets being accepted at once, which is no rate that anyone asked for. */
const SETTLING_MS = 500;

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const NO_BYTES = Buffer.alloc(0);

/** Follows one answer after the other; knows lengths and the last chunk, and looks at nothing else. */
export class AnswerReader {
  isWhole = false;
  isOk = false;
  bodyBytes = 0;
  #head: Buffer = NO_BYTES;
  #left = 0;
  #isInBody = false;
  #isChunked = false;
  #tail: Buffer = NO_BYTES;

  begin(): void {
    this.isWhole = false;
    this.#isInBody = false;
    this.#head = NO_BYTES;
    this.#tail = NO_BYTES;
  }

  read(chunk: Buffer): void {
    if (this.#isInBody) {
      this.#readBody(chunk);
      return;
    }
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = bytes;
      return;
    }
    const head = bytes.toString('latin1', 0, end);
    this.isOk = head.startsWith('HTTP/1.1 200');
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    this.#isInBody = true;
    this.#readBody(bytes.subarray(end + HEAD_END.length));
  }

  #readBody(bytes: Buffer): void {
    this.bodyBytes += bytes.length;
    if (this.#isChunked) {
      const end =
        this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes.subarray(-LAST_CHUNK.length)]);
      this.#tail = end.subarray(-LAST_CHUNK.length);
      this.isWhole = this.#tail.equals(LAST_CHUNK);
      return;
    }
    this.#left -= bytes.length;
    this.isWhole = this.#left <= 0;
  }
}

/** The value below which that part of the sorted values lies. */
export function percentile(sorted: readonly number[] | Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function summary(latencies: readonly number[]): LoadResult['latencyMs'] {
  const sorted = Float64Array.from(latencies).sort();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? 0 };
}

async function connected(port: number): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Below what a system lets wait to be accepted: of more, the kernel drops some, and asks again after a second. */
const OPENED_AT_ONCE = 1_000;

/** Connections are accepted in their order: with this one, all before it are. */
async function accepted(socket: Socket, port: number): Promise<void> {
  const reader = new AnswerReader();
  reader.begin();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = (chunk: Buffer) => {
    reader.read(chunk);
    if (reader.isWhole) resolve();
  };
  socket.on('data', read).once('close', reject);
  socket.write(`GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await promise;
  socket.off('data', read).off('close', reject);
}

async function openAll({ port, connections }: LoadOptions): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < connections) {
    const count = Math.min(OPENED_AT_ONCE, connections - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => connected(port)))));
    if (connections > OPENED_AT_ONCE) await accepted(sockets.at(-1)!, port);
  }
  return sockets;
}

function wireRequest({ port, head, body = '' }: LoadOptions): Buffer {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.from([...head, `Host: 127.0.0.1:${port}`, ...length, '', body].join('\r\n'));
}

/** A loader that falls asleep has to be woken by whoever answers it, and that costs the server more the slower it is. */
function everyTurn(work: () => void): () => void {
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    work();
    setImmediate(turn);
  };
  turn();
  return () => (isOver = true);
}

export async function load(options: LoadOptions): Promise<LoadResult> {
  const { connections, seconds = Infinity, requests = Infinity, rate = Infinity } = options;
  const wire = wireRequest(options);
  const idle = await openAll(options);
  const latencies: number[] = [];
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + seconds * 1000;
  const everyMs = 1000 / rate;
  const measuredFromMs = rate === Infinity ? startedAtMs : startedAtMs + Math.min(SETTLING_MS, seconds * 100);
  let answered = 0;
  let working = connections;
  let sent = 0;
  let errors = 0;
  let bodyBytes = 0;
  const over = Promise.withResolvers<void>();

  function leave(): void {
    working -= 1;
    if (working === 0) over.resolve();
  }

  /** Each socket that is free takes the next request that is due. */
  function sendWhatIsDue(): void {
    while (idle.length > 0) {
      const nowMs = performance.now();
      const dueMs = rate === Infinity ? nowMs : startedAtMs + sent * everyMs;
      if (sent >= requests || Math.max(nowMs, dueMs) >= endsAtMs) {
        for (const socket of idle.splice(0)) socket.destroy();
        return;
      }
      if (dueMs > nowMs) return;
      sent += 1;
      ask(idle.pop()!, dueMs);
    }
  }

  const waiting = new Map<Socket, { reader: AnswerReader; dueMs: number }>();

  function ask(socket: Socket, dueMs: number): void {
    const one = waiting.get(socket)!;
    one.dueMs = dueMs;
    one.reader.begin();
    socket.write(wire);
  }

  function serve(socket: Socket): void {
    const one = { reader: new AnswerReader(), dueMs: Infinity };
    const { reader } = one;
    waiting.set(socket, one);
    socket.removeAllListeners('error').on('error', () => undefined);
    const closed = () => {
      // One that ends here is taken from the idle ones first; any other was lost.
      const at = idle.indexOf(socket);
      if (at >= 0) idle.splice(at, 1);
      if (at >= 0 || one.dueMs !== Infinity) errors += 1;
      leave();
    };
    // While the others were opened, maybe: then it does not say so any more.
    if (socket.closed) closed();
    else socket.once('close', closed);
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk);
      if (!reader.isWhole) return;
      if (one.dueMs >= measuredFromMs) latencies.push(performance.now() - one.dueMs);
      answered += 1;
      one.dueMs = Infinity;
      if (!reader.isOk) errors += 1;
      bodyBytes += reader.bodyBytes;
      reader.bodyBytes = 0;
      idle.push(socket);
      if (rate === Infinity) sendWhatIsDue();
    });
  }

  [...idle].forEach(serve);
  const rest = everyTurn(sendWhatIsDue);
  await over.promise;
  rest();
  return {
    requests: answered,
    errors,
    seconds: (performance.now() - startedAtMs) / 1000,
    bodyBytes,
    latencyMs: summary(latencies),
  };
}
