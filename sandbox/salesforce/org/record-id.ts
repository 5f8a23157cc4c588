/** Record ids from row numbers and back: prefix of the object, a fixed middle, the row in base 62, the suffix of the long form. Pure. */

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MIDDLE = 'bx0000';
const ROW_DIGITS = 6;
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

/** @returns -1 for what is no id of this object. */
export function rowOfId(prefix: string, id: string): number {
  const isId = (id.length === 15 || id.length === 18) && id.startsWith(prefix + MIDDLE);
  if (!isId || (id.length === 18 && suffixOf(id.slice(0, 15)) !== id.slice(15))) return -1;
  let row = 0;
  for (let at = 15 - ROW_DIGITS; at < 15; at += 1) {
    const digit = DIGITS.indexOf(id[at]!);
    if (digit < 0) return -1;
    row = row * 62 + digit;
  }
  return row;
}

/** The row that a bound on ids begins at, for any text: as far as the text is an id of this object. */
export function rowBound(prefix: string, id: string): number | undefined {
  const row = rowOfId(prefix, id);
  return row < 0 ? undefined : row;
}
