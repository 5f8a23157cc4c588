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

const REMEMBERED_MAX = 500;
const REMEMBERED_CHARS_MAX = 64;
const remembered = new Map<string, string>();

/** Lower case, and `_` as `-`: some servers take `X_Forwarded_For` for the name with dashes. The same few names come with every call. */
export function comparable(name: string): string {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const made = name.toLowerCase().replaceAll('_', '-');
  if (name.length > REMEMBERED_CHARS_MAX) return made;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(name, made);
  return made;
}

export function headerPairs(raw: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index]!, raw[index + 1]!]);
  return pairs;
}

/** Every value of a header, in order. @param name In lower case. */
export function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const given = raw[index]!;
    if (given.length === name.length && given.toLowerCase() === name) values.push(raw[index + 1]!);
  }
  return values;
}

const NONE: ReadonlySet<string> = new Set();

/** Names that `Connection` declares to be of this hop, comparable. */
export function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  const values = valuesOf(raw, 'connection');
  if (values.length === 0) return NONE;
  return new Set(values.flatMap((value) => value.split(',')).map((token) => comparable(token.trim())));
}

/** Flat as it came, less what does not fit. @param fits Gets the name in its comparable form. */
export function keptHeaders(raw: readonly string[], fits: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (fits(comparable(raw[index]!))) kept.push(raw[index]!, raw[index + 1]!);
  }
  return kept;
}
