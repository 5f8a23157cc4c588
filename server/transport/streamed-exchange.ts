/** One request and its answer on one connection, both as streams: no size is bounded here, and nothing is decoded. */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { PooledConnection } from './connection-pool.ts';
import type { Deadline } from './deadline.ts';
import { socketFault } from './socket-fault.ts';
import { TransportError } from './transport-error.ts';

export interface StreamedRequest {
  method: string;
  /** Scheme, host and port of the target; the rest of it is not looked at. */
  origin: URL;
  /** Path and query exactly as they go on the wire; begins with `/`. */
  path: string;
  /**
   * Name, value, name, value …: order, spelling and repetitions are kept; latin1, as Node reads headers.
   * Without Host and Connection; with Content-Length only where `body` is a stream of that many bytes.
   */
  headers: readonly string[];
  /** A stream is destroyed where the answer ends before it. */
  body?: Buffer | Readable;
}

export interface StreamedAnswer {
  status: number;
  reason: string;
  /** As `StreamedRequest.headers`. */
  headers: readonly string[];
  /**
   * Fails with a TransportError where the answer is cut off or the upstream falls silent. Destroying it ends the exchange;
   * while it is not read, the upstream is not read either.
   */
  body: Readable;
}

/** `path` as this connection needs it: origin form, or absolute form to a forward proxy (RFC 9112 §3.2). */
export type WireRequest = Omit<StreamedRequest, 'origin'>;

function textOf(raw: Buffer[] | string[] | object | null | undefined): string[] {
  return Array.isArray(raw)
    ? raw.map((part: Buffer | string) => (typeof part === 'string' ? part : part.toString('latin1')))
    : [];
}

function silent(stallMs: number): TransportError {
  return new TransportError(
    'answer_cut_off',
    `The upstream sent nothing for ${stallMs / 1000} s in the middle of its answer`,
    { phase: 'answer' },
  );
}

/** The body of an answer: asks the upstream for more only while someone reads, and gives up on one that falls silent. */
class AnswerBody extends Readable {
  readonly #controller: Dispatcher.DispatchController;
  readonly #stall: NodeJS.Timeout;
  #ended = false;
  #chunks = 0;

  constructor(controller: Dispatcher.DispatchController, stallMs: number) {
    super();
    this.#controller = controller;
    // An answer may break off while its reader is busy elsewhere; whoever reads later is still told.
    this.on('error', () => undefined);
    this.#stall = setTimeout(() => this.#giveUp(stallMs), stallMs);
  }

  receive(chunk: Buffer): void {
    this.#chunks += 1;
    this.#stall.refresh();
    if (!this.push(chunk)) this.#controller.pause();
  }

  finish(): void {
    this.#ended = true;
    clearTimeout(this.#stall);
    this.push(null);
  }

  /** A reader that waits is no fault of the upstream, and neither are we: what came while we were busy is read first. */
  #giveUp(stallMs: number): void {
    const before = this.#chunks;
    setImmediate(() => {
      const isSilent = this.#chunks === before && !this.#ended && !this.#controller.paused;
      if (isSilent) this.destroy(silent(stallMs));
    });
  }

  override _read(): void {
    if (!this.#controller.paused) return;
    this.#stall.refresh();
    this.#controller.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    if (!this.#ended) this.#controller.abort(error ?? new Error('The answer is not wanted any more'));
    callback(error);
  }
}

/**
 * Settles when the answer begins; from then on the deadline is no longer looked at and `stallMs` rules instead.
 * The connection is released when the answer has been received, or the exchange has failed.
 * @throws TransportError, or the reason of the deadline's signal.
 */
export function streamedExchange(
  connection: PooledConnection,
  request: WireRequest,
  deadline: Deadline,
  stallMs: number,
): Promise<StreamedAnswer> {
  return new Promise((resolve, reject) => {
    let body: AnswerBody | undefined;
    let answerBegan = false;
    let abort = (): void => void connection.client.destroy(deadline.signal.reason as Error);
    const listen = () => deadline.signal.addEventListener('abort', abort, { once: true });
    const unlisten = () => deadline.signal.removeEventListener('abort', abort);
    // undici says a moment before it closes a spoilt socket that the exchange is over.
    const release = () => queueMicrotask(() => connection.release());
    deadline.phase = 'send';
    listen();
    connection.client.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers as string[],
        body: request.body ?? null,
      },
      {
        onRequestStart(controller) {
          unlisten();
          abort = () => controller.abort(deadline.signal.reason as Error);
          listen();
          if (deadline.signal.aborted) abort();
        },
        onRequestSent() {
          deadline.phase = 'answer';
        },
        onResponseStarted() {
          answerBegan = true;
        },
        onResponseStart(controller, status, _headers, reason = '') {
          if (status < 200) return; // 102, 103: the answer is still to come
          unlisten();
          body = new AnswerBody(controller, stallMs);
          resolve({ status, reason, headers: textOf(controller.rawHeaders), body });
        },
        onResponseData(_controller, chunk) {
          body!.receive(chunk);
        },
        onResponseEnd() {
          body!.finish();
          release();
        },
        onResponseError(_controller, error) {
          unlisten();
          release();
          const { aborted } = deadline.signal;
          const details = { phase: deadline.phase };
          const fault = () => socketFault(connection.socketError() ?? error, details, answerBegan);
          if (body === undefined) reject(aborted ? (deadline.signal.reason as Error) : fault());
          else body.destroy(fault());
        },
      },
    );
  });
}
