/** An HTTP answer -> a token, or the reason why there is none. Pure. */
import { present } from '../present.ts';
import { Secret } from '../secret.ts';
import type { Answer } from '../transport/exchange.ts';

/** What RFC 6749 §5.1 and Salesforce put beside the token. `expiresIn` is as it came: whoever caches decides what it means. */
export interface BearerToken {
  accessToken: Secret;
  tokenType: string;
  expiresIn: unknown;
  expiresInSeconds?: number;
  instanceUrl?: string;
  scope?: string;
  /** Epoch milliseconds, where the answer tells (Salesforce: as a string). */
  issuedAtMs?: number;
}

export type TokenAnswer =
  | { outcome: 'token'; token: BearerToken }
  | { outcome: 'refused'; reason: RefusalReason; error?: string; errorDescription?: string };

export type RefusalReason = 'redirect' | 'status' | 'empty' | 'not_json' | 'no_token';

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const WHOLE_NUMBER = /^\d{1,15}$/;

/** Whole seconds from a number or a string of digits; undefined for all else: negative ones, and ones that no number can hold. */
export function wholeSeconds(value: unknown): number | undefined {
  if (typeof value === 'number') {
    const whole = Math.floor(value);
    return Number.isSafeInteger(whole) && whole >= 0 ? whole : undefined;
  }
  return typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : undefined;
}

/** Apex reads it into an Integer; a life of more than 68 years is no life that anyone meant. */
const LIFETIME_SECONDS_MAX = 2 ** 31 - 1;

function lifetimeSeconds(value: unknown): number | undefined {
  const seconds = wholeSeconds(value);
  return seconds === undefined || seconds > LIFETIME_SECONDS_MAX ? undefined : seconds;
}

function toToken(json: JsonObject, accessToken: string): BearerToken {
  return {
    accessToken: new Secret(accessToken),
    tokenType: text(json.token_type) ?? 'Bearer',
    expiresIn: json.expires_in,
    ...present<Partial<BearerToken>>({
      expiresInSeconds: lifetimeSeconds(json.expires_in),
      instanceUrl: text(json.instance_url),
      scope: text(json.scope),
      issuedAtMs: wholeSeconds(json.issued_at),
    }),
  };
}

function reasonOf(answer: Answer, json: JsonObject | undefined): RefusalReason {
  if (answer.status >= 300 && answer.status < 400) return 'redirect';
  if (answer.status < 200 || answer.status >= 300) return 'status';
  if (answer.body.trim() === '') return 'empty';
  return json === undefined ? 'not_json' : 'no_token';
}

/** Success is 2xx, JSON, and a non-empty string `access_token`; nothing else is. */
export function readTokenAnswer(answer: Answer): TokenAnswer {
  const json = parseObject(answer.body);
  const accessToken = text(json?.access_token);
  if (answer.status >= 200 && answer.status < 300 && json !== undefined && accessToken !== undefined) {
    return { outcome: 'token', token: toToken(json, accessToken) };
  }
  return {
    outcome: 'refused',
    reason: reasonOf(answer, json),
    ...present<{ error?: string; errorDescription?: string }>({
      error: text(json?.error),
      // PureCloud's own clients read `description`, standard ones `error_description`; the two are the same text.
      errorDescription: text(json?.error_description) ?? text(json?.description),
    }),
  };
}
