/** One attempt of a proxied call: the caller's request with the token of the connection, on its way to that token's own API. */
import type { Readable } from 'node:stream';
import type { Connection } from '../connections/connection.ts';
import type { TokenHandout } from '../tokens/held-token.ts';
import type { TransportProfile } from '../transport/open-socket.ts';
import type { CallerLeaving } from '../transport/caller-leaving.ts';
import type { OpenedAnswer } from '../transport/streamed-exchange.ts';
import type { Transport } from '../transport/transport.ts';
import type { CallBody } from './call-body.ts';
import type { CallBudget } from './call-budget.ts';
import { proxyTarget, type ProxyPath } from './proxy-path.ts';
import { requestHeaders, type AddedHeaders } from './request-headers.ts';
import { configuredBase, instanceBase } from './upstream-base.ts';

const NO_LINES: readonly string[] = [];

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
  leaving: CallerLeaving;
}

/** Content-Length is set by whoever sends bytes; of a stream it has to be said. */
function framingOf(body: CallBody): readonly string[] {
  if (body.kind !== 'streamed' || body.lengthBytes === undefined) return NO_LINES;
  return ['content-length', String(body.lengthBytes)];
}

function toSend(body: CallBody): Buffer | Readable | undefined {
  if (body.kind === 'none') return undefined;
  return body.kind === 'kept' ? body.bytes : body.stream;
}

/** @throws TransportError; BridgeError `egress_denied` `conflict`; the reason of the caller's leaving. */
export function sendAttempt(
  call: UpstreamCall,
  token: TokenHandout,
  transport: Pick<Transport, 'open'>,
  timeoutMs: number,
): Promise<OpenedAnswer> {
  const { connection, method, target, profile, budget, leaving } = call;
  const base = configuredBase(connection) ?? instanceBase(connection, token.instanceUrl);
  const { origin, path } = proxyTarget(base, target);
  const added: AddedHeaders = { token: token.accessToken, correlationId: call.correlationId };
  if (call.traceparent !== undefined) added.traceparent = call.traceparent;
  const headers = requestHeaders(call.rawHeaders, added, framingOf(call.body));
  const body = toSend(call.body);
  const request = { method, origin, path, headers };
  return transport.open(body === undefined ? request : { ...request, body }, profile, {
    timeoutMs,
    stallMs: budget.totalMs,
    signal: leaving,
  });
}
