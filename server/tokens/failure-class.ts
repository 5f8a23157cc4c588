/** What follows from a grant that gave no token: one table from outcome to class, and the wait that each class asks for. Pure. */
import type { ExitPath } from '../bearer/exit-path.ts';
import type { Diagnosis } from '../diagnosis/facts.ts';
import type { Secret } from '../secret.ts';

export const FAILURE_CLASSES = [
  'credential', // the upstream refused who we are: latched, one attempt and no more
  'config', // the upstream refused how we ask: latched
  'throttled', // asked too often: not before Retry-After
  'transient', // network, or an upstream in trouble: backs off
  'protocol', // an answer that is not a token answer: backs off, with an alarm
  'egress_denied', // the bridge's own policy; nothing was sent and nothing is tried again
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Public words about the cause, where the diagnosis has some. */
export type FailureDiagnosis = Pick<Diagnosis, 'code' | 'title' | 'remedy'>;

interface FailedOutcome {
  diagnosis?: FailureDiagnosis;
}

/** An answer with another status than 2xx, or with an error that is known; `error` is the code of RFC 6749 §5.2 as it came. */
export interface RefusalOutcome extends FailedOutcome {
  kind: 'refusal';
  status: number;
  error?: string;
  /** `Retry-After` and `Date` of the answer, as they came. */
  retryAfter?: string;
  date?: string;
}

export interface ThrottledOutcome extends FailedOutcome {
  kind: 'throttled';
  retryAfter?: string;
  date?: string;
}

export interface NetworkOutcome extends FailedOutcome {
  kind: 'network';
  exitPath: Extract<ExitPath, 'UnknownHost' | 'Timeout' | 'ConnectionFailure'>;
  /** Code of the transport's fault, where known: `proxy_authentication_required` does not heal by itself. */
  fault?: string;
}

/** A 2xx that is no token, or is cut off or too large; an answer that is not HTTP; `reason` is for the log: `not_json`, `no_token`. */
export interface ProtocolOutcome extends FailedOutcome {
  kind: 'protocol';
  reason: string;
}

export interface EgressDeniedOutcome extends FailedOutcome {
  kind: 'egress_denied';
}

export type GrantFailure =
  RefusalOutcome | ThrottledOutcome | NetworkOutcome | ProtocolOutcome | EgressDeniedOutcome;

export interface TokenOutcome {
  kind: 'token';
  accessToken: Secret;
  tokenType: string;
  /** `expires_in` as it came: absent, text, nonsense. */
  expiresIn?: unknown;
  instanceUrl?: string;
  /** Monotonic milliseconds (`BrokerClock.monotonicMs`) when the request left; the life counts from here. */
  requestStartedMonotonicMs: number;
  /** `Date` of the answer, to estimate how wrong one of the two clocks is. */
  date?: string;
}

/** How the execution of one grant ended. */
export type GrantOutcome = TokenOutcome | GrantFailure;

/** Codes that the upstreams answer with, RFC 6749 §5.2 and the vendors' own. A code that is not here goes by its status. */
const CLASS_OF_ERROR: Readonly<Record<string, FailureClass>> = {
  invalid_grant: 'credential',
  invalid_client: 'credential',
  invalid_client_id: 'credential',
  invalid_client_credentials: 'credential',
  unauthorized_client: 'credential',
  access_denied: 'credential',
  inactive_user: 'credential',
  inactive_org: 'credential',
  invalid_app_access: 'credential',
  app_not_found: 'config',
  invalid_request: 'config',
  invalid_scope: 'config',
  unsupported_grant_type: 'config',
  unsupported_response_type: 'config',
  rate_limit_exceeded: 'throttled',
  login_rate_exceeded: 'throttled',
  slow_down: 'throttled',
  'too.many.requests': 'throttled',
  temporarily_unavailable: 'transient',
  server_error: 'transient',
};

/** First match wins. A 4xx that nobody can explain counts as a refusal: a second try could lock a user out. */
const CLASS_OF_STATUS: readonly (readonly [from: number, to: number, FailureClass])[] = [
  [300, 399, 'config'],
  [404, 406, 'config'],
  [408, 408, 'transient'],
  [410, 410, 'config'],
  [413, 415, 'config'],
  [425, 425, 'transient'],
  [429, 429, 'throttled'],
  [400, 499, 'credential'],
  [500, 599, 'transient'],
];

/** Faults of the network that only a person can mend, and where trying again may lock an account of the forward proxy. */
const CONFIG_FAULTS: ReadonlySet<string> = new Set(['proxy_authentication_required']);

function classOfRefusal(status: number, error: string | undefined): FailureClass {
  // An upstream in trouble may put any code in its error page; only its own 4xx is a decision about the credential.
  const byError = error === undefined || status >= 500 ? undefined : CLASS_OF_ERROR[error.toLowerCase()];
  return byError ?? CLASS_OF_STATUS.find(([from, to]) => status >= from && status <= to)?.[2] ?? 'protocol';
}

export function classifyFailure(failure: GrantFailure): FailureClass {
  switch (failure.kind) {
    case 'refusal':
      return classOfRefusal(failure.status, failure.error);
    case 'network':
      return CONFIG_FAULTS.has(failure.fault ?? '') ? 'config' : 'transient';
    case 'throttled':
    case 'protocol':
    case 'egress_denied':
      return failure.kind;
  }
}

/** Latched: no second attempt until the connection changes or is reset. */
export function isLatched(failureClass: FailureClass): boolean {
  return failureClass === 'credential' || failureClass === 'config' || failureClass === 'egress_denied';
}

const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;
const RETRY_AFTER_MS_MAX = 3_600_000;
const RETRY_AFTER_JITTER_SHARE = 0.1;
const RETRY_AFTER_JITTER_MS_MAX = 30_000;

/** Full jitter from 1 s up to 2, 4, 8 … 60 s. `failures`: how many in a row, this one included; `random` in [0, 1). */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 16));
  return BACKOFF_MS_MIN + random * (ceiling - BACKOFF_MS_MIN);
}

/**
 * Milliseconds that `Retry-After` asks for, at most an hour and never negative; undefined where there is none that can be read.
 * A date is measured against the answer's own `Date`, where it has one: our wall clock may be wrong.
 * @see RFC 9110 §10.2.3
 */
export function readRetryAfterMs(
  retryAfter: string | undefined,
  date: string | undefined,
  wallMs: number,
): number | undefined {
  const text = retryAfter?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_MS_MAX);
  // Only dates that name a weekday or a month are HTTP dates; Date.parse would also take "1.5" or "-1".
  const until = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const answeredAt = date === undefined ? Number.NaN : Date.parse(date);
  const from = Number.isNaN(answeredAt) ? wallMs : answeredAt;
  return Math.min(Math.max(until - from, 0), RETRY_AFTER_MS_MAX);
}

/**
 * How long to leave the upstream alone after this failure; undefined: until a person has done something.
 * `Retry-After` is a lower bound: jitter only adds to it, so that instances do not all come back in the same instant.
 */
export function retryDelayMs(
  failure: GrantFailure,
  context: { failures: number; random: number; wallMs: number },
): number | undefined {
  if (isLatched(classifyFailure(failure))) return undefined;
  const backoff = backoffMs(context.failures, context.random);
  if (failure.kind !== 'refusal' && failure.kind !== 'throttled') return backoff;
  const asked = readRetryAfterMs(failure.retryAfter, failure.date, context.wallMs);
  if (asked === undefined || asked === 0) return backoff; // a date in the past asks for nothing
  const jitter = context.random * Math.min(asked * RETRY_AFTER_JITTER_SHARE, RETRY_AFTER_JITTER_MS_MAX);
  return Math.min(Math.max(asked + jitter, BACKOFF_MS_MIN), RETRY_AFTER_MS_MAX);
}
