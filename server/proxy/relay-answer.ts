/** The upstream's answer -> the caller: status and bytes as they are, at the pace of the slower side. */
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { StreamedAnswer } from '../transport/streamed-exchange.ts';
import { responseHeaders } from './response-headers.ts';

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
  await pipeline(body, response);
}
