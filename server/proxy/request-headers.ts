/** The headers of a proxied call as the upstream gets them. Pure. */
import type { Secret } from '../secret.ts';
import { HOP_BY_HOP, keptHeaders, rememberedVerdict } from './header-names.ts';

/** Names, comparable, that are the caller's business with the bridge and nobody else's. */
const CALLERS_OWN: ReadonlySet<string> = new Set([
  'authorization', // the key of the bridge
  'cookie',
  'cookie2',
  'forwarded',
  'via',
  'x-real-ip',
  'host', // the target's is set
  'content-length', // set from the body as it is sent
  'expect', // answered by the bridge
  'sfdc-stack-depth', // Salesforce counts callouts that call Salesforce by it
  'x-correlation-id', // set, as checked or made by the bridge
  'traceparent',
]);
/** The last four: the certificate that it showed to the proxy before the bridge (RFC 9440, nginx, AWS). */
const CALLERS_OWN_PREFIXES = [
  'x-forwarded-',
  'proxy-',
  'x-bridge-',
  'client-cert',
  'x-client-cert',
  'x-ssl-client-',
  'x-amzn-mtls-',
];

function isCallersOwn(name: string): boolean {
  return CALLERS_OWN.has(name) || CALLERS_OWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const mayPass = rememberedVerdict((name) => !HOP_BY_HOP.has(name) && !isCallersOwn(name));

export interface AddedHeaders {
  token: Secret;
  correlationId: string;
  traceparent?: string;
}

/**
 * What is left of the caller's headers, in their order and with repetitions, and then those of the bridge.
 * The caller's are cleared first, so that `Connection: authorization` cannot take away the token that is added.
 * Without Host, which follows from the target.
 * @param framing Flat, last of all.
 */
export function requestHeaders(
  raw: readonly string[],
  { token, correlationId, traceparent }: AddedHeaders,
  framing: readonly string[] = [],
): string[] {
  const headers = keptHeaders(raw, mayPass);
  headers.push('x-correlation-id', correlationId);
  if (traceparent !== undefined) headers.push('traceparent', traceparent);
  headers.push('authorization', `Bearer ${token.reveal()}`, ...framing);
  return headers;
}
