/** What an upstream's answer says, whichever of the known error shapes it has. Pure. */
import type { AnswerFacts } from './facts.ts';
import { normaliseText } from './normalise.ts';

export type AnswerKind = 'empty' | 'json' | 'jsonCutOff' | 'jsonInvalid' | 'html' | 'text';

/** Which system writes errors in this shape. */
export type AnswerShape = 'purecloud' | 'salesforce' | 'bridge' | 'other';

export interface AnswerReading {
  status: number | undefined;
  headers: Readonly<Record<string, string>>;
  kind: AnswerKind;
  shape: AnswerShape;
  /** The machine-readable code, lower case: OAuth `error`, PureCloud `code`, Salesforce `errorCode`. */
  error: string;
  /** The words beside it, normalised. */
  description: string;
  /** The words as they came, for quoting after redaction. */
  original: string;
  hasToken: boolean;
  retryAfterSeconds: number | undefined;
  /** Code of the bridge's own diagnosis or error, where this is an answer of the bridge. */
  bridgeCode: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Codes that stand in prose, log lines and XML faults as well as in JSON. Longer ones first, since some begin like others. */
const ERRORS_IN_TEXT = [
  'oauth_approval_error_generic',
  'invalid_operation_with_expired_password',
  'contact_columns_limit_exceeded',
  'api_disabled_for_org',
  'api_currently_disabled',
  'unsupported_response_type',
  'temporarily_unavailable',
  'unsupported_grant_type',
  'request_limit_exceeded',
  'insufficient_access',
  'rate_limit_exceeded',
  'unauthorized_client',
  'invalid_session_id',
  'server_unavailable',
  'unable_to_lock_row',
  'invalid_client_credentials',
  'invalid_client_id',
  'app_not_found',
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_login',
  'invalid_field',
  'inactive_user',
  'inactive_org',
  'access_denied',
  'cannot.update.phone.columns',
  'too.many.requests',
  'missing.any.permissions',
  'missing.permissions',
  'authentication.required',
  'credentials.expired',
  'ip.not.authorized',
  'bad.credentials',
  'not.authorized',
] as const;

export function errorInText(normalised: string): string {
  return ERRORS_IN_TEXT.find((error) => normalised.includes(error)) ?? '';
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function kindOf(body: string, json: unknown, contentType: string): AnswerKind {
  const trimmed = body.trim();
  if (trimmed === '') return 'empty';
  if (json !== undefined) return 'json';
  if (
    /^<(?:!doctype\s+html|html|head|body)\b/i.test(trimmed.slice(0, 200)) ||
    contentType.includes('text/html')
  )
    return 'html';
  if (!/^[[{]/.test(trimmed)) return contentType.includes('json') ? 'jsonInvalid' : 'text';
  return /[\]}]$/.test(trimmed) ? 'jsonInvalid' : 'jsonCutOff';
}

const RETRY_IN_TEXT = /retry the request in \[?(\d{1,7})\]? second/;

/** Seconds that the upstream asks for. A date counts from the answer's own `Date`, so that no clock of ours is read. */
function retryAfterSecondsOf(headers: AnswerFacts['headers'], description: string): number | undefined {
  const value = (headers['retry-after'] ?? '').trim();
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.parse(headers.date ?? '')) / 1000);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const inText = RETRY_IN_TEXT.exec(description)?.[1];
  return inText === undefined ? undefined : Number(inText);
}

const EXIT_PATH_CODES: Readonly<Record<string, string>> = {
  UnknownHost: 'unknown_host',
  Timeout: 'upstream_timeout',
  ConnectionFailure: 'connection_failure',
};

/** The most exact code the bridge gave: its diagnosis, then its error, then the exit path. */
function bridgeCodeOf(json: Json): string | undefined {
  const diagnosis = json.diagnosis;
  if (isRecord(diagnosis) && text(diagnosis.code) !== '') return text(diagnosis.code);
  if (text(json.code) !== '' && ('remedy' in json || 'correlationId' in json)) return text(json.code);
  return 'upstreamStatus' in json ? undefined : EXIT_PATH_CODES[text(json.exitPath)];
}

interface Said {
  shape: AnswerShape;
  error: string;
  original: string;
}

/** PureCloud's codes are words with points between; other APIs have a `code` too. */
function isPureCloudError(json: Json): boolean {
  return (
    /^[a-z]{1,40}(?:\.[a-z]{1,40}){1,8}$/.test(text(json.code)) ||
    'contextId' in json ||
    'messageParams' in json
  );
}

function saidInRecord(json: Json): Said {
  if (text(json.error) !== '') {
    const twin = text(json.description);
    const description = text(json.error_description);
    return {
      shape: twin !== '' && twin === description ? 'purecloud' : 'other',
      error: text(json.error),
      original: description === '' ? twin : description,
    };
  }
  if (text(json.errorCode) !== '') {
    return { shape: 'salesforce', error: text(json.errorCode), original: text(json.message) };
  }
  if (text(json.code) !== '') {
    return {
      shape: isPureCloudError(json) ? 'purecloud' : 'other',
      error: text(json.code),
      original: text(json.message),
    };
  }
  const messages = ['message', 'error_description', 'description', 'detail', 'title'].map((name) =>
    text(json[name]),
  );
  return { shape: 'other', error: '', original: messages.find((words) => words !== '') ?? '' };
}

function said(json: unknown, kind: AnswerKind, body: string): Said {
  if (isRecord(json)) return saidInRecord(json);
  if (Array.isArray(json) && isRecord(json[0])) return { ...saidInRecord(json[0]), shape: 'salesforce' };
  if (kind === 'html' || kind === 'empty')
    return { shape: 'other', error: '', original: body.slice(0, 4000) };
  const form = /^[\w.-]{1,40}=/.test(body) ? new URLSearchParams(body.slice(0, 4000)) : undefined;
  const error = form?.get('error') ?? errorInText(normaliseText(body));
  return { shape: 'other', error, original: form?.get('error_description') ?? body.slice(0, 4000) };
}

/** An answer of `POST /v1/bearer-token-requests` carries the upstream's answer inside: that one is read. */
function unwrapped(json: unknown): AnswerFacts | undefined {
  if (!isRecord(json) || typeof json.exitPath !== 'string' || typeof json.upstreamBody !== 'string')
    return undefined;
  const status = json.upstreamStatus;
  const headers = isRecord(json.upstreamHeaders) ? json.upstreamHeaders : {};
  const texts = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), text(value)]);
  return {
    ...(typeof status === 'number' ? { status } : {}),
    headers: Object.fromEntries(texts) as Record<string, string>,
    body: json.upstreamBody,
  };
}

export function readAnswer(answer: AnswerFacts): AnswerReading {
  const json = parseJson(answer.body);
  const inner = unwrapped(json);
  const bridgeCode = isRecord(json) ? bridgeCodeOf(json) : undefined;
  if (inner !== undefined) return { ...readAnswer(inner), bridgeCode };
  const kind = kindOf(answer.body, json, (answer.headers['content-type'] ?? '').toLowerCase());
  const { shape, error, original } = said(json, kind, answer.body);
  const description = normaliseText(original);
  const token = isRecord(json) ? (json.access_token ?? json.bearerAccessToken) : undefined;
  return {
    status: answer.status ?? statusInside(json),
    headers: answer.headers,
    kind,
    shape: bridgeCode === undefined ? shape : 'bridge',
    error: error.toLowerCase().slice(0, 100),
    description,
    original,
    hasToken: typeof token === 'string' && token !== '',
    retryAfterSeconds: retryAfterSecondsOf(answer.headers, description),
    bridgeCode,
  };
}

/** PureCloud and the bridge repeat the status in the body, which is all there is when only the body was pasted. */
function statusInside(json: unknown): number | undefined {
  const status = isRecord(json) ? json.status : undefined;
  return typeof status === 'number' && status >= 100 && status < 600 ? status : undefined;
}
