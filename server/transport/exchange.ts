/** One request and its whole answer on one connection, within a size and a deadline. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { PooledConnection } from './connection-pool.ts';
import type { Deadline } from './deadline.ts';
import { DispatchedExchange, type ReceivedHeaders } from './dispatched-exchange.ts';
import { codeOf } from './socket-fault.ts';
import { TransportError } from './transport-error.ts';

export interface OutgoingRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Answer {
  status: number;
  /** Names in lower case; repeated ones joined with a comma. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Node's shape of received headers, repeated ones as lists -> one text each. */
export function joinedHeaders(headers: ReceivedHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return joined;
}

function tooLarge(bodyBytesMax: number): TransportError {
  return new TransportError('answer_too_large', `The answer is larger than ${bodyBytesMax} bytes`, {
    phase: 'answer',
  });
}

/** What had come of an answer goes along with the fault that ended it: status and first words tell more than `broken off`. */
function withReceived(error: TransportError, { status, headers, body }: RawAnswer): TransportError {
  if (status > 0) error.received = { status, headers, body: text(body) };
  return error;
}

/** Collects an answer; the connection is spoilt, and undici closes it, where it is not read to its end. */
class CollectedExchange extends DispatchedExchange {
  readonly ended = Promise.withResolvers<RawAnswer>();
  readonly #bodyBytesMax: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: Record<string, string> = {};

  constructor(connection: PooledConnection, deadline: Deadline, bodyBytesMax: number) {
    super(connection, deadline);
    this.#bodyBytesMax = bodyBytesMax;
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController): void {
    controller.abort(
      new TransportError('answer_malformed', 'The answer switches to another protocol unasked', {
        phase: 'answer',
      }),
    );
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ReceivedHeaders): void {
    // An interim answer is none yet: the one that counts begins anew.
    this.answerBegan = status >= 200;
    if (!this.answerBegan) return;
    this.#status = status;
    this.#headers = joinedHeaders(headers);
    if (Number(this.#headers['content-length']) > this.#bodyBytesMax)
      controller.abort(tooLarge(this.#bodyBytesMax));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bodyBytesMax) controller.abort(tooLarge(this.#bodyBytesMax));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const broken = this.breakOfUnframed(this.#headers);
    if (broken !== undefined) {
      this.#fail(broken);
      return;
    }
    this.deadline.onOver = undefined;
    this.ended.resolve(this.#received());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #received(): RawAnswer {
    return { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) };
  }

  #fail(error: Error): void {
    const { deadline } = this;
    deadline.onOver = undefined;
    const fault = deadline.reason ?? this.faultOf(error);
    this.ended.reject(fault instanceof TransportError ? withReceived(fault, this.#received()) : fault);
  }
}

const DECODERS: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
  zstd: promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress),
};

/** Encodings that one answer may be wrapped in; more is an attack (CVE-2022-32206 is such a chain). */
const ENCODINGS_MAX = 2;

/** We ask for no encoding; a server that encodes all the same is understood, but never beyond the size that an answer may have. */
async function decoded(body: Buffer, encoding: string, bodyBytesMax: number): Promise<Buffer> {
  const encodings = encoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (encodings.length > ENCODINGS_MAX || encodings.some((name) => DECODERS[name] === undefined)) {
    throw new TransportError(
      'answer_undecodable',
      'The answer has a content encoding that the bridge does not read',
      { phase: 'answer' },
    );
  }
  let plain = body;
  for (const name of encodings.reverse()) {
    if (plain.length === 0) return plain;
    try {
      plain = await DECODERS[name]!(plain, { maxOutputLength: bodyBytesMax });
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bodyBytesMax);
      throw new TransportError(
        'answer_undecodable',
        `The ${name} encoding of the answer is broken`,
        { phase: 'answer' },
        error,
      );
    }
  }
  return plain;
}

function text(body: Buffer): string {
  const decodedText = body.toString('utf8');
  return decodedText.startsWith('\ufeff') ? decodedText.slice(1) : decodedText;
}

/**
 * @param path Request target: origin form, or absolute form to a forward proxy (RFC 9112 §3.2).
 * @throws TransportError.
 */
export async function exchange(
  connection: PooledConnection,
  request: OutgoingRequest,
  path: string,
  bodyBytesMax: number,
  deadline: Deadline,
): Promise<Answer> {
  const options: Dispatcher.DispatchOptions = {
    path,
    method: request.method,
    headers: { host: request.url.host, ...request.headers },
    body: request.body,
  };
  const collected = new CollectedExchange(connection, deadline, bodyBytesMax);
  collected.dispatch(options);
  const raw = await collected.ended.promise;
  const { status, headers } = raw;
  const encoding = headers['content-encoding'] ?? '';
  if (encoding === '') return { status, headers, body: text(raw.body) };
  const body = await decoded(raw.body, encoding, bodyBytesMax).catch((error: unknown) => {
    throw error instanceof TransportError ? withReceived(error, { ...raw, body: Buffer.alloc(0) }) : error;
  });
  return { status, headers, body: text(body) };
}
