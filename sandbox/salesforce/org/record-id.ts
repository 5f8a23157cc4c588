/** Record ids from row numbers and back: prefix of the object, a fixed middle, the row in base 62, the suffix of the long form. Pure. */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MIDDLE = 'bx0000';
const ROW_DIGITS = 6;
/** Code of a character -> its value; -1 for what is no digit. */
const DIGIT_VALUES = Int8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)));
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

function suffixOf(id15: string): string {
  let suffix = '';
  for (let start = 0; start < 15; start += 5) {
    let bits = 0;
    for (let at = 0; at < 5; at += 1) {
      const code = id15.charCodeAt(start + at);
      if (code >= 65 && code <= 90) bits |= 1 << at;
    }
    suffix += SUFFIX[bits]!;
  }
  return suffix;
}

/** Ids sort as their rows do: the digits are in the order of their codes. */
export function recordId(prefix: string, row: number): string {
  let digits = '';
  for (let rest = row, at = 0; at < ROW_DIGITS; at += 1, rest = Math.floor(rest / 62))
    digits = DIGITS[rest % 62]! + digits;
  const id15 = prefix + MIDDLE + digits;
  return id15 + suffixOf(id15);
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
