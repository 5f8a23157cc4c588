/** `Authorization: Basic` as both vendors read it. Pure. */

export interface BasicCredentials {
  id: string;
  secret: string;
}

/**
 * Splits at the first colon and decodes nothing further: neither vendor's clients apply the form encoding of RFC 6749 §2.3.1.
 * @returns undefined where the header is absent, of another scheme, or holds no colon.
 */
export function parseBasic(authorization: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}
