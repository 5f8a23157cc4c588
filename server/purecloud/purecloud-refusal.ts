/** What PureCloud says instead of a result, and whether asking again can help. Pure. */
import { LOST_CODES } from '../connections/lost-call.ts';
import type { Failed } from '../connections/repeat.ts';
import { BridgeError, type BridgeErrorOptions, type ErrorCode } from '../errors.ts';
import { readRetryAfterMs } from '../tokens/failure-class.ts';

/** The policy of the vendor's own SDKs (platform-client-sdk-common): 3 s, after five minutes 9 s, after ten 27 s. */
const FIVE_MINUTES_MS = 300_000;
const RETRY_MS = 3_000;
const FAILURES_MAX = 6;
/** Some limits are of a day: a `Retry-After` beyond this is for another run. */
const WAIT_MS_MAX = 180_000;
const TEXT_LENGTH_MAX = 300;

/** A refusal with PureCloud's own code, such as `contact.list.not.found`. Match on that, never on the message. */
export class PureCloudRefusal extends BridgeError {
  readonly upstreamStatus: number;
  /** Of the `ErrorBody`; `http.503` where there was none. */
  readonly errorCode: string;
  readonly upstreamMessage: string | undefined;

  constructor(
    code: ErrorCode,
    refusal: { status: number; errorCode: string; message?: string },
    options: BridgeErrorOptions,
  ) {
    const { status, errorCode, message } = refusal;
    super(code, { ...options, exitPath: 'Failure' });
    this.name = 'PureCloudRefusal';
    this.upstreamStatus = status;
    this.errorCode = errorCode;
    this.upstreamMessage = message;
  }
}

export interface RefusedAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

interface ErrorBody {
  code?: string;
  message?: string;
  contextId?: string;
}

function textMember(body: Readonly<Record<string, unknown>>, name: string): Record<string, string> {
  const value = body[name];
  return typeof value === 'string' && value !== '' ? { [name]: value.slice(0, TEXT_LENGTH_MAX) } : {};
}

function readErrorBody(text: string): ErrorBody {
  try {
    const body = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    return { ...textMember(body, 'code'), ...textMember(body, 'message'), ...textMember(body, 'contextId') };
  } catch {
    return {};
  }
}

/** A person has to do something first. */
const REMEDIES: Readonly<Record<string, string>> = {
  'missing.permissions': 'Give the role of the OAuth client the permission that the message names.',
  'missing.any.permissions':
    'Give the OAuth client a role, with the permissions that the documentation lists for syncs.',
  'not.authorized': 'Give the role of the OAuth client access to the division that the contact list is in.',
  'contact.list.not.found': 'Check the contact list of the sync: it may have been deleted.',
  'max.entity.count.reached':
    'The organization has as many contact lists as it may. Delete those that are not needed.',
};
const WAITING_REMEDIES: Readonly<Record<string, string>> = {
  'contact.list.import.in.progress':
    'Wait until the import into the contact list has ended, then run the sync again.',
};

/** @param nowMs Wall clock, epoch milliseconds. */
export function readPureCloudRefusal(
  { status, headers, body }: RefusedAnswer,
  nowMs: number,
): PureCloudRefusal {
  const { code: errorCode = `http.${status}`, message, contextId } = readErrorBody(body);
  const retryAfterMs = readRetryAfterMs(headers['retry-after'], headers.date, nowMs);
  const said = message === undefined ? '' : `: ${message}`;
  const remedy = REMEDIES[errorCode] ?? WAITING_REMEDIES[errorCode];
  return new PureCloudRefusal(
    status === 429 ? 'rate_limited' : 'upstream_failure',
    { status, errorCode, ...(message === undefined ? {} : { message }) },
    {
      detail: `PureCloud answered ${errorCode} (${status})${said}`,
      ...(remedy === undefined ? {} : { remedy }),
      ...(Object.hasOwn(REMEDIES, errorCode) ? { retryable: false } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
      details: {
        upstreamStatus: status,
        errorCode,
        contextId,
        correlationId: headers['inin-correlation-id'],
      },
    },
  );
}

/** A 2xx that is not what was asked for: cut off by something in between, most likely. */
export function unreadablePureCloudAnswer(what: string): PureCloudRefusal {
  const detail = `PureCloud's answer to ${what} could not be read: it was cut off, or came from something in between.`;
  return new PureCloudRefusal(
    'upstream_failure',
    { status: 502, errorCode: 'unreadable.answer' },
    { detail },
  );
}

function mayPass(error: unknown): error is BridgeError {
  if (error instanceof PureCloudRefusal) return error.upstreamStatus === 429 || error.upstreamStatus >= 500;
  if (!(error instanceof BridgeError)) return false;
  // Without a code of PureCloud: lost on the way, a sign-in that may still succeed, or the budget, which callers come first in.
  return LOST_CODES.has(error.code) || error.code === 'upstream_failure' || error.code === 'rate_limited';
}

export function purecloudRetryDelayMs({ error, failures, elapsedMs }: Failed): number | undefined {
  if (!mayPass(error) || failures >= FAILURES_MAX) return undefined;
  const askedMs = (error.options.retryAfterSeconds ?? 0) * 1000;
  if (askedMs > WAIT_MS_MAX) return undefined;
  if (askedMs > 0) return askedMs;
  return RETRY_MS * 3 ** Math.min(2, Math.floor(elapsedMs / FIVE_MINUTES_MS));
}
