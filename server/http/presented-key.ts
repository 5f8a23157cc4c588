/** The key, or name and key, that a request signs in with, in every reading that clients may have meant. Pure. */

export interface PresentedKey {
  key: string;
  /** Name that came with the key; it must then be the key's own caller. */
  name?: string;
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** As it is, and, where that is another, form-decoded as RFC 6749 §2.3.1 has it: half of the clients encode, half do not. */
function readingsOf(name: string, key: string): readonly PresentedKey[] {
  const raw = { name, key };
  const decoded = { name: formDecoded(name), key: formDecoded(key) };
  if (decoded.name === undefined || decoded.key === undefined) return [raw];
  if (decoded.name === name && decoded.key === key) return [raw];
  return [raw, { name: decoded.name, key: decoded.key }];
}

/** `Authorization: Bearer KEY` or Basic `name:KEY`; empty for none, or one of another form. */
export function presentedKeys(authorization: string | undefined): readonly PresentedKey[] {
  const [, scheme = '', value = ''] = /^(bearer|basic) +([^\s]+)$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return [{ key: value }];
  if (scheme.toLowerCase() !== 'basic') return [];
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? [] : readingsOf(pair.slice(0, colon), pair.slice(colon + 1));
}

export function isBasic(authorization: string | undefined): boolean {
  return /^basic /i.test(authorization ?? '');
}
