/** The ids under which one request is found again: taken from the caller where they are sane, else made, and always given back. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { BridgeResponse } from './bridge-response.ts';

export interface Correlation {
  correlationId: string;
  /** W3C Trace Context, version 00. */
  traceparent: string;
}

/** Returns that many random bytes in hexadecimal. */
export type RandomHex = (bytes: number) => string;

const POOL_BYTES = 4096;

/** Random bytes, each given out once; asked of the system by the pool, since asking costs more than the bytes. */
function createRandomPool(fill: (bytes: number) => Buffer = randomBytes): RandomHex {
  let pool = '';
  let used = 0;
  return (bytes) => {
    const end = used + bytes * 2;
    if (end > pool.length) {
      pool = fill(POOL_BYTES).toString('hex');
      used = 0;
      return pool.slice(0, (used = bytes * 2));
    }
    return pool.slice(used, (used = end));
  };
}

const pooledRandom = createRandomPool();

/** Harmless in a header, a log line, JSON, HTML and a shell: an id is copied into all of them. */
const SANE_CORRELATION_ID = /^[\w.:~+=/@-]{1,128}$/;

/** version - trace id - parent id - flags; a version after 00 may go on after another dash. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const TRACEPARENT_CHARS_MAX = 256;
const SAMPLED = 1;

/**
 * Reads `X-Correlation-Id` and `traceparent`, each made anew where it is missing or not as it should be. Pure given `random`.
 * A bad id is replaced and not refused: no call should fail for its label.
 * @see https://www.w3.org/TR/trace-context-2/#traceparent-header
 */
export function correlationOf(headers: IncomingHttpHeaders, random: RandomHex = pooledRandom): Correlation {
  const given = headers['x-correlation-id'];
  const sane = typeof given === 'string' && SANE_CORRELATION_ID.test(given);
  return {
    correlationId: sane ? given : newCorrelationId(random),
    traceparent: acceptedTraceparent(headers.traceparent) ?? newTraceparent(random),
  };
}

const UUID_VARIANTS = '89ab';

/** A UUID of version 4, so that every system that stores the id knows its shape (RFC 9562 §5.4). */
function newCorrelationId(random: RandomHex): string {
  const hex = random(16);
  const variant = UUID_VARIANTS[Number.parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function newTraceparent(random: RandomHex): string {
  return `00-${nonZeroHex(random, 16)}-${nonZeroHex(random, 8)}-01`;
}

/** All zeros means "none" in Trace Context. */
function nonZeroHex(random: RandomHex, bytes: number): string {
  const hex = random(bytes);
  return hex.startsWith('0') && /^0+$/.test(hex) ? `${hex.slice(0, -1)}1` : hex;
}

function acceptedTraceparent(given: string | string[] | undefined): string | undefined {
  if (typeof given !== 'string' || given.length > TRACEPARENT_CHARS_MAX) return undefined;
  const match = TRACEPARENT.exec(given);
  if (match === null) return undefined;
  const [, version, traceId, parentId, flags, more] = match;
  if (version === 'ff' || /^0+$/.test(traceId!) || /^0+$/.test(parentId!)) return undefined;
  if (version === '00') return more === undefined ? given : undefined;
  return `00-${traceId}-${parentId}-0${Number.parseInt(flags!, 16) & SAMPLED}`;
}

/** Keeps both ids for those who come after. Goes before everything that can answer. */
export function correlate(request: IncomingMessage, response: BridgeResponse): void {
  const { correlationId, traceparent } = correlationOf(request.headers);
  response.locals.correlationId = correlationId;
  response.locals.traceparent = traceparent;
}
