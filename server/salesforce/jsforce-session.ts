/**
 * jsforce over the bridge's own transport. jsforce makes the requests and reads the answers; it opens no socket, holds no token and
 * repeats nothing, so that egress policy, certificates, forward proxies, deadlines and the broker hold for its calls too.
 */
import type { Connection as JsforceConnection } from 'jsforce';
import type { AuthorizedCalls } from '../connections/authorized-calls.ts';
import type { ApiUsageGuard } from './api-usage.ts';
import { readRefusal, unreadableAnswer } from './salesforce-refusal.ts';

export const API_VERSION = '66.0';
/** Stands in for the instance, which the token names: only the path behind it is used. */
const INSTANCE = 'https://instance.invalid';
/** Salesforce ends a REST call after ten minutes; nothing here needs as long. */
const TIMEOUT_MS = 120_000;
/** 2,000 rows of fifty long fields. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export interface SessionParts {
  calls: AuthorizedCalls;
  usage: ApiUsageGuard;
  clock: { nowMs(): number };
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

interface JsforceRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
}

interface JsforceAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

function textOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  throw new TypeError('Only text is sent through jsforce here');
}

async function exchange(request: JsforceRequest, parts: SessionParts): Promise<JsforceAnswer> {
  const { calls, usage, clock, signal, timeoutMs = TIMEOUT_MS } = parts;
  usage.assertRoom();
  const { pathname, search } = new URL(request.url, INSTANCE);
  const body = textOf(request.body);
  // jsforce counts the bytes for sockets of its own; undici counts them itself.
  const { 'content-length': _length, ...headers } = request.headers ?? {};
  const answer = await calls.send(
    {
      method: request.method,
      path: `${pathname}${search}`,
      headers,
      ...(body === undefined ? {} : { body }),
    },
    { timeoutMs, bodyBytesMax: ANSWER_BYTES_MAX, signal },
  );
  usage.heed(answer.headers);
  if (answer.status < 200 || answer.status > 299) throw readRefusal(answer, clock.nowMs());
  return { statusCode: answer.status, headers: answer.headers, body: answer.body };
}

/** Loads jsforce with the first session: it takes some forty megabytes, and a bridge without syncs never needs it. */
export async function openJsforce(parts: SessionParts): Promise<JsforceConnection> {
  const [{ default: jsforce }, { StreamPromise }] = await Promise.all([
    import('jsforce'),
    import('jsforce/lib/util/promise.js'),
  ]);
  const { PassThrough } = await import('node:stream');
  const connection = new jsforce.Connection({ instanceUrl: INSTANCE, version: API_VERSION });
  const transport = {
    httpRequest: (request: JsforceRequest) =>
      StreamPromise.create(() => ({ stream: new PassThrough(), promise: exchange(request, parts) })),
  };
  // There is no option for it; without it, jsforce would open sockets of its own.
  Object.assign(connection, { _transport: transport });
  return connection;
}

/** jsforce gives a JSON answer that it cannot read back as text, and says nothing. */
export function assertShape<T>(answer: T, isExpected: (answer: T) => boolean, what: string): T {
  if (typeof answer !== 'object' || answer === null || !isExpected(answer)) throw unreadableAnswer(what);
  return answer;
}
