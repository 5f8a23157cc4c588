/** The headers of the upstream's answer as the caller gets them. Pure. */
import { HOP_BY_HOP, keptHeaders, rememberedVerdict, valuesOf } from './header-names.ts';

/** Names, comparable, that an upstream says of its own origin; from the bridge's they would be said of the bridge. */
const OF_THE_UPSTREAMS_ORIGIN: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'public-key-pins',
  'public-key-pins-report-only',
  'alt-svc',
  'clear-site-data',
  'service-worker-allowed',
  'content-security-policy',
  'content-security-policy-report-only',
  'x-correlation-id', // the bridge's own are on the answer already
  'traceparent',
]);
const OF_THE_UPSTREAMS_ORIGIN_PREFIXES = ['access-control-', 'proxy-', 'x-bridge-'];

/** A page of the upstream that is opened in a browser must not run as one of the bridge. */
const ISOLATION = ['Content-Security-Policy', "default-src 'none'; sandbox"] as const;

function isOfTheUpstreamsOrigin(name: string): boolean {
  return (
    OF_THE_UPSTREAMS_ORIGIN.has(name) ||
    OF_THE_UPSTREAMS_ORIGIN_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

const mayPass = rememberedVerdict((name) => !HOP_BY_HOP.has(name) && !isOfTheUpstreamsOrigin(name));
const mayPassWithoutLength = rememberedVerdict(
  (name) => name !== 'content-length' && !HOP_BY_HOP.has(name) && !isOfTheUpstreamsOrigin(name),
);

/**
 * In the order they came, with repetitions; `Content-Length` stays where it is the length of what follows.
 * @param own Flat: those of the bridge, but for what the upstream says itself.
 */
export function responseHeaders(
  raw: readonly string[],
  status: number,
  own: readonly string[] = [],
): string[] {
  const hasNoLength = status === 204 || valuesOf(raw, 'transfer-encoding').length > 0;
  const headers = keptHeaders(raw, hasNoLength ? mayPassWithoutLength : mayPass);
  const passed = headers.length;
  for (let index = 0; index + 1 < own.length; index += 2) {
    const name = own[index]!;
    if (!isIsolation(name) && !isAmong(headers, passed, name)) headers.push(name, own[index + 1]!);
  }
  headers.push(...ISOLATION);
  return headers;
}

function isIsolation(name: string): boolean {
  return name === ISOLATION[0];
}

/** @param end Where to stop looking. */
function isAmong(headers: readonly string[], end: number, name: string): boolean {
  for (let index = 0; index < end; index += 2) {
    const given = headers[index]!;
    if (given.length === name.length && given.toLowerCase() === name.toLowerCase()) return true;
  }
  return false;
}
