/** One request and its answer on one connection, both as streams: no size is bounded here, and nothing is decoded. */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { PooledConnection } from './connection-pool.ts';
import type { Deadline } from './deadline.ts';
import { DispatchedExchange, type ReceivedHeaders } from './dispatched-exchange.ts';
import { spent } from './spent-buffers.ts';
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

/** An answer that has begun; destroy its body, or have it flow somewhere. */
export type OpenedAnswer = Omit<StreamedAnswer, 'body'> & { body: IncomingBody };

/** `path` as this connection needs it: origin form, or absolute form to a forward proxy (RFC 9112 §3.2). */
export type WireRequest = Omit<StreamedRequest, 'origin'>;

/** What is kept of an answer that nobody takes yet; then the upstream has to wait. */
const HELD_BYTES = 64 * 1024;

function textOf(raw: Buffer[] | string[] | object | null | undefined): string[] {
  if (!Array.isArray(raw)) return [];
  const parts = raw as (Buffer | string)[];
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
}

function silent(stallMs: number): TransportError {
  return new TransportError(
    'answer_cut_off',
    `The upstream sent nothing for ${stallMs / 1000} s in the middle of its answer`,
    { phase: 'answer' },
  );
}

/** Who takes the body of an answer, at once as it comes in. */
export interface BodySink {
  /** @returns false: enough for now, until the body is told to go on. What is on its way already still comes. */
  accept(chunk: Buffer): boolean;
  end(): void;
  /** Nothing comes after it. */
  fail(error: Error): void;
}

/**
 * The body of an answer on its way: kept while nobody takes it, and no more of it than fits; gives up on an upstream that falls silent.
 * A Readable does as much and costs a small answer a quarter of its time.
 */
export class IncomingBody {
  readonly #controller: Dispatcher.DispatchController;
  readonly #stallMs: number;
  #sink: BodySink | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #error: Error | undefined;
  #state: 'coming' | 'whole' | 'over' = 'coming';
  #stall: NodeJS.Timeout | undefined;
  #chunks = 0;

  constructor(controller: Dispatcher.DispatchController, stallMs: number) {
    this.#controller = controller;
    this.#stallMs = stallMs;
  }

  /** Whether nothing more can come: it is all here, it failed, or nobody wants it. */
  get isOver(): boolean {
    return this.#state !== 'coming';
  }

  /** The whole body where it is here already and nobody has taken any of it; it is then taken. */
  takeWhole(): readonly Buffer[] | undefined {
    if (this.#state !== 'whole' || this.#sink !== undefined) return undefined;
    this.#state = 'over';
    return this.#held;
  }

  flowTo(sink: BodySink): void {
    this.#sink = sink;
    let wantsMore = true;
    for (const chunk of this.#held.splice(0)) wantsMore = sink.accept(chunk);
    if (this.#state === 'whole') sink.end();
    else if (this.#error !== undefined) sink.fail(this.#error);
    if (this.#state !== 'coming') return;
    this.#stall = setTimeout(() => this.#giveUp(), this.#stallMs);
    if (wantsMore) this.resume();
    else this.#controller.pause();
  }

  resume(): void {
    if (this.#state !== 'coming' || !this.#controller.paused) return;
    this.#stall?.refresh();
    this.#controller.resume();
  }

  /** Ends the exchange; the sink is told nothing of it. */
  destroy(error?: Error): void {
    const isComing = this.#state === 'coming';
    this.#close();
    // Not made for nothing: most answers are over by now, and the stack of an error costs 2 % of the time that one of 1 MB takes.
    if (isComing) this.#controller.abort(error ?? new Error('The answer is not wanted any more'));
  }

  receive(chunk: Buffer): void {
    if (this.#state !== 'coming') return;
    this.#chunks += 1;
    spent(chunk.length);
    this.#stall?.refresh();
    if (this.#sink === undefined) this.#hold(chunk);
    else if (!this.#sink.accept(chunk)) this.#controller.pause();
  }

  finish(): void {
    if (this.#state !== 'coming') return;
    clearTimeout(this.#stall);
    this.#state = 'whole';
    this.#sink?.end();
  }

  fail(error: Error): void {
    if (this.#state !== 'coming') return;
    this.#error = error;
    this.#close();
    this.#sink?.fail(error);
  }

  #close(): void {
    clearTimeout(this.#stall);
    this.#state = 'over';
    this.#held = [];
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= HELD_BYTES) this.#controller.pause();
  }

  /** A reader that waits is no fault of the upstream, and neither are we: what came while we were busy is read first. */
  #giveUp(): void {
    const before = this.#chunks;
    setImmediate(() => {
      if (this.#chunks !== before || this.#state !== 'coming' || this.#controller.paused) return;
      const error = silent(this.#stallMs);
      this.fail(error);
      this.#controller.abort(error);
    });
  }
}

/** The same for whoever reads at leisure. */
class ReadableBody extends Readable implements BodySink {
  readonly #body: IncomingBody;

  constructor(body: IncomingBody) {
    super();
    this.#body = body;
    // An answer may break off while its reader is busy elsewhere; whoever reads later is still told.
    this.on('error', () => undefined);
    body.flowTo(this);
  }

  accept(chunk: Buffer): boolean {
    return this.push(chunk);
  }

  end(): void {
    this.push(null);
  }

  fail(error: Error): void {
    this.destroy(error);
  }

  override _read(): void {
    this.#body.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#body.destroy(error ?? undefined);
    callback(error);
  }
}

/** As a stream, for whoever reads at leisure. */
export function readable({ body, ...answer }: OpenedAnswer): StreamedAnswer {
  return { ...answer, body: new ReadableBody(body) };
}

class StreamedExchange extends DispatchedExchange {
  readonly begun = Promise.withResolvers<OpenedAnswer>();
  readonly #stallMs: number;
  #answer: OpenedAnswer | undefined;
  #hasBegun = false;
  #headers: ReceivedHeaders = {};

  constructor(connection: PooledConnection, deadline: Deadline, stallMs: number) {
    super(connection, deadline);
    this.#stallMs = stallMs;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: ReceivedHeaders,
    reason = '',
  ): void {
    if (status < 200) return; // 102, 103: the answer is still to come
    this.#headers = headers;
    const body = new IncomingBody(controller, this.#stallMs);
    this.#answer = { status, reason, headers: textOf(controller.rawHeaders), body };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#answer!.body.receive(chunk);
    this.#begin();
  }

  onResponseEnd(): void {
    const broken = this.breakOfUnframed(this.#headers);
    if (broken === undefined) {
      this.#answer!.body.finish();
      this.#begin();
    } else this.#fail(broken);
    this.#release();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#fail(error);
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.deadline.onOver = undefined;
    this.begun.resolve(this.#answer!);
  }

  #fail(error: Error): void {
    const { deadline } = this;
    deadline.onOver = undefined;
    if (!this.#hasBegun) this.begun.reject(deadline.reason ?? this.faultOf(error));
    else if (!this.#answer!.body.isOver) this.#answer!.body.fail(this.faultOf(error));
  }

  /** undici says a moment before it closes a spoilt socket that the exchange is over. */
  #release(): void {
    queueMicrotask(() => this.connection.release());
  }
}

/**
 * Settles with the first bytes of the body, or its end; from then on the deadline is no longer looked at and `stallMs` rules instead. A
 * head alone is no answer yet: nobody could be told any more that nothing came after it.
 * The connection is released when the answer has been received, or the exchange has failed.
 * @throws TransportError, or the reason of the deadline.
 */
export function streamedExchange(
  connection: PooledConnection,
  request: WireRequest,
  deadline: Deadline,
  stallMs: number,
): Promise<OpenedAnswer> {
  const { method, path, headers, body = null } = request;
  const exchange = new StreamedExchange(connection, deadline, stallMs);
  exchange.dispatch({ method, path, headers: headers as string[], body });
  return exchange.begun.promise;
}
