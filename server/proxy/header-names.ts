/** Headers as Node gives them raw: name, value, name, value … in order, with every repetition. Pure. */

/** Those that belong to one connection and never pass a proxy (RFC 9110 §7.6.1), and older ones of that kind. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Lower case, and `_` as `-`: some servers take `X_Forwarded_For` for the name with dashes. */
export function comparable(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

export function headerPairs(raw: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index]!, raw[index + 1]!]);
  return pairs;
}

/** Every value of a header, in order. @param name In lower case. */
export function valuesOf(raw: readonly string[], name: string): string[] {
  return headerPairs(raw)
    .filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value);
}

/** Names that `Connection` declares to be of this hop, comparable. */
export function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  const tokens = valuesOf(raw, 'connection').flatMap((value) => value.split(','));
  return new Set(tokens.map((token) => comparable(token.trim())));
}
