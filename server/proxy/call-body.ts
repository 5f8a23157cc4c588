/** The body of a proxied call: kept where it is small, so that the call can be repeated, and passed through where it is not. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { KeptBytes } from './kept-bytes.ts';
import type { RequestFraming } from './request-framing.ts';

/** Beyond it a body is not kept in memory, and its call is not repeated. */
const KEPT_BYTES_MAX = 1024 * 1024;

export type CallBody =
  | { kind: 'none' }
  | { kind: 'kept'; bytes: Buffer }
  /** `lengthBytes` where it was announced; can be sent once. */
  | { kind: 'streamed'; stream: Readable; lengthBytes?: number };

/** The caller left in the middle of its own request. */
export class BodyCutOff extends Error {
  constructor() {
    super('The request body broke off');
    this.name = 'BodyCutOff';
  }
}

interface FirstBytes {
  chunks: Buffer[];
  isWhole: boolean;
}

/** Reads to the end or to just over `bytesMax`, and then leaves the request paused. */
function readFirst(
  request: IncomingMessage,
  bytesMax: number,
  signal: AbortSignal,
  kept: KeptBytes,
): Promise<FirstBytes> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (settle: () => void) => {
      request.off('data', take).off('end', end).off('error', cut).off('close', cut);
      signal.removeEventListener('abort', leave);
      settle();
    };
    const take = (chunk: Buffer) => {
      const refusal = kept.add(chunk.length);
      if (refusal !== undefined) {
        finish(() => reject(refusal));
        return;
      }
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= bytesMax) return;
      request.pause();
      finish(() => resolve({ chunks, isWhole: false }));
    };
    const end = () => finish(() => resolve({ chunks, isWhole: true }));
    const cut = () => finish(() => reject(new BodyCutOff()));
    const leave = () => {
      request.pause();
      finish(() => reject(signal.reason as Error));
    };
    request.on('data', take).once('end', end).once('error', cut).once('close', cut);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    else if (request.readableEnded) end();
  });
}

/**
 * What is left of a request, behind what was read of it. Reads no faster than it is read.
 * Destroying it lets the rest of the request run into nothing: the caller must come to the end of sending to see its answer.
 */
class RestOfBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #take = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#request.pause();
  };
  readonly #end = (): void => void this.push(null);
  readonly #cut = (): void => void (this.#request.complete || this.destroy(new BodyCutOff()));

  constructor(request: IncomingMessage, first: readonly Buffer[]) {
    super();
    this.#request = request;
    for (const chunk of first) this.push(chunk);
    request.on('data', this.#take).once('end', this.#end).once('error', this.#cut).once('close', this.#cut);
    request.pause();
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request
      .off('data', this.#take)
      .off('end', this.#end)
      .off('error', this.#cut)
      .off('close', this.#cut);
    this.#request.resume();
    callback(error);
  }
}

/**
 * Reads a body of up to `keptBytesMax` whole, before anything is sent: a slow caller then holds no connection to the upstream.
 * @param kept Counts what is kept, until it is released.
 * @throws BodyCutOff; the signal's reason; BridgeError where as much is kept as may be.
 */
export async function readCallBody(
  request: IncomingMessage,
  framing: RequestFraming,
  signal: AbortSignal,
  kept: KeptBytes,
  keptBytesMax = KEPT_BYTES_MAX,
): Promise<CallBody> {
  if (framing.kind === 'none') return { kind: 'none' };
  if (framing.kind === 'length' && framing.bytes > keptBytesMax)
    return { kind: 'streamed', stream: new RestOfBody(request, []), lengthBytes: framing.bytes };
  const { chunks, isWhole } = await readFirst(request, keptBytesMax, signal, kept);
  if (isWhole) return { kind: 'kept', bytes: Buffer.concat(chunks) };
  return { kind: 'streamed', stream: new RestOfBody(request, chunks) };
}
