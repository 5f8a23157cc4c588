/** What is known of a request on its way through the bridge: kept with its response, as Express keeps it, with or without Express. */
import type { ServerResponse } from 'node:http';
import type { TraceSpan } from '../telemetry/traces.ts';
import type { AuthenticatedCaller, ProblemDialect } from './route.ts';

export interface Locals {
  correlationId?: string;
  traceparent?: string;
  caller?: AuthenticatedCaller;
  dialect?: ProblemDialect;
  requestSpan?: TraceSpan;
}

/** Express's own response is one. */
export type BridgeResponse = ServerResponse & { locals: Locals };

/** Express keeps what it finds there. */
export function withLocals(response: ServerResponse): BridgeResponse {
  return Object.assign(response, { locals: {} });
}

/** The path of a request target, without its query; a target in absolute form names a host before it (RFC 9112 §3.2.2). */
export function pathOf(url = '/'): string {
  const end = url.indexOf('?');
  if (url.startsWith('/')) return end < 0 ? url : url.slice(0, end);
  return URL.parse(url)?.pathname ?? '/';
}

/** JSON, whatever `Accept` says. A HEAD has the headers alone. */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
