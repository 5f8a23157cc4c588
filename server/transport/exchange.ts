/** One request and its whole answer on one connection, within a size and a deadline. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { PooledConnection } from './connection-pool.ts';
import type { Deadline } from './deadline.ts';
import { codeOf, socketFault } from './socket-fault.ts';
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
export function joinedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function tooLarge(bodyBytesMax: number): TransportError {
  return new TransportError('answer_too_large', `The answer is larger than ${bodyBytesMax} bytes`, {
    phase: 'answer',
  });
}

function isUnframed(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** What had come of an answer goes along with the fault that ended it: status and first words tell more than `broken off`. */
function withReceived(error: TransportError, { status, headers, body }: RawAnswer): TransportError {
  if (status > 0) error.received = { status, headers, body: text(body) };
  return error;
}

/** Sends and collects; the connection is spoilt, and undici closes it, where the answer is not read to its end. */
function collect(
  connection: PooledConnection,
  options: Dispatcher.DispatchOptions,
  bodyBytesMax: number,
  deadline: Deadline,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let headers: Record<string, string> = {};
    let answerBegan = false;
    const finish = (settle: () => void) => {
      deadline.onOver = undefined;
      settle();
    };
    const fail = (error: Error) =>
      finish(() =>
        reject(
          deadline.reason ??
            withReceived(
              socketFault(connection.socketError() ?? error, { phase: deadline.phase }, answerBegan),
              {
                status,
                headers,
                body: Buffer.concat(chunks),
              },
            ),
        ),
      );
    const { client } = connection;
    deadline.onOver = (reason) => void client.destroy(reason);
    client.dispatch(options, {
      onRequestStart(controller) {
        deadline.onOver = (reason) => controller.abort(reason);
        if (deadline.reason !== undefined) controller.abort(deadline.reason);
      },
      onRequestSent() {
        deadline.phase = 'answer';
      },
      onResponseStarted() {
        answerBegan = true;
      },
      onRequestUpgrade(controller) {
        controller.abort(
          new TransportError('answer_malformed', 'The answer switches to another protocol unasked', {
            phase: 'answer',
          }),
        );
      },
      onResponseStart(controller, statusCode, received) {
        // An interim answer is none yet: the one that counts begins anew.
        answerBegan = statusCode >= 200;
        if (!answerBegan) return;
        status = statusCode;
        headers = joinedHeaders(received);
        if (Number(headers['content-length']) > bodyBytesMax) controller.abort(tooLarge(bodyBytesMax));
      },
      onResponseData(controller, chunk) {
        bytes += chunk.length;
        if (bytes > bodyBytesMax) controller.abort(tooLarge(bodyBytesMax));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        const broken = connection.socketError();
        // Without a length only the orderly end of the connection says that this was all.
        if (broken !== undefined && isUnframed(headers)) fail(broken);
        else finish(() => resolve({ status, headers, body: Buffer.concat(chunks) }));
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    });
  });
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
  deadline.phase = 'send';
  const options: Dispatcher.DispatchOptions = {
    path,
    method: request.method,
    headers: { host: request.url.host, ...request.headers },
    body: request.body,
  };
  const raw = await collect(connection, options, bodyBytesMax, deadline);
  const encoding = raw.headers['content-encoding'] ?? '';
  const body = await decoded(raw.body, encoding, bodyBytesMax).catch((error: unknown) => {
    throw error instanceof TransportError ? withReceived(error, { ...raw, body: Buffer.alloc(0) }) : error;
  });
  return { status: raw.status, headers: raw.headers, body: text(body) };
}
