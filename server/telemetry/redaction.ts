/** Takes secrets out of what an upstream said before anyone reads it. Pure. */
import { MASK, type Secret } from '../secret.ts';
import { fromByteText, toByteText } from './byte-text.ts';
import { findCredentials } from './redaction-patterns.ts';
import { plantSecrets, type ByteRange, type PlantedSecrets } from './redaction-planted.ts';

export interface Redactor {
  text(text: string): string;
  /** Lists are joined; absent values are left out. Headers that carry credentials keep their scheme and lose the rest. */
  headers(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string>;
  /**
   * The redacted text in at most that many bytes of UTF-8: redacted first, so that no cut spares half a secret, and never cut
   * within a mask or a character. Looks no further into the text than the cut needs.
   */
  truncated(text: string, maxBytes: number): string;
}

/**
 * Makes a redactor that masks the given secrets in every encoding they can come back in: as they are, percent-encoded (any case, strict,
 * form), JSON- and HTML-escaped, two of these within each other, Base64 and Base64url at any alignment within a larger text (line breaks
 * too), and hexadecimal. Give `id:secret` as a whole besides the secret: a name is no secret, but the pair is one.
 * It also masks what looks like a credential though nobody named it: token members, Authorization and cookies, session ids, JWTs, PEM keys.
 * Secrets of fewer than 4 bytes are not searched for: they stand in every text by chance, and the masks would spell them out.
 */
export function createRedactor(secrets: Iterable<string | Secret>): Redactor {
  const planted = plantSecrets(secrets);
  const text = (value: string): string =>
    maskCredentials(planted.mayStandIn(value) ? maskPlanted(planted, value) : value);
  return {
    text,
    headers: (headers) => redactHeaders(headers, text),
    truncated: (value, maxBytes) =>
      cutToBytes(value.length > maxBytes ? maskedBeginning(planted, value, maxBytes) : text(value), maxBytes),
  };
}

function maskPlanted(planted: PlantedSecrets, text: string): string {
  const source = toByteText(text);
  const { ranges } = planted.find(source);
  return ranges.length === 0 ? text : maskedUntil(source.length, source, ranges);
}

/** Masks the ranges that begin before byte `limit`, and ends the text there. */
function maskedUntil(limit: number, source: string, ranges: readonly ByteRange[]): string {
  let masked = '';
  let at = 0;
  for (const range of ranges) {
    if (range.start >= limit) break;
    masked += fromByteText(source.slice(at, characterStart(source, range.start))) + MASK;
    at = characterEnd(source, range.end);
  }
  return at < limit ? masked + fromByteText(source.slice(at, limit)) : masked;
}

function maskCredentials(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, replacement } of findCredentials(text).ranges) {
    parts.push(text.slice(at, start), replacement);
    at = end;
  }
  return at === 0 ? text : parts.join('') + text.slice(at);
}

/** Of a text that is to be cut: all that stands before the cut, and maybe more. */
function maskedBeginning(planted: PlantedSecrets, text: string, maxBytes: number): string {
  // One UTF-16 unit is at least one byte: nothing beyond this can matter, and a secret that begins before the cut is there as a whole.
  const source = toByteText(text.slice(0, maxBytes + planted.encodedBytesMax));
  const limit = characterStart(source, Math.min(maxBytes, source.length));
  return maskCredentials(maskedUntil(limit, source, planted.find(source).ranges));
}

const UTF8_BYTES_PER_UNIT_MAX = 3;

function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * UTF8_BYTES_PER_UNIT_MAX <= maxBytes) return text;
  const bytes = toByteText(text);
  if (bytes.length <= maxBytes) return text;
  const cut = fromByteText(bytes.slice(0, characterStart(bytes, maxBytes)));
  const mask = text.lastIndexOf(MASK, cut.length - 1);
  return mask !== -1 && mask + MASK.length > cut.length ? cut.slice(0, mask) : cut;
}

function isContinuation(bytes: string, at: number): boolean {
  return (bytes.charCodeAt(at) & 0xc0) === 0x80;
}

/** Start of the UTF-8 character that byte `at` belongs to. */
function characterStart(bytes: string, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(bytes, start)) start--;
  return start;
}

function characterEnd(bytes: string, at: number): number {
  let end = at;
  while (isContinuation(bytes, end)) end++;
  return end;
}

const CREDENTIAL_HEADER =
  /authorization|cookie|token|secret|session|password|credential|api-?key|client-cert/i;
const SCHEME = /^(?:bearer|basic|digest|oauth|negotiate|ntlm)(?= )/i;

function redactHeaders(
  headers: Parameters<Redactor['headers']>[0],
  text: (value: string) => string,
): Record<string, string> {
  const redacted: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const joined = typeof value === 'string' ? value : value.join(', ');
    redacted[name] = CREDENTIAL_HEADER.test(name) ? maskHeader(joined) : text(joined);
  }
  return redacted;
}

function maskHeader(value: string): string {
  const scheme = SCHEME.exec(value)?.[0];
  return scheme === undefined ? MASK : `${scheme} ${MASK}`;
}
