/** The upstream's answer -> the caller: status and bytes as they are, at the pace of the slower side. */
import type { ServerResponse } from 'node:http';
import type { BodySink, IncomingBody, OpenedAnswer } from '../transport/streamed-exchange.ts';
import { responseHeaders } from './response-headers.ts';

function brokenOff(): Error {
  return new Error('The answer broke off before its end');
}

/** Node refuses to write any other, and nobody needs it (RFC 9112 §4). */
const WRITABLE_REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether all that was written has gone to the operating system. */
function isSent(response: ServerResponse): boolean {
  return response.socket !== null && response.writableLength === 0;
}

/** Tells when the caller has everything, and writes what comes meanwhile: no stream between the two sockets. */
class Relay implements BodySink {
  readonly done: Promise<void>;
  readonly #body: IncomingBody;
  readonly #response: ServerResponse;
  readonly #more = (): void => this.#body.resume();
  readonly #finish = (): void => this.#settle(undefined);
  readonly #cut = (): void => this.#settle(brokenOff());
  readonly #fail = (error: Error): void => this.#settle(error);
  readonly #tell: PromiseWithResolvers<void>;

  constructor(body: IncomingBody, response: ServerResponse) {
    this.#body = body;
    this.#response = response;
    this.#tell = Promise.withResolvers<void>();
    this.done = this.#tell.promise;
    response
      .on('drain', this.#more)
      .on('finish', this.#finish)
      .on('close', this.#cut)
      .on('error', this.#fail);
    if (response.destroyed) this.#cut();
  }

  /**
   * Judged by what still waits: `write` says no to every piece that is as large as a read, and it goes out at the end of the turn at
   * the latest. More than one is too many: a thousand slow readers would hold them all.
   */
  accept(chunk: Buffer): boolean {
    this.#response.write(chunk);
    return this.#response.writableLength <= this.#response.writableHighWaterMark;
  }

  end(): void {
    this.#response.end();
  }

  fail(error: Error): void {
    this.#settle(error);
  }

  #settle(error: Error | undefined): void {
    this.#response
      .off('drain', this.#more)
      .off('finish', this.#finish)
      .off('close', this.#cut)
      .off('error', this.#fail);
    this.#body.destroy();
    if (error === undefined) this.#tell.resolve();
    else this.#tell.reject(error);
  }
}

/** Up to this size, bytes as text cost less than bytes beside a head: Node writes two texts as one. */
const TEXT_BYTES_MAX = 16 * 1024;

/** @returns whether all of it has gone to the operating system. */
function sendWhole(chunks: readonly Buffer[], response: ServerResponse): boolean {
  const last = chunks.length - 1;
  for (let index = 0; index < last; index += 1) response.write(chunks[index]);
  const bytes = chunks[last];
  if (bytes === undefined) response.end();
  else if (last === 0 && bytes.length <= TEXT_BYTES_MAX) response.end(bytes.toString('latin1'), 'latin1');
  else response.end(bytes);
  return isSent(response);
}

/**
 * Where either side breaks off, the other is cut: half an answer must not look whole.
 * @param ownHeaders Flat: those of the bridge that are not on the response yet.
 * @returns undefined: the caller has everything; else a promise of that, which rejects with a TransportError or an error of the
 *   caller's connection: by then the answer cannot be replaced.
 */
export function relayAnswer(
  answer: OpenedAnswer,
  response: ServerResponse,
  ownHeaders?: readonly string[],
): Promise<void> | undefined {
  const { status, reason, headers, body } = answer;
  try {
    const written = WRITABLE_REASON.test(reason) ? reason : '';
    response.writeHead(status, written, responseHeaders(headers, status, ownHeaders));
  } catch (error) {
    body.destroy();
    throw error;
  }
  const whole = response.destroyed ? undefined : body.takeWhole();
  if (whole !== undefined && sendWhole(whole, response)) return undefined;
  const relay = new Relay(body, response);
  if (whole === undefined) body.flowTo(relay);
  return relay.done;
}
