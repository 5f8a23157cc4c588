/** The upstream's answer -> the caller: status and bytes as they are, at the pace of the slower side. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { StreamedAnswer } from '../transport/streamed-exchange.ts';
import { responseHeaders } from './response-headers.ts';

/** `stream.pipeline` does the same and costs a proxied call a tenth of its time: it builds an AbortError for each, whether or not it needs one. */
function pump(body: Readable, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer) => void (response.write(chunk) || body.pause());
    const more = () => void body.resume();
    const end = () => void response.end();
    const fail = (error: Error) => settle(() => reject(error));
    const cut = () => fail(new Error('The answer broke off before its end'));
    const done = () => settle(resolve);
    const settle = (tell: () => void) => {
      body.off('data', take).off('end', end).off('error', fail);
      response.off('drain', more).off('finish', done).off('close', cut).off('error', fail);
      body.destroy();
      tell();
    };
    response.on('drain', more).once('finish', done).once('close', cut).once('error', fail);
    body.once('end', end).once('error', fail).on('data', take);
    if (body.destroyed) fail(body.errored ?? new Error('The answer broke off before its end'));
    else if (response.destroyed) cut();
  });
}

/**
 * Settles when the caller has everything. Where either side breaks off, the other is cut: half an answer must not look whole.
 * @throws TransportError, or an error of the caller's connection; by then the answer cannot be replaced.
 */
export async function relayAnswer(answer: StreamedAnswer, response: ServerResponse): Promise<void> {
  const { status, reason, headers, body } = answer;
  try {
    response.writeHead(status, reason, responseHeaders(headers, status));
  } catch (error) {
    body.destroy();
    throw error;
  }
  await pump(body, response);
}
