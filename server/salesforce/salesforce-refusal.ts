/** What Salesforce says instead of a result, and whether asking again can help. Pure. */
import { LOST_CODES } from '../connections/lost-call.ts';
import type { Failed } from '../connections/repeat.ts';
import { BridgeError, type BridgeErrorOptions, type ErrorCode } from '../errors.ts';
import { readRetryAfterMs } from '../tokens/failure-class.ts';

const BACKOFF_MS = 1_000;
const BACKOFF_MS_MAX = 30_000;
const FAILURES_MAX = 6;
/** A wait that is asked for and longer than this is for another run. */
const WAIT_MS_MAX = 180_000;
const DAY_WINDOW_RETRY_SECONDS = 3_600;
const TEXT_LENGTH_MAX = 300;

/** Codes of the org that a later try may not meet. Others mean what they say. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_LOCK_ROW',
  'SERVER_UNAVAILABLE',
  'QUERY_TIMEOUT',
  'REQUEST_RUNNING_TOO_LONG',
  'TXN_SECURITY_METERING_ERROR',
  'CONCURRENT_REQUEST_LIMIT_EXCEEDED',
  'UNKNOWN_EXCEPTION',
]);

/** A refusal with the org's own code, such as `INVALID_FIELD`. Match on that, never on the message. */
export class SalesforceRefusal extends BridgeError {
  readonly upstreamStatus: number;
  readonly errorCode: string;
  readonly isPassing: boolean;

  constructor(code: ErrorCode, status: number, errorCode: string, options: BridgeErrorOptions) {
    super(code, { ...options, exitPath: 'Failure', details: { upstreamStatus: status, errorCode } });
    this.name = 'SalesforceRefusal';
    this.upstreamStatus = status;
    this.errorCode = errorCode;
    this.isPassing =
      status >= 500 || status === 420 || status === 429 || status === 408 || PASSING_CODES.has(errorCode);
  }
}

interface RefusedAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

function readBody(body: string): { errorCode?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    const first = (Array.isArray(parsed) ? parsed[0] : parsed) as Record<string, unknown> | null | undefined;
    const { errorCode, message } = first ?? {};
    return {
      ...(typeof errorCode === 'string' ? { errorCode } : {}),
      ...(typeof message === 'string' ? { message: message.replaceAll(/\s+/g, ' ').trim() } : {}),
    };
  } catch {
    return {};
  }
}

/** A person has to do something first. */
const REMEDIES: Readonly<Record<string, string>> = {
  INVALID_FIELD:
    'Check the fields of the sync: the user of the connection must be able to see each of them (field-level security).',
  INVALID_TYPE:
    'Give the user of the connection access to campaigns: in Salesforce, tick "Marketing User" and allow Read on Campaign.',
  INSUFFICIENT_ACCESS: 'Give the user of the connection the right that the message names.',
  API_DISABLED_FOR_ORG: 'The edition of this org has no API. Ask Salesforce for it.',
};

/** @param nowMs Wall clock, epoch milliseconds. */
export function readRefusal({ status, headers, body }: RefusedAnswer, nowMs: number): SalesforceRefusal {
  const { errorCode = `HTTP_${status}`, message } = readBody(body);
  if (errorCode === 'REQUEST_LIMIT_EXCEEDED')
    return new SalesforceRefusal('rate_limited', status, errorCode, {
      detail: 'The org has used up its API calls of the last 24 hours.',
      remedy:
        'Wait until calls of yesterday leave the count, or buy more. Setup > Company Information shows both.',
      retryAfterSeconds: DAY_WINDOW_RETRY_SECONDS,
    });
  const retryAfterMs = readRetryAfterMs(headers['retry-after'], headers.date, nowMs);
  const said = message === undefined ? '' : `: ${message.slice(0, TEXT_LENGTH_MAX)}`;
  const remedy = REMEDIES[errorCode];
  return new SalesforceRefusal(status === 429 ? 'rate_limited' : 'upstream_failure', status, errorCode, {
    detail: `Salesforce answered ${errorCode} (${status})${said}`,
    ...(remedy === undefined ? {} : { remedy, retryable: false }),
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  });
}

/** A 2xx that is not what was asked for: cut off by something in between, most likely. */
export function unreadableAnswer(what: string): SalesforceRefusal {
  return new SalesforceRefusal('upstream_failure', 502, 'UNREADABLE_ANSWER', {
    detail: `Salesforce's answer to ${what} could not be read: it was cut off, or came from something in between.`,
  });
}

function mayPass(error: unknown): error is BridgeError {
  if (error instanceof SalesforceRefusal) return error.isPassing;
  if (!(error instanceof BridgeError)) return false;
  // Without a code of the org: an answer that broke off, or the broker's word on a sign-in that may still succeed.
  return LOST_CODES.has(error.code) || error.code === 'upstream_failure';
}

/** 1, 2, 4 … 30 s with half of it jitter; what the org asks for, where it asks. @param random In [0, 1). */
export function retryDelayMs({ error, failures }: Failed, random: number): number | undefined {
  if (!mayPass(error) || failures >= FAILURES_MAX) return undefined;
  const backoffMs = Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
  const askedMs = (error.options.retryAfterSeconds ?? 0) * 1000;
  if (askedMs > WAIT_MS_MAX) return undefined;
  return Math.max(askedMs, backoffMs * (0.5 + random / 2));
}
