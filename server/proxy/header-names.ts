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

/** The same few names come with every call: what was once thought of one is looked up. @param judge Gets the comparable form. */
export function rememberedVerdict<T>(judge: (name: string) => T): (name: string) => T {
  const verdicts = new Map<string, T>();
  return (name) => {
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = judge(comparable(name));
    if (name.length > REMEMBERED_CHARS_MAX) return verdict;
    if (verdicts.size >= REMEMBERED_MAX) verdicts.clear();
    verdicts.set(name, verdict);
    return verdict;
  };
}

/** Names that `Connection` declares to be of this hop, comparable; undefined: none but itself. */
function namedByConnection(raw: readonly string[]): ReadonlySet<string> | undefined {
  const values = valuesOf(raw, 'connection');
  if (values.length === 0 || (values.length === 1 && /^(?:keep-alive|close)$/i.test(values[0]!)))
    return undefined;
  return new Set(values.flatMap((value) => value.split(',')).map((token) => comparable(token.trim())));
}

/** Flat as it came, less what may not pass and what `Connection` names. @param mayPass Gets the name as it came. */
export function keptHeaders(raw: readonly string[], mayPass: (name: string) => boolean): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!;
    if (mayPass(name) && named?.has(comparable(name)) !== true) kept.push(name, raw[index + 1]!);
  }
  return kept;
}
