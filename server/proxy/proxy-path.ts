/**
 * The request target of a proxied call: what may pass, and what it becomes at the upstream. Pure.
 * Bytes are judged in every way in which a server behind might read them, and go on exactly as they came.
 */
import { BridgeError } from '../errors.ts';

export interface ProxyPath {
  connection: string;
  /** As it came, undecoded; begins with `/`. */
  path: string;
  /** As it came, with its `?`; empty where there is none. */
  query: string;
}

export interface ProxyTarget {
  /** Scheme, host and port are meant; the rest of it is not looked at. */
  origin: URL;
  /** Path and query, as they go on the wire. */
  path: string;
}

const PROXY_URL = /^\/proxy\/([a-z][a-z0-9-]{0,62})(\/[^?]*)?(\?.*)?$/s;
/** A path that decodes to something new more often than this is an attack on whoever decodes it. */
export const DECODINGS_MAX = 4;
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Bytes that spell an ASCII character the long way round: `%c0%ae` is a dot to a careless decoder (RFC 3629 §3). */
const OVERLONG = /[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]/;
/** `%u002e`, which some servers decode though no RFC knows it. */
const WIDE_ESCAPE = /%u[0-9a-f]{4}/i;
const ABSOLUTE_URL = /^\/+[a-z][a-z0-9+.-]*:\//i;

/** Segments that no server reads otherwise, and that most calls consist of: nothing escaped, none that begins with a dot. */
const PLAIN = /^(?:\/[\w~-][\w.~-]*)+\/?$/;

export function decodedOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** `..;v=1`, and what an encoded `?` or `#` cuts off, count as the dots before them. */
function isDotSegment(segment: string): boolean {
  const name = /^[^;?#]*/.exec(segment)![0].trim();
  return name === '.' || name === '..';
}

function faultOfReading(path: string): string | undefined {
  if (path.includes('\\')) return 'holds a backslash, which some servers read as "/"';
  if (CONTROL.test(path)) return 'holds a control character';
  if (OVERLONG.test(path)) return 'holds characters in an encoding that is not UTF-8';
  if (WIDE_ESCAPE.test(path)) return 'holds a "%u" escape, which is none of URLs';
  if (path.startsWith('//')) return 'begins with "//", which some servers read as another host';
  if (ABSOLUTE_URL.test(path)) return 'is an address of its own, and not a path at the upstream';
  if (path.split('/').some(isDotSegment)) return 'holds a "." or ".." segment';
  return undefined;
}

/**
 * Why a path may not pass, as the end of a sentence that begins with "The path"; undefined: it may.
 * @param path Undecoded, without the query, beginning with `/`.
 */
export function pathFault(path: string): string | undefined {
  if (PLAIN.test(path)) return undefined;
  if (NOT_VISIBLE_ASCII.test(path)) return 'holds a character that must be percent-encoded';
  let reading = path;
  for (let decodings = 0; decodings <= DECODINGS_MAX; decodings += 1) {
    const fault = faultOfReading(reading);
    if (fault !== undefined) return fault;
    const next = decodedOnce(reading);
    if (next === reading) return undefined;
    reading = next;
  }
  return 'is percent-encoded over and over';
}

function refused(detail: string): BridgeError {
  return new BridgeError('invalid_request', {
    detail: `${detail}. Nothing was sent.`,
    remedy: 'Send the path as the upstream documents it: /proxy/{connection}/api/v2/users/me.',
  });
}

/**
 * @param rawUrl The request target as it came in: `/proxy/{connection}/{path}?{query}`.
 * @throws BridgeError `invalid_request` for a target that could be read in more than one way; `not_found`.
 */
export function parseProxyUrl(rawUrl: string): ProxyPath {
  if (!rawUrl.startsWith('/'))
    throw refused('The request target is a whole address, and not a path of the bridge');
  if (rawUrl.includes('#')) throw refused('The path holds a fragment ("#"), which is not sent to servers');
  const end = rawUrl.indexOf('?');
  const wholeFault = pathFault(end < 0 ? rawUrl : rawUrl.slice(0, end));
  if (wholeFault !== undefined) throw refused(`The path ${wholeFault}`);
  const [, connection, path = '/', query = ''] = PROXY_URL.exec(rawUrl) ?? [];
  if (connection === undefined) throw new BridgeError('not_found', { detail: 'There is no such connection' });
  const fault = pathFault(path);
  if (fault !== undefined) throw refused(`The path behind the connection ${fault}`);
  if (NOT_VISIBLE_ASCII.test(query))
    throw refused('The query holds a character that must be percent-encoded');
  return { connection, path, query };
}

/** Path of the API base without its last slash; empty where the base is a whole host. */
export function basePathOf(base: URL): string {
  return base.pathname.replace(/\/+$/, '');
}

/** Joined as text: a URL parser would tidy up what must arrive as it was sent. */
export function proxyTarget(base: URL, { path, query }: Pick<ProxyPath, 'path' | 'query'>): ProxyTarget {
  return { origin: base, path: `${basePathOf(base)}${path}${query}` };
}
