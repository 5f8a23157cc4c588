/** The password in a forward proxy's address: sealed at rest, masked in answers. Pure. */
const MASKED_PASSWORD = '***';

export interface SplitProxyUri {
  /** The address with the password taken out, or as it was where it has none. */
  uri: string;
  /** As it stands in the address, percent-encoded. */
  password: string | undefined;
}

export function splitProxyUri(proxyUri: string): SplitProxyUri {
  const url = URL.parse(proxyUri);
  if (url === null || url.password === '') return { uri: proxyUri, password: undefined };
  const { password } = url;
  url.password = '';
  return { uri: url.href, password };
}

export function joinProxyUri(uri: string, password: string): string {
  const url = new URL(uri);
  url.password = password;
  return url.href;
}

export function maskProxyUri(proxyUri: string): string {
  const { uri, password } = splitProxyUri(proxyUri);
  return password === undefined ? proxyUri : joinProxyUri(uri, MASKED_PASSWORD);
}

/** Whether it holds the mask where its password was. */
export function isMaskedProxyUri(proxyUri: string): boolean {
  return splitProxyUri(proxyUri).password === MASKED_PASSWORD;
}

/** A masked address that comes back, as it was read and sent again, stands for the stored one. Any other stays masked. */
export function unmaskProxyUri(proxyUri: string, stored: string | undefined): string {
  if (stored === undefined || !isMaskedProxyUri(proxyUri)) return proxyUri;
  const { password } = splitProxyUri(stored);
  return password !== undefined && maskProxyUri(stored) === maskProxyUri(proxyUri)
    ? joinProxyUri(splitProxyUri(proxyUri).uri, password)
    : proxyUri;
}
