/** Record ids from row numbers and back: prefix of the object, a fixed middle, the row in base 62, the suffix of the long form. Pure. */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MIDDLE = 'bx0000';
const ROW_DIGITS = 6;
/** Code of a character -> its value; -1 for what is no digit. */
const DIGIT_VALUES = Int8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)));
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** A bit for each letter, the first one the lowest: set where it is a capital. */
function capitals(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 65 && code <= 90) bits |= 1 << at;
  }
  return bits;
}

function suffixOf(id15: string): string {
  return [0, 5, 10].map((start) => SUFFIX[capitals(id15.slice(start, start + 5))]).join('');
}

const PAIRS = [...DIGITS].flatMap((first) => [...DIGITS].map((second) => first + second));
const CAPITALS = PAIRS.map(capitals);
const beginnings = new Map<string, string>();

/** The first character of the suffix: it follows from the prefix alone. */
function beginningOf(prefix: string): string {
  const known = beginnings.get(prefix);
  if (known !== undefined) return known;
  const beginning = suffixOf(`${prefix}${MIDDLE}000000`)[0]!;
  beginnings.set(prefix, beginning);
  return beginning;
}

/**
 * Ids sort as their rows do: the digits are in the order of their codes. Put together from pairs of digits, since a question about a
 * large campaign makes a million ids.
 */
export function recordId(prefix: string, row: number): string {
  const rest = Math.floor(row / PAIRS.length);
  const [a, b, c] = [Math.floor(rest / PAIRS.length), rest % PAIRS.length, row % PAIRS.length];
  const second = SUFFIX[(CAPITALS[a]! & 1) << 4]!;
  const third = SUFFIX[(CAPITALS[a]! >> 1) | (CAPITALS[b]! << 1) | (CAPITALS[c]! << 3)]!;
  return prefix + MIDDLE + PAIRS[a]! + PAIRS[b]! + PAIRS[c]! + beginningOf(prefix) + second + third;
}

/** @returns -1 for what is no id of this object. The suffix is not looked at. */
export function rowOfId(prefix: string, id: string): number {
  if (
    (id.length !== 15 && id.length !== 18) ||
    !id.startsWith(prefix) ||
    !id.startsWith(MIDDLE, prefix.length)
  )
    return -1;
  let row = 0;
  for (let at = 15 - ROW_DIGITS; at < 15; at += 1) {
    const digit = DIGIT_VALUES[id.charCodeAt(at)] ?? -1;
    if (digit < 0) return -1;
    row = row * 62 + digit;
  }
  return row;
}

/** As `rowOfId`, for an id that somebody sent: a suffix that does not belong to it makes it none. */
export function rowOfSentId(prefix: string, id: string): number {
  return id.length === 18 && suffixOf(id.slice(0, 15)) !== id.slice(15) ? -1 : rowOfId(prefix, id);
}

/** The row that a bound on ids begins at, for any text: as far as the text is an id of this object. */
export function rowBound(prefix: string, id: string): number | undefined {
  const row = rowOfId(prefix, id);
  return row < 0 ? undefined : row;
}
