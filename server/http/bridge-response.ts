/** What is known of a request on its way through the bridge: kept with its response, as Express keeps it, with or without Express. */
import type { ServerResponse } from 'node:http';
import type { BridgeError } from '../errors.ts';
import type { TraceSpan } from '../telemetry/traces.ts';
import type { AuthenticatedCaller, ProblemDialect } from './route.ts';

export interface Locals {
  correlationId?: string;
  traceparent?: string;
  caller?: AuthenticatedCaller;
  /** Milliseconds for which the caller has waited to be known, where somebody else had to be asked: part of all that it waits. */
  signInMs?: number;
  dialect?: ProblemDialect;
  requestSpan?: TraceSpan;
  /** What it is answered with, where it failed. */
  failure?: BridgeError;
  /** Headers of every answer, flat, until they are on it: written along with the head, or set one by one where others come and go. Of this answer alone, so that more can be added. */
  ownHeaders?: string[];
}

/** Express's own response is one. */
export type BridgeResponse = ServerResponse & { locals: Locals };

/** Express keeps what it finds there. */
export function withLocals(response: ServerResponse): BridgeResponse {
  const made = response as BridgeResponse;
  made.locals = {};
  return made;
}

/** Where the caller is not known at once: how long that took is noted. */
export async function awaitCaller<Known>(asked: Promise<Known>, response: BridgeResponse): Promise<Known> {
  const askedAtMs = performance.now();
  const known = await asked;
  response.locals.signInMs = performance.now() - askedAtMs;
  return known;
}

/** For whoever does not write the head in one go. */
export function setOwnHeaders(response: BridgeResponse): void {
  const { ownHeaders = [] } = response.locals;
  for (let index = 0; index < ownHeaders.length; index += 2)
    response.setHeader(ownHeaders[index]!, ownHeaders[index + 1]!);
  delete response.locals.ownHeaders;
}

/** The path of a request target, without its query; a target in absolute form names a host before it (RFC 9112 §3.2.2). */
export function pathOf(url = '/'): string {
  const end = url.indexOf('?');
  if (url.startsWith('/')) return end < 0 ? url : url.slice(0, end);
  return URL.parse(url)?.pathname ?? '/';
}

/** JSON that was made before, and what is always asked of it. */
export class JsonText {
  readonly text: string;
  readonly bytes: string;
  /** Where each character is one byte, it is ASCII, and both encodings are the same; this one is written faster. */
  readonly encoding: 'latin1' | 'utf8';

  constructor(text: string) {
    const bytes = Buffer.byteLength(text);
    this.text = text;
    this.bytes = String(bytes);
    this.encoding = bytes === text.length ? 'latin1' : 'utf8';
  }

  /** Within other JSON, it is what it says. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** JSON that nobody may keep, head and body in one go: Node writes two strings as one, and a string and bytes as two pieces. */
export function sendPrivateJson(response: BridgeResponse, status: number, result: unknown): void {
  const { text, bytes, encoding } =
    result instanceof JsonText ? result : new JsonText(JSON.stringify(result));
  const { ownHeaders = [] } = response.locals;
  ownHeaders.push(
    'Cache-Control',
    'no-store',
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    bytes,
  );
  response.writeHead(status, ownHeaders).end(text, encoding);
}

/** JSON, whatever `Accept` says. A HEAD has the headers alone. */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
