/** What an outgoing request says once its URL, Authorization header and body are taken apart. Pure; never logged. */
import type { DiagnosedSystem, RequestFacts } from './facts.ts';
import { systemOfHost } from './known-hosts.ts';

/** Stands for what pasted code computes at run time. A value that holds it is known in part only. */
export const UNKNOWN_PART = '…';

export interface BasicPair {
  /** All of the decoded text. */
  decoded: string;
  hasColon: boolean;
  id: string;
  secret: string;
}

export interface RequestReading {
  facts: RequestFacts;
  method: string | undefined;
  url: URL | undefined;
  /** Lower case, without port; empty when there is no URL or it does not parse. */
  host: string;
  system: DiagnosedSystem;
  /** A request for a token, as against a call of an API. */
  isSignIn: boolean;
  contentType: string;
  authorization: string | undefined;
  scheme: string;
  credentials: string;
  basic: BasicPair | undefined;
  /** The body read as a form; absent when it is unknown or JSON. */
  form: URLSearchParams | undefined;
  bodyIsJson: boolean;
  grantType: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
  username: string | undefined;
  password: string | undefined;
}

export function isPartlyUnknown(text: string): boolean {
  return text.includes(UNKNOWN_PART);
}

/** Text of standard Base64, or nothing where it is another alphabet, cut off, or decodes to bytes that are no text. */
export function decodeBase64Text(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.replaceAll('=', '').length % 4 === 1)
    return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters are what tells bytes from text
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? undefined : text;
}

function parseUrl(text: string | undefined): URL | undefined {
  return text === undefined ? undefined : (URL.parse(text.trim()) ?? undefined);
}

function readBasic(scheme: string, credentials: string): BasicPair | undefined {
  if (scheme !== 'basic') return undefined;
  const decoded = decodeBase64Text(credentials);
  if (decoded === undefined) return undefined;
  const colon = decoded.indexOf(':');
  if (colon < 0) return { decoded, hasColon: false, id: decoded, secret: '' };
  return { decoded, hasColon: true, id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

function readJsonMembers(body: string): Map<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    return new Map(
      Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return undefined;
  }
}

function looksLikeSignIn(facts: RequestFacts, url: URL | undefined, grantType: string | undefined): boolean {
  if (facts.inputs !== undefined || grantType !== undefined) return true;
  if (facts.headers.grant_type !== undefined) return true;
  const path = url?.pathname ?? '';
  return /\/oauth2?(?:\/|$)/.test(path) && !path.startsWith('/api/') && !path.startsWith('/platform/');
}

function systemOfRequest(facts: RequestFacts, url: URL | undefined, host: string): DiagnosedSystem {
  if (url?.protocol === 'callout:')
    return /^callout:PureCloud_Bridge\b/i.test(facts.url ?? '') ? 'bridge' : 'unknown';
  const known = systemOfHost(host);
  if (known !== 'unknown') return known;
  return url?.pathname.includes('/services/oauth2/') ? 'salesforce' : 'unknown';
}

export function readRequest(facts: RequestFacts, system?: DiagnosedSystem): RequestReading {
  const url = parseUrl(facts.url);
  // A name may be written with the dot of the root at its end, and is the same name.
  const host = url?.hostname.toLowerCase().replace(/\.$/, '') ?? '';
  const authorization = facts.headers.authorization;
  const [, scheme = '', credentials = ''] = /^\s*(\S+)(?:\s+([^]*))?$/.exec(authorization ?? '') ?? [];
  const body = facts.body;
  const bodyIsJson = body !== undefined && /^\s*[[{]/.test(body);
  const form = body === undefined || bodyIsJson ? undefined : new URLSearchParams(body.trim());
  const json = bodyIsJson ? readJsonMembers(body) : undefined;
  const member = (name: string): string | undefined => form?.get(name) ?? json?.get(name);
  const basic = readBasic(scheme.toLowerCase(), credentials.trim());
  const inputs = facts.inputs;
  // What was sent speaks before what was meant; the inputs name a grant even where nothing could be sent.
  const sentGrantType = member('grant_type');
  const grantType = body === undefined ? (sentGrantType ?? inputs?.grantType) : sentGrantType;
  return {
    facts,
    method: facts.method?.toUpperCase(),
    url,
    host,
    system: system ?? systemOfRequest(facts, url, host),
    isSignIn: looksLikeSignIn(facts, url, grantType),
    contentType: (facts.headers['content-type'] ?? '').trim().toLowerCase(),
    authorization,
    scheme: scheme.toLowerCase(),
    credentials: credentials.trim(),
    basic,
    form,
    bodyIsJson,
    grantType,
    clientId: inputs?.clientId ?? basic?.id ?? member('client_id'),
    clientSecret:
      inputs?.clientSecret ??
      (basic?.hasColon === true ? basic.secret : undefined) ??
      member('client_secret'),
    username: inputs?.username ?? member('username'),
    password: inputs?.password ?? member('password'),
  };
}
