/** From a grant's parameters to bytes on the wire: client authentication and body encoding. Pure. */
import { Secret } from '../secret.ts';
import { FORM, type BearerTokenRequest } from './request.ts';

/** What goes to the token endpoint. Header values and body hold secrets: never log one. */
export interface TokenHttpRequest {
  method: 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Members of the body in the order they are sent; a Secret is revealed only while the body is written. */
export type GrantParameters = readonly (readonly [name: string, value: string | Secret | undefined])[];

/** application/x-www-form-urlencoded as RFC 6749 appendix B has it. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/**
 * Base64 over `id:secret`.
 * `raw` is over the UTF-8 bytes as they are, byte-equal to the PureCloud SDKs; `rfc6749` form-encodes both first (RFC 6749 §2.3.1).
 */
export function basicCredentials(
  clientId: string,
  clientSecret: Secret,
  encoding: 'raw' | 'rfc6749',
): string {
  const encode = encoding === 'rfc6749' ? formEncode : (text: string) => text;
  return Buffer.from(`${encode(clientId)}:${encode(clientSecret.reveal())}`, 'utf8').toString('base64');
}

function isJson(contentType: string): boolean {
  return contentType.split(';', 1)[0]!.trim().toLowerCase() === 'application/json';
}

function encodeBody(parameters: GrantParameters, contentType: string): string {
  const members = parameters
    .filter((member): member is readonly [string, string | Secret] => member[1] !== undefined)
    .map(([name, value]): [string, string] => [name, value instanceof Secret ? value.reveal() : value]);
  return isJson(contentType)
    ? JSON.stringify(Object.fromEntries(members))
    : new URLSearchParams(members).toString();
}

/** Credentials travel in the header or in the body, never in both (RFC 6749 §2.3: one method per request). */
export function toTokenHttpRequest(
  request: BearerTokenRequest,
  parameters: GrantParameters,
): TokenHttpRequest {
  const { clientId, clientSecret } = request;
  // A JWT bearer request may come without a secret: the assertion then authenticates the client (RFC 7523 §3.1).
  const authenticates = clientId !== undefined && clientSecret !== undefined;
  const inBody: GrantParameters =
    authenticates && request.credentialsInBody
      ? [
          ['client_id', clientId],
          ['client_secret', clientSecret],
        ]
      : [];
  const basic =
    authenticates && !request.credentialsInBody
      ? { authorization: `Basic ${basicCredentials(clientId, clientSecret, request.basicEncoding)}` }
      : {};
  const contentType = request.contentType === '' ? FORM : request.contentType;
  return {
    method: 'POST',
    url: new URL(request.url),
    headers: { accept: 'application/json', 'content-type': contentType, ...basic },
    body: encodeBody([...parameters, ...inBody], contentType),
  };
}
