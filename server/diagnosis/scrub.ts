/** Takes the secrets of a request out of a text before it becomes part of a diagnosis. Pure. */
import { MASK } from '../secret.ts';
import type { RequestReading } from './read-request.ts';
import { shortenClientId } from './shorten-client-id.ts';

const SECRET_NAMES = [
  'client_secret',
  'clientSecret',
  'password',
  'securityToken',
  'assertion',
  'refresh_token',
  'access_token',
  'id_token',
  'code',
  'code_verifier',
  'token',
  'privateKey',
];
const TOKEN_MEMBERS =
  /("(?:access_token|refresh_token|id_token|client_secret|password|signature|assertion|accessToken|bearerAccessToken|sessionId)"\s{0,9}:\s{0,9}")[^"]{0,9000}/g;
const TOKEN_SHAPES =
  /\b(?:Basic|Bearer)\s{1,9}[\w+/=.~!-]{1,9000}|\beyJ[\w-]{8,9000}\.[\w-]{1,9000}\.[\w-]{0,9000}|\b00D\w{12,15}![\w.]{1,600}/g;

/** Far more than any sentence quotes; keeps the patterns off megabytes of foreign text. */
const SCRUBBED_CHARS_MAX = 4000;

function valuesOf(request: RequestReading): string[] {
  const { facts, basic, form } = request;
  const query = request.url?.searchParams;
  const named = SECRET_NAMES.flatMap((name) => [
    ...(form?.getAll(name) ?? []),
    ...(query?.getAll(name) ?? []),
  ]);
  const inputs = facts.inputs;
  return [
    ...named,
    ...[
      inputs?.clientSecret,
      inputs?.password,
      inputs?.securityToken,
      request.clientSecret,
      request.password,
    ].filter((value) => value !== undefined),
    ...(basic === undefined ? [] : [basic.decoded, basic.secret, ...[basic.id].filter(isNoClientId)]),
    request.credentials,
    ...writtenOut(request.credentials),
    ...[request.url?.username ?? '', request.url?.password ?? ''].flatMap((part) => [
      part,
      percentDecoded(part),
    ]),
    ...jsonSecrets(facts.body),
  ];
}

/** A value in the place of the client id that has not its shape may be the secret, in the wrong place. */
function isNoClientId(value: string): boolean {
  return shortenClientId(value.trim()) === undefined;
}

/** `id:secret` that was never encoded, with or without BASE64( ) around it. */
function writtenOut(credentials: string): string[] {
  const pair = credentials.replace(/^base64\s{0,9}\(/i, '').replace(/\)\s{0,9}$/, '');
  const colon = pair.indexOf(':');
  return colon < 0 ? [pair] : [pair, pair.slice(colon + 1), ...[pair.slice(0, colon)].filter(isNoClientId)];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoding: it is as it is
  }
}

function jsonDecoded(literal: string): string {
  try {
    return String(JSON.parse(`"${literal}"`));
  } catch {
    return literal; // JSON that was cut off inside an escape: it is as it is
  }
}

/** By pattern instead of a parser: the body may be cut off. */
function* jsonSecrets(body: string | undefined): Generator<string> {
  if (body === undefined || !/^\s*\{/.test(body)) return;
  const members = /"(\w{1,40})"\s{0,9}:\s{0,9}"((?:[^"\\]|\\[^]){1,4000})"/g;
  for (const [, name, literal] of body.slice(0, 100_000).matchAll(members)) {
    if (SECRET_NAMES.includes(name!)) yield* [literal!, jsonDecoded(literal!)];
  }
}

function spellingsOf(secret: string): string[] {
  const trimmed = secret.trim();
  const bare = trimmed.replace(/^(["'])([^]*)\1$/, '$2');
  return [secret, trimmed, bare, trimmed.toLowerCase()].flatMap((text) => [
    text,
    encodeURIComponent(text.toWellFormed()),
    new URLSearchParams({ text }).toString().slice('text='.length),
    Buffer.from(text).toString('base64'),
    JSON.stringify(text).slice(1, -1),
  ]);
}

/**
 * Returns a function that puts `[secret]` in place of every secret of the request, in each spelling it may come back in,
 * and of everything shaped like a token. Longest first, so that no secret leaves the tail of a longer one behind.
 */
export function createScrub(request: RequestReading | undefined): (text: string) => string {
  const secrets = request === undefined ? [] : valuesOf(request).flatMap(spellingsOf);
  const known = [...new Set(secrets)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  return (text) => {
    const hidden = known.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
    return hidden
      .slice(0, SCRUBBED_CHARS_MAX)
      .replaceAll(TOKEN_MEMBERS, `$1${MASK}`)
      .replaceAll(TOKEN_SHAPES, MASK);
  };
}
