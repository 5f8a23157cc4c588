/** One attempt of a proxied call: the caller's request with the token of the connection, on its way to that token's own API. */
import type { Readable } from 'node:stream';
import type { Connection } from '../connections/connection.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import type { TransportProfile } from '../transport/open-socket.ts';
import type { StreamedAnswer } from '../transport/streamed-exchange.ts';
import type { Transport } from '../transport/transport.ts';
import type { CallBody } from './call-body.ts';
import type { CallBudget } from './call-budget.ts';
import { proxyTarget, type ProxyPath } from './proxy-path.ts';
import { requestHeaders } from './request-headers.ts';
import { configuredBase, instanceBase } from './upstream-base.ts';

export interface UpstreamCall {
  /** Name of who calls. */
  caller: string;
  connection: Connection;
  profile: TransportProfile;
  method: string;
  target: Pick<ProxyPath, 'path' | 'query'>;
  rawHeaders: readonly string[];
  body: CallBody;
  correlationId: string;
  traceparent?: string;
  budget: CallBudget;
  /** Aborted when the caller has gone. */
  signal: AbortSignal;
}

function toSend(body: CallBody): { body?: Buffer | Readable; framing: string[] } {
  switch (body.kind) {
    case 'none':
      return { framing: [] };
    case 'kept':
      return { body: body.bytes, framing: [] };
    case 'streamed': {
      const { stream, lengthBytes } = body;
      const framing = lengthBytes === undefined ? [] : ['content-length', String(lengthBytes)];
      return { body: stream, framing };
    }
  }
}

/** @throws TransportError; BridgeError `egress_denied` `conflict`; the signal's reason. */
export function sendAttempt(
  call: UpstreamCall,
  token: TokenHandout,
  transport: Pick<Transport, 'stream'>,
  timeoutMs: number,
): Promise<StreamedAnswer> {
  const { connection, correlationId, traceparent, budget, signal } = call;
  const base = configuredBase(connection) ?? instanceBase(connection, token.instanceUrl);
  const { framing, ...body } = toSend(call.body);
  const added = { token: token.accessToken, correlationId };
  const headers = requestHeaders(
    call.rawHeaders,
    traceparent === undefined ? added : { ...added, traceparent },
  );
  return transport.stream(
    { method: call.method, ...proxyTarget(base, call.target), headers: [...headers, ...framing], ...body },
    call.profile,
    { timeoutMs, stallMs: budget.totalMs, signal },
  );
}
